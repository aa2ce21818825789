"""What the page looks at: what the Draw page shows, or one of MNIST's digits."""

import streamlit as st

from digitlab.data.mnist import SIZES, Part
from digitlab.drawing.strokes import Drawing
from digitlab.ui import source
from digitlab.ui.shown import Sample, Shown

_OWN = "Your drawing"
_PARTS: dict[str, Part] = {"Test digit": "test", "Training digit": "training"}


def choose_input() -> Shown:
    """The controls, and what they say; a test digit while nothing is drawn."""
    own = source.shown()
    begin = own if isinstance(own, Sample) else Sample(0)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="what"):
        names, first = list(_PARTS), next(name for name, part in _PARTS.items() if part == begin.part)
        if not isinstance(own, Sample) and (own or not isinstance(own, Drawing)):
            names, first = [_OWN, *names], _OWN
        what = str(st.segmented_control("Input", names, default=first, required=True, key="input", bind="query-params"))
        if what == _OWN:
            return own
        part = _PARTS[what]
        index = st.number_input(
            f"Number of the {part} digit",
            0,
            SIZES[part] - 1,
            value=begin.index if part == begin.part else 0,
            key=f"{part}_digit",
            bind="query-params",
            width=220,
        )
        return Sample(int(index), part)
