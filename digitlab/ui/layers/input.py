"""What the page looks at: what the Draw page shows, or a test digit."""

import streamlit as st

from digitlab.drawing.strokes import Drawing
from digitlab.ui import source
from digitlab.ui.shown import Shown, TestDigit

_OWN, _DIGIT = "Your drawing", "Test digit"


def choose_input() -> Shown:
    """The controls, and what they say; a test digit while nothing is drawn."""
    own = source.shown()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="what"):
        what = _DIGIT
        if not isinstance(own, TestDigit) and (own or not isinstance(own, Drawing)):
            what = str(
                st.segmented_control(
                    "Input", [_OWN, _DIGIT], default=_OWN, required=True, key="input", bind="query-params"
                )
            )
        if what == _OWN:
            return own
        index = st.number_input(
            "Number of the test digit",
            0,
            source.TEST_DIGITS - 1,
            value=own.index if isinstance(own, TestDigit) else 0,
            key="test_digit",
            bind="query-params",
            width=220,
        )
        return TestDigit(int(index))
