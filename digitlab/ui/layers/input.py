"""What the page looks at: the drawing, or one of MNIST's digits."""

import streamlit as st

from digitlab.data.mnist import SIZES, Part
from digitlab.drawing.strokes import Drawing
from digitlab.ui.pad import held
from digitlab.ui.shared.choice import one_of
from digitlab.ui.shared.shown import Sample, Shown
from digitlab.words import _, message

OWN = "drawing"
_NAMES = {OWN: message("Your drawing"), "test": message("Test digit"), "training": message("Training digit")}
_OLDER = {name.text: key for key, name in _NAMES.items()}
_SEEN = "input_number"  # session: the number of the drawing when the input was last chosen


def choose_input() -> Shown:
    """The controls, and what they say; a test digit while nothing is drawn. What is drawn is looked at at once."""
    own = held.shown()
    has_own = not isinstance(own, Sample) and bool(own if isinstance(own, Drawing) else True)
    _follow_the_pen()
    begin = own if isinstance(own, Sample) else Sample(0)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="what"):
        names = {key: name for key, name in _NAMES.items() if has_own or key != OWN}
        what = one_of("input", names, _("Input"), default=OWN if has_own else begin.part, older=_OLDER)
        if what == OWN:
            return own
        part: Part = "training" if what == "training" else "test"
        index = st.number_input(
            _("Number of the test digit") if part == "test" else _("Number of the training digit"),
            0,
            SIZES[part] - 1,
            value=begin.index if part == begin.part else 0,
            key=f"{part}_digit",
            bind="query-params",
            width=220,
        )
        return Sample(int(index), part)


def _follow_the_pen() -> None:
    """Once a stroke has come in since the input was chosen, the drawing is what the page looks at."""
    sent = held.held()
    number = sent.number if sent else -1
    if _SEEN in st.session_state and number > st.session_state[_SEEN]:
        st.query_params.pop("input", None)
    st.session_state[_SEEN] = number
