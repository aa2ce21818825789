"""The browser's history, in which Back leads to the page before as that page was."""

from digitlab.ui.shared.component import Component

_history = Component("history", "shared/history.js", ("shared/history.css",))


def keep() -> None:
    """Once a page: one press makes one entry."""
    _history("history", {}, width="content")
