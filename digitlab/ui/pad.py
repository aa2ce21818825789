"""The pad: the one call of the canvas, and the drawing that outlives it.

The canvas keeps its own strokes and sends them after each one. The session's drawing is what the page works with: it
changes when the canvas sends something new, and when undo or clear changes it here. Then the canvas is given the result
to start from anew (`initial_drawing`), and what it still reports from before is passed over.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image
from streamlit_drawable_canvas import st_canvas

from digitlab.drawing.canvas import from_canvas, to_canvas
from digitlab.drawing.strokes import DEFAULT_BRUSH, EMPTY, PAD_SIDE, Drawing
from digitlab.ui.palette import BOARD, INK, rgb
from digitlab.ui.shown import Sample

KEY = "pad"
_FAINT = 0.35  # how much of its ink a digit beneath the pen keeps
BRUSHES = {"Thin": 10, "Medium": int(DEFAULT_BRUSH), "Thick": 28}

_DRAWING = "drawing"  # the session's drawing
_SEED = "pad_seed"  # what the canvas was last told to start from
_READ = "pad_read"  # what it last sent
_ON_PAGE = "pad_on_page"  # whether the browser holds a canvas that was seeded
_BENEATH = "pad_beneath"  # the Sample that lies under the pen, to be drawn over; None for none
_CLEARED = "pad_cleared"  # what the last "clear" took away


def drawing() -> Drawing:
    """The session's drawing, on whatever page."""
    drawn = st.session_state.get(_DRAWING, EMPTY)
    assert isinstance(drawn, Drawing)
    return drawn


def put(drawn: Drawing) -> None:
    """Replace the drawing, on the canvas as well."""
    st.session_state[_DRAWING] = drawn
    _seed()


def beneath() -> Sample | None:
    """What lies under the pen, to be drawn over."""
    digit: Sample | None = st.session_state.get(_BENEATH)
    return digit


def lay_beneath(digit: Sample | None) -> None:
    """Lay one of MNIST's digits under the pen, or take it away; the drawing stays."""
    st.session_state[_BENEATH] = digit
    _seed()  # with another background the canvas starts anew


def brush_width() -> float:
    """The brush's width, in pixels of the pad."""
    return float(BRUSHES[st.session_state.get("brush") or "Medium"])


def revision() -> int:
    """A number that changes whenever the canvas is given a drawing to start from."""
    return int(st.session_state.get(_SEED, {}).get("revision", 0))


def leave() -> None:
    """Say that no canvas is on the page; the next one starts from the session's drawing."""
    st.session_state[_ON_PAGE] = False


def canvas() -> None:
    """Show the canvas and take over what was drawn.

    Raises:
        InputError: what is on the canvas cannot be read; the drawing is then empty.
    """
    state = st.session_state
    is_new = _DRAWING not in state
    if not state.get(_ON_PAGE):
        _seed()
        state[_ON_PAGE] = True
    result = st_canvas(
        stroke_width=int(brush_width()),
        stroke_color=INK,
        background_color=BOARD,
        background_image=_faint(digit) if (digit := beneath()) else None,
        initial_drawing=state[_SEED],
        width=PAD_SIDE,
        height=PAD_SIDE,
        key=KEY,
    )
    sent: dict[str, Any] | None = result.json_data
    if sent != state.get(_READ):
        state[_READ] = sent
        state[_DRAWING] = EMPTY
        state[_DRAWING] = from_canvas(sent)
    if is_new and drawing():
        # The server was started again: the browser's canvas has strokes that this session never saw, and was just told
        # to start from nothing.
        put(drawing())
        st.rerun()


@lru_cache(maxsize=8)
def _faint(digit: Sample) -> Image.Image:
    """The digit as large as the pad, in ink that the pen's own stands out from."""
    share = digit.image.repeat(PAD_SIDE // 28, 0).repeat(PAD_SIDE // 28, 1)[:, :, None] * _FAINT
    paper, ink = (np.array(rgb(colour), np.float32) for colour in (BOARD, INK))
    return Image.fromarray(np.rint(paper + (ink - paper) * share).astype(np.uint8))


def brush() -> None:
    """The choice of brush; a drawing is read the same with each of them."""
    st.session_state.setdefault("brush", "Medium")
    st.segmented_control(
        "Brush", list(BRUSHES), key="brush", required=True, persist_state="session", label_visibility="collapsed"
    )


def undo_and_clear() -> None:
    """The buttons, with their keys."""
    st.button("Undo", icon=":material/undo:", shortcut="u", on_click=_undo, key="undo")
    st.button("Clear", icon=":material/delete:", shortcut="x", on_click=_clear, key="clear")


def _undo() -> None:
    drawn = drawing()
    put(drawn.without_last() if drawn else st.session_state.pop(_CLEARED, EMPTY))


def _clear() -> None:
    if drawn := drawing():
        st.session_state[_CLEARED] = drawn
    put(EMPTY)


def _seed() -> None:
    """Have the canvas start anew from the session's drawing; the number makes equal seeds differ."""
    state = st.session_state
    state[_SEED] = to_canvas(drawing(), INK) | {"revision": revision() + 1}
