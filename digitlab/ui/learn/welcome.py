"""A line on the first page that a browser opens: there are lessons."""

import streamlit as st

from digitlab.ui.shared import pages
from digitlab.ui.shared.component import Component
from digitlab.words import _


def _words() -> dict[str, str]:
    return {"new": _("New here?"), "lessons": _("Begin with a lesson")}


_welcome = Component("welcome", "learn/welcome.js", ("learn/welcome.css",), words=_words)


def show_welcome() -> None:
    """The line, in room that is free anyway; nothing for a browser that was here before."""
    with st.container(key="welcome"):
        _welcome("welcome_line", {"address": pages.LEARN.path})
