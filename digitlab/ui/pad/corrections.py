"""What the visitor says of an answer: the drawing is kept with its label, once they have agreed to that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from digitlab.drawing.preprocess import Steps, stages
from digitlab.drawing.sent import MAX_NUMBER, read_strokes
from digitlab.errors import DigitLabError, InputError
from digitlab.jobs.limits import limits
from digitlab.server.store import store
from digitlab.ui.shared import visitor
from digitlab.ui.shared.reading import Answer, read
from digitlab.words import message

_KEPT = "kept"  # session: the Kept of the drawing that was labelled last
_ROW = "kept_row"  # session: its number in the store


@dataclass(frozen=True)
class Kept:
    """What the page needs to know of it.

    Attributes:
        possible: whether this browser keeps a cookie, by which its drawings are known.
        agreed: whether the visitor agreed that corrections are kept.
        number: the number of the drawing that was labelled last.
        label: its label, 0 to 9.
        problem: why it could not be kept; "" for none.
    """

    possible: bool
    agreed: bool
    number: int | None = None
    label: int | None = None
    problem: str = ""


def kept() -> Kept:
    """What was kept last in this session."""
    browser = visitor.browser()
    if browser is None:
        return Kept(possible=False, agreed=False)
    last = st.session_state.get(_KEPT)
    if isinstance(last, Kept):
        return last
    try:
        agreed = store().drawings.has_agreed(browser)
    except DigitLabError as error:
        return Kept(possible=True, agreed=False, problem=error.sentence)
    first = Kept(possible=True, agreed=agreed)
    st.session_state[_KEPT] = first
    return first


def label(said: Mapping[str, Any]) -> None:
    """The page says which digit a drawing is; `said` is digitlab/ui/pad/question.js's message."""
    state = st.session_state
    browser, before = visitor.browser(), kept()
    if browser is None:
        return
    try:
        number, digit = _number(said.get("number"), MAX_NUMBER), _number(said.get("label"), 9)
        drawings = store().drawings
        if said.get("agreed") is True:
            drawings.agree(visitor.person())
        if before.number == number and before.label is not None and _ROW in state:
            drawings.relabel(visitor.person(), state[_ROW], digit)
        else:
            state[_ROW] = _keep(said, digit)
        state[_KEPT] = Kept(True, True, number, digit)
    except DigitLabError as error:
        state.pop(_ROW, None)  # the drawing may have been deleted meanwhile
        state[_KEPT] = Kept(True, drawings_allowed(browser), problem=error.sentence)


def drawings_allowed(browser: str) -> bool:
    """Whether the visitor agreed, as far as the store can say."""
    try:
        return store().drawings.has_agreed(browser)
    except DigitLabError:
        return False


def _keep(said: Mapping[str, Any], digit: int) -> int:
    """Keep the drawing with what the network answers to it; returns its number in the store."""
    drawn = read_strokes(said.get("strokes"))
    if not drawn:
        raise InputError(message("There is no drawing to save. Draw a digit first."))
    model = visitor.model(str(said.get("model"))[:64])
    chosen = said.get("steps")
    names = Steps.__dataclass_fields__
    steps = Steps(**{name: chosen.get(name) is not False for name in names}) if isinstance(chosen, Mapping) else Steps()
    image = stages(drawn, steps)[-1].image
    answer = Answer(model, read(model, image), model.threshold)
    allowed = limits()
    ours = store().classes.settings_for(visitor.person())
    return store().drawings.keep(
        visitor.person(),
        drawn,
        digit,
        model=model.hash,
        answered=None if answer.refused else answer.reading.digit,
        picture=np.rint(image * 255).astype(np.uint8),
        most=ours.drawings if ours else allowed.drawings,
        most_from_there=allowed.drawings * allowed.people,
    )


def _number(value: Any, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= highest:
        raise InputError(message("What this page sent cannot be read. Reload the page."))
    return value
