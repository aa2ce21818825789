"""Under the answer: was it right? What the visitor says is kept with the drawing, once they have agreed to that."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab import home
from digitlab.drawing.strokes import Drawing
from digitlab.errors import DigitLabError
from digitlab.store.drawings import Picture
from digitlab.ui import visitor
from digitlab.ui.opened import store
from digitlab.ui.reading import Answer

_SHOWN = "teach_shown"  # session: what the page last answered to; a label belongs to that, whatever comes meanwhile
_KEPT = "teach_kept"  # session: the number and label under which that was kept
_WAITING = "teach_waiting"  # session: the label that waits for the visitor to agree
_PROBLEM = "teach_problem"  # session: why it could not be kept

_patience = st.components.v2.component(
    "digitlab_patience", js=Path(__file__).with_name("patience.js").read_text(encoding="utf-8")
)

AGREEMENT = (
    "Shall DigitLab keep what you correct? It stores your strokes, your label, the network and its answer on this "
    "server, under a random number in a cookie of this browser, and nothing else about you. Other visitors see only "
    "what you share. On the Samples page you can look at it, change, download and delete it."
)

RIGHT = "Right? If not, which digit was it? Click, or press its key."


@dataclass(frozen=True)
class _Answered:
    drawing: Drawing
    model: str
    digit: int | None
    picture: Picture

    def is_same(self, other: "_Answered | None") -> bool:
        return (
            other is not None
            and self.drawing.widths == other.drawing.widths
            and all(map(np.array_equal, self.drawing.strokes, other.drawing.strokes))
        )


def wait_for_strokes() -> None:
    """What is pressed right after a stroke waits until that has been sent; for the whole page with the pad."""
    _patience(key="teach_patience", height="content")


def ask_what_it_was(drawing: Drawing, image: NDArray[np.float32], answer: Answer) -> None:
    """Ten buttons, with the keys 0 to 9; nothing where the browser keeps no cookie.

    Args:
        drawing: what is on the pad.
        image: float32 [28, 28], what the network saw.
        answer: what it said.
    """
    if visitor.browser() is None:
        return
    state = st.session_state
    digit = None if answer.refused else answer.reading.digit
    now = _Answered(drawing, answer.model.hash, digit, np.rint(image * 255).astype(np.uint8))
    if not now.is_same(state.get(_SHOWN)):
        for name in (_KEPT, _WAITING, _PROBLEM):
            state.pop(name, None)
    state[_SHOWN] = now
    if _WAITING in state:
        _ask_to_agree()
        return
    _, label = state.get(_KEPT, (None, None))
    if label is None:
        question = "Which digit is it? Click, or press its key." if digit is None else RIGHT
    else:
        question = f":material/check: Kept as a **{label}**. Not right? Choose another."
    st.caption(question)
    with st.container(horizontal=True, gap="xxsmall", key="teach_digits"):
        if digit is not None and label is None:
            st.button("Right", on_click=_say, args=(digit,), key="teach_right")
        for one in range(10):
            st.button(
                str(one),
                shortcut=str(one),
                type="primary" if one == label else "secondary",
                on_click=_say,
                args=(one,),
                key=f"teach_{one}",
            )
    if label is not None:
        st.page_link(
            home.ROOT / "pages/samples.py",
            label="Look at your digits",
            icon=":material/grid_view:",
            query_params={"section": "mine"},
        )
    if problem := state.get(_PROBLEM):
        st.error(problem, icon=":material/info:")


def _ask_to_agree() -> None:
    with st.container(border=True, key="teach_agree"):
        st.caption(AGREEMENT)
        with st.container(horizontal=True, gap="small"):
            st.button("Yes, keep them", type="primary", on_click=_agree, key="teach_yes")
            st.button("No", on_click=lambda: st.session_state.pop(_WAITING, None), key="teach_no")


def _agree() -> None:
    browser = visitor.browser()
    if browser is not None:
        store().drawings.agree(browser)
        _say(st.session_state.pop(_WAITING))


def _say(label: int) -> None:
    """The visitor says which digit it is."""
    state = st.session_state
    browser, shown = visitor.browser(), state.get(_SHOWN)
    if browser is None or shown is None:
        return
    state.pop(_PROBLEM, None)
    try:
        kept = store().drawings
        if _KEPT in state:
            kept.relabel(browser, state[_KEPT][0], label)
            state[_KEPT] = (state[_KEPT][0], label)
        elif kept.has_agreed(browser):
            number = kept.keep(
                browser, shown.drawing, label, model=shown.model, answered=shown.digit, picture=shown.picture
            )
            state[_KEPT] = (number, label)
        else:
            state[_WAITING] = label
    except DigitLabError as error:
        state.pop(_KEPT, None)  # it may have been deleted meanwhile
        state[_PROBLEM] = str(error)
