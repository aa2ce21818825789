"""Coming into a class, proving the teacher key, and leaving."""

from collections.abc import Callable

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.runs import leaving
from digitlab.server import board, people
from digitlab.server.store import store
from digitlab.store.class_records import LONGEST_NAME
from digitlab.ui.shared import login, visitor
from digitlab.ui.shared.foreign import complain
from digitlab.words import _

_PROBLEM = "class_problem"  # session: why the last change was refused
_LEFT = "class_left"  # session: whether this identity ends now


def show_joining() -> None:
    """Two ways in: a code for students, the key for a teacher."""
    show_problem()
    left, right = st.columns(2, gap="large")
    with left, st.form("join", border=True):
        st.subheader(_("Join a class"), anchor=False)
        st.text_input(_("Code"), st.query_params.get("class", "")[:12], max_chars=12, key="join_code")
        st.text_input(
            _("Your name in this class"),
            max_chars=LONGEST_NAME,
            key="join_name",
            help=_("The class sees this name. Nothing else is asked."),
        )
        st.form_submit_button(_("Join"), type="primary", icon=":material/login:", on_click=_join)
    with right, st.form("prove", border=True, clear_on_submit=True):
        st.subheader(_("Teach"), anchor=False)
        st.text_input(_("Teacher key"), type="password", max_chars=200, key="teacher_key", autocomplete="off")
        st.form_submit_button(_("Enter"), icon=":material/key:", on_click=_prove)


def offer_to_leave() -> None:
    """Leave, after what is one's own was offered."""
    with st.popover(_("Leave"), icon=":material/logout:"):
        st.markdown(_("Your drawings, runs and networks are deleted, and this browser forgets you."))
        st.html(
            '<p class="dl-downloads"><a href="api/drawings.json" download>{strokes}</a>, '
            '<a href="api/drawings.zip" download>{pictures}</a></p>'.format(
                strokes=_("My drawings (JSON)"), pictures=_("My drawings (PNG)")
            )
        )
        st.button(_("Delete and leave"), type="primary", key="leave", on_click=_leave)


def ends_identity() -> bool:
    """Whether this visitor has just left: then the browser is given another identity, and the page is done."""
    if not st.session_state.get(_LEFT):
        return False
    login.depart(_("This browser is leaving …"), anew=True)
    return True


def attempt(change: Callable[[], object]) -> None:
    """Do something for a class; what speaks against it stands on the page with its next run."""
    try:
        change()
        board.look_again()
    except DigitLabError as error:
        st.session_state[_PROBLEM] = error.sentence
    people.look_again()


def show_problem() -> None:
    """Why the last change was refused."""
    if problem := st.session_state.pop(_PROBLEM, None):
        complain(problem)


def _join() -> None:
    code, name = str(st.session_state["join_code"]), str(st.session_state["join_name"])
    attempt(lambda: store().members.join(visitor.person(), code, name))


def _prove() -> None:
    attempt(lambda: store().classes.prove(visitor.person(), str(st.session_state["teacher_key"])))


def _leave() -> None:
    def leave() -> None:
        leaving.leave(visitor.person(), store())
        login.end()
        st.session_state[_LEFT] = True

    attempt(leave)
