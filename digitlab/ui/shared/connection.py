"""What the page says when the server is away; Streamlit's own dialog would name commands to people who have none."""

from digitlab.ui.shared.component import Component
from digitlab.words import _

_line = Component(
    "connection",
    "shared/connection.js",
    ("shared/connection.css",),
    words=lambda: {"away": _("No connection to the server. This page continues when the server is back.")},
)


def watch() -> None:
    """Once a page: a sentence at its foot for as long as there is no connection."""
    _line("connection", {}, width="content")
