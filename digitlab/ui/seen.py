"""The 28×28 that the network sees; on the pad it follows the pen, and so do the answer and the bars."""

from collections.abc import Sequence

import streamlit as st

from digitlab.drawing.strokes import Drawing
from digitlab.networks.predictor import Reading
from digitlab.networks.zoo import Model
from digitlab.ui import becoming, montage, pad
from digitlab.ui.live import live_answer
from digitlab.ui.shown import Shown, Stage


def show_seen(model: Model, shown: Shown, way: Sequence[Stage], reading: Reading | None, cut: float | None) -> None:
    """The last stage, enlarged.

    Args:
        model: which network answers.
        shown: what it is shown; only a drawing changes while the pen is down.
        way: the stages up to the 28×28; empty for an empty pad.
        reading: what the network made of it.
        cut: the energy above which it is no digit.
    """
    image = way[-1].image if way else None
    if isinstance(shown, Drawing):
        live_answer(
            model,
            shown,
            image,
            reading,
            brush=pad.brush_width(),
            revision=pad.revision(),
            cut=cut,
            steps=becoming.steps(),
        )
    elif image is not None:
        st.image(montage.enlarged(image), alt="What the network sees, 28×28")
    off = becoming.steps_off()
    switched = f" {off} {'step is' if off == 1 else 'steps are'} switched off." if off else ""
    st.caption("What the network sees: 28×28 pixels." + switched)
