"""The desk: the canvas, and the component in which the answer and the maps follow the pen."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

import streamlit as st
from streamlit_drawable_canvas import st_canvas

from digitlab.drawing.canvas import from_canvas
from digitlab.drawing.preprocess import Steps
from digitlab.drawing.sent import Sent
from digitlab.drawing.strokes import DEFAULT_BRUSH, EMPTY, PAD_SIDE
from digitlab.errors import InputError
from digitlab.networks import export
from digitlab.networks.zoo import Model
from digitlab.server import routes
from digitlab.ui.pad import held
from digitlab.ui.pad.parts import show_parts
from digitlab.ui.pad.words import words
from digitlab.ui.shared import layer_text
from digitlab.ui.shared.component import Component
from digitlab.ui.shared.palette import BOARD, DIGITS, INK, MAGMA, VIK

KEY = "pad"
Part = Literal["answer", "seen", "maps", "question", "inputs", "more", "present", "small"]

_EMPTY: dict[str, Any] = {"objects": []}  # what the canvas starts from, once; digitlab/ui/pad/canvas.js says why
_READ = "pad_read"  # session: what the canvas itself sent last

_desk = Component("desk", "pad/desk.js", ("pad/desk.css",), words=words)


def show_desk(model: Model, *, cut: float | None, steps: Steps, per_map: bool, parts: Sequence[Part]) -> None:
    """The canvas and what follows it. To be called outside of fragments: the page does what a stroke changes here.

    Args:
        model: which network answers.
        cut: the energy above which a drawing is no digit; None to answer always.
        steps: which steps make the 28×28.
        per_map: whether each map has a colour scale of its own.
        parts: what is shown beside the pad.
    """
    _canvas()
    network = model.network
    data = {
        "model": {
            "name": model.name,
            "hash": model.hash,
            "weights": routes.weights_url(model) if export.can_be_packed(network) else None,
            "layers": [
                {
                    "name": layer.name,
                    "title": layer_text.title(layer, network),
                    "shape": list(network.shapes[layer.name]),
                    "shape_text": layer_text.shape_text(network.shapes[layer.name]),
                    "sentence": layer_text.sentence(layer, network),
                }
                for layer in network.layers
            ],
        },
        "cut": cut,
        "steps": asdict(steps),
        "perMap": per_map,
        "amounts": MAGMA,
        "signed": VIK,
        "digits": DIGITS,
        "parts": list(parts),
    }
    _desk("desk_parts", data)
    show_parts(model, cut, per_map, parts)


def _canvas() -> None:
    """The surface that takes the pen. By itself the canvas sends nothing; what it is made to send counts as drawn."""
    result = st_canvas(
        stroke_width=int(DEFAULT_BRUSH),
        stroke_color=INK,
        background_color=BOARD,
        update_streamlit=False,
        initial_drawing=_EMPTY,
        width=PAD_SIDE,
        height=PAD_SIDE,
        key=KEY,
    )
    sent: dict[str, Any] | None = result.json_data
    if sent and sent.get("objects") and sent != st.session_state.get(_READ):
        st.session_state[_READ] = sent
        before, drawn = held.held(), EMPTY
        try:
            drawn = from_canvas(sent)
        except InputError as error:
            held.complain(error.sentence)
        held.hold(Sent(before.number if before else 0, False, drawn, None, ""))
