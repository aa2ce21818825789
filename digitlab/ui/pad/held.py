"""The drawing as this session knows it, and what it wants the page to do with it.

The page has the drawing (digitlab/ui/pad/drawing.js) and tells the server of each change, with a number that grows.
What it tells waits in the session's inbox (digitlab/server/inbox.py) until it is asked for here. The session never
changes a drawing: it asks the page to, with a command, which the page carries out unless strokes were drawn since.
"""

import base64
import secrets
from typing import Any

import numpy as np
import streamlit as st

from digitlab.drawing.sent import Instead, Sent, write_strokes
from digitlab.drawing.strokes import EMPTY, Drawing
from digitlab.errors import InputError
from digitlab.server.inbox import Inbox
from digitlab.ui.shared.shown import Found, Sample, Shown, sample

_HELD = "held"  # session: the Sent that came last
_COMMAND = "command"  # session: what the page is to do, as plain data
_PROBLEM = "held_problem"  # session: why what came could not be used
_INBOX = "held_inbox"  # session: the Inbox in which the page lays what it draws


def inbox() -> Inbox:
    """The inbox of this session."""
    if _INBOX not in st.session_state:
        st.session_state[_INBOX] = Inbox()
    found: Inbox = st.session_state[_INBOX]
    return found


def held() -> Sent | None:
    """The drawing that the page sent last; None before that."""
    try:
        came = inbox().take()
    except InputError as error:
        complain(error.sentence)
    else:
        if came is not None:
            hold(came)
    sent: Sent | None = st.session_state.get(_HELD)
    return sent


def hold(sent: Sent) -> None:
    """Take over what the page sent; what is older than what is held changes nothing."""
    before: Sent | None = st.session_state.get(_HELD)
    if before is None or sent.number >= before.number:
        st.session_state[_HELD] = sent


def complain(sentence: str) -> None:
    """Say, with the next run, why what came could not be used."""
    st.session_state[_PROBLEM] = sentence


def problem() -> str:
    """What there is to complain about since the last call; "" for nothing."""
    return str(st.session_state.pop(_PROBLEM, ""))


def drawing() -> Drawing:
    """The strokes, on whatever page; those that the page was asked to open count from then on."""
    sent = held()
    return sent.drawing if sent else EMPTY


def shown() -> Shown:
    """What the network is shown: the drawing, or what stands in the pad's place."""
    sent = held()
    if sent is None or sent.instead is None:
        return drawing()
    if sent.instead.kind == "digit":
        return sample(sent.instead.name)
    picture = sent.instead
    return Found(picture.name, np.asarray(picture.pixels, np.float32) / np.float32(255), picture.views)


def command() -> dict[str, Any] | None:
    """What the page is to do, as digitlab/ui/pad/line.js reads it."""
    wanted: dict[str, Any] | None = st.session_state.get(_COMMAND)
    return wanted


def open_drawing(drawn: Drawing) -> None:
    """Have the page open a drawing; where another one is on the pad, the page asks first."""
    _want("open", strokes=write_strokes(drawn))
    _foresee(drawn, None)


def show_sample(digit: Sample) -> None:
    """Have the page put one of MNIST's digits in the pad's place."""
    _want("digit", digit=_record(digit))
    _foresee(drawing(), Instead("digit", digit.key, _pixels(digit)))


def draw_over(digit: Sample) -> None:
    """Have the page empty the pad and lay the digit beneath it, faint, to be drawn over."""
    _want("beneath", digit=_record(digit))
    _foresee(EMPTY, None)


def _want(kind: str, **values: Any) -> None:
    sent = held()
    st.session_state[_COMMAND] = {
        "id": secrets.token_hex(8),
        "after": None if sent is None else sent.number,
        "kind": kind,
        **values,
    }


def _foresee(drawn: Drawing, instead: Instead | None) -> None:
    """Until the page confirms, other pages see what it was asked to show."""
    sent = held()
    number, computes = (sent.number, sent.computes) if sent else (-1, True)
    st.session_state[_HELD] = Sent(number, computes, drawn, instead, "")


def _pixels(digit: Sample) -> Any:
    return np.rint(digit.image * 255).astype(np.uint8)


def _record(digit: Sample) -> dict[str, Any]:
    pixels = base64.b64encode(_pixels(digit).tobytes()).decode()
    return {"kind": "digit", "key": digit.key, "label": digit.label, "pixels": pixels}
