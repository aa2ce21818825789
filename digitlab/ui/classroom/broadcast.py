"""What a teacher has open goes to every screen of the class with one press, and is let go again."""

from collections.abc import Mapping

import streamlit as st

from digitlab.drawing import link_text
from digitlab.server import board
from digitlab.server.store import store
from digitlab.store.rights import Person
from digitlab.ui.classroom.joining import attempt, show_problem
from digitlab.ui.pad import held
from digitlab.ui.shared import pages, visitor
from digitlab.words import _


def offer(person: Person, path: str) -> None:
    """On every page of a teacher whose class is open, but on the class's own, which has more of this."""
    if person.classroom is None or path == pages.CLASSROOM.path:
        return
    classroom = person.classroom
    seen = board.seen(classroom)
    show_problem()
    with st.container(horizontal=True, gap="small", key="class_broadcast"):
        st.button(
            _("Show the class this page"),
            icon=":material/co_present:",
            key="broadcast_this",
            on_click=show,
            args=(classroom, path),
        )
        if seen and seen.classroom.shown:
            st.button(_("Let go"), key="broadcast_end", type="primary", on_click=let_go, args=(classroom,))


def show(classroom: int, path: str, query: Mapping[str, str] | None = None) -> None:
    """Open a page on every screen of the class; `query` None: as this session has the page, with what is drawn."""
    if query is None:
        query = {name: value for name, value in st.query_params.items() if name != "present"}
        drawing = held.drawing()
        if path == pages.DRAW.path and drawing:
            query["drawing"] = link_text.pack(drawing)
    shown = {"page": path, "query": dict(query), "at": store().clock.now()}
    attempt(lambda: store().classes.show(visitor.person(), classroom, shown))


def let_go(classroom: int) -> None:
    """Every screen is its student's again."""
    attempt(lambda: store().classes.show(visitor.person(), classroom, None))
