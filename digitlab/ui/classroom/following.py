"""What every page does for a class: it says that its visitor is here, and follows what the teacher shows and sets."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from digitlab.drawing.sent import write_strokes
from digitlab.errors import InputError
from digitlab.jobs import draft_query
from digitlab.server import board
from digitlab.store.rights import classes_exist
from digitlab.ui.classroom import broadcast
from digitlab.ui.pad import held
from digitlab.ui.pad.desk import Part
from digitlab.ui.shared import pages, visitor
from digitlab.ui.shared.foreign import complain
from digitlab.ui.shared.pages import Page
from digitlab.words import _

EVERY = 1.0  # seconds between two looks
_FOLLOWED = "class_followed"  # session: what the teacher showed when this session looked last
_STANDS = "class_stands"  # session: the settings and what is shown, as this run of the page has them


def pages_shown() -> tuple[Page, ...]:
    """The pages that this visitor sees."""
    if not classes_exist():
        return tuple(page for page in pages.PAGES if page != pages.CLASSROOM)
    settings = visitor.class_settings()
    hidden = settings.hidden_pages if settings else ()
    return tuple(page for page in pages.PAGES if page.path not in hidden)


def without_answer(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts of the Draw page: without the answer while a class predicts first."""
    settings = visitor.class_settings()
    return tuple(part for part in parts if part != "answer") if settings and settings.predict_first else parts


def follow(path: str) -> None:
    """Say that this visitor is here, and follow the teacher; nothing where there is no class."""
    if not classes_exist():
        if "class" in st.query_params:
            complain(_("This server has no classes."))
        return
    if (code := st.query_params.get("class")) and path != pages.CLASSROOM.path:
        pages.go(pages.CLASSROOM, {"class": code[:20]})
    person = visitor.person()
    if person.teacher:
        broadcast.offer(person, path)
        return
    if person.classroom is None or person.browser is None:
        return
    board.note(person.browser, {"page": path, "run": _watched(), "drawing": _drawn()})
    classroom, browser = person.classroom, person.browser
    seen = board.seen(classroom)
    shown = seen.classroom.shown if seen else None
    st.session_state[_STANDS] = (shown, seen.classroom.settings if seen else None)
    if shown != st.session_state.get(_FOLLOWED):
        st.session_state[_FOLLOWED] = shown
        if shown:
            _go(shown)
    if shown:
        st.info(_("Your teacher shows this to the class."), icon=":material/co_present:")

    @st.fragment(run_every=EVERY, key="class_follows")
    def look() -> None:
        now = board.seen(classroom)
        stands = (now.classroom.shown if now else None, now.classroom.settings if now else None)
        if stands != st.session_state[_STANDS]:
            st.rerun()
        board.note(browser, {"page": path, "drawing": _drawn()})

    look()


def _watched() -> int | None:
    try:
        return draft_query.wanted_run(st.query_params)
    except InputError:  # the page says so
        return None


def _drawn() -> list[Any]:
    return write_strokes(held.drawing())


def _go(shown: Mapping[str, Any]) -> None:
    page = next((page for page in pages.PAGES if page.path == shown.get("page")), None)
    if page is not None:
        pages.go(page, {str(name): value for name, value in dict(shown.get("query") or {}).items()})
