"""A button that copies a link to what is shown."""

from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

_component = st.components.v2.component(
    "digitlab_copy_link",
    html='<button type="button"><span aria-hidden="true"></span><b></b></button><input readonly hidden>',
    css=Path(__file__).with_name("link.css").read_text(encoding="utf-8"),
    js=Path(__file__).with_name("link.js").read_text(encoding="utf-8"),
)


def copy_link(query: dict[str, str], key: str = "copy_link") -> None:
    """A button; a click puts this page's address with `query` on the clipboard, or shows it where that is forbidden."""
    _component(data={"query": urlencode(query)}, key=key, width="content", height="content")
