"""The live answer: the digit, the bars and the 28×28 follow the pen, computed in the browser.

The component shows the 28×28 and, under it, small print when something is amiss. The answer and the bars stay the
server's HTML (digitlab/ui/answer.py); the component's JavaScript changes them in place while the pen is ahead of the
server. Its modules and the weights come over digitlab/ui/routes.py, once; a rerun sends strokes and the answer only.
"""

import base64
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.drawing.preprocess import ALL_STEPS, Steps
from digitlab.drawing.strokes import Drawing
from digitlab.networks.predictor import Reading
from digitlab.networks.zoo import Model
from digitlab.ui import routes

_HERE = Path(__file__).parent
_DECIMALS = 3  # of strokes on their way, in pixels of the pad: a thousandth moves no ink by more than 1e-4

_component = st.components.v2.component(
    "digitlab_live",
    html=(_HERE / "live.html").read_text(encoding="utf-8"),
    css=(_HERE / "live.css").read_text(encoding="utf-8"),
    js=(_HERE / "component.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # so that what it says is part of the page's text
)


def live_answer(
    model: Model,
    drawing: Drawing,
    image: NDArray[np.float32] | None,
    reading: Reading | None,
    *,
    brush: float,
    revision: int,
    cut: float | None = None,
    steps: Steps = ALL_STEPS,
    key: str = "live",
) -> None:
    """Show the 28×28 of the drawing on the pad, and have it and the answer follow the pen from here on.

    Args:
        model: which network answers.
        drawing: the strokes that the server has.
        image: what it made of them, float32 [28, 28] in 0..1; None for an empty pad.
        reading: its answer; None for an empty pad.
        brush: the pad's brush, in its pixels.
        revision: a number that changes whenever the server gives the canvas a drawing to start from.
        cut: the energy above which a drawing is no digit; None to answer always.
        steps: which steps make the 28×28.
        key: the component's key.
    """
    ink = np.zeros((28, 28), np.float32) if image is None else image
    data: dict[str, Any] = {
        "modules": routes.modules_url(),
        "weights": routes.weights_url(model),
        "brush": brush,
        "cut": cut,
        "steps": asdict(steps),
        "revision": revision,
        "strokes": [
            [width, np.round(stroke, _DECIMALS).ravel().tolist()]
            for stroke, width in zip(drawing.strokes, drawing.widths, strict=True)
        ],
        "reading": reading and {"probabilities": reading.probabilities.tolist(), "energy": reading.energy},
        "picture": base64.b64encode(np.rint(ink * 255).astype(np.uint8).tobytes()).decode(),
    }
    _component(data=data, key=key, width="content", height="content")
