"""How the drawing became 28×28: every stage, what the network says to each, and a switch on each step."""

from collections.abc import Sequence
from dataclasses import fields

import streamlit as st

from digitlab.drawing.preprocess import BOX, PEN_WIDTH, Steps
from digitlab.networks.zoo import Model
from digitlab.ui import montage
from digitlab.ui.answer import percent
from digitlab.ui.reading import read
from digitlab.ui.shown import Sample, Shown, Stage

_STEPS = {
    "crop": "Move to the middle",
    "scale": f"Scale to {BOX:.0f}×{BOX:.0f}",
    "pen": "One pen for all",
    "centre": "Centre by mass",
}
_STAGES = {
    "drawn": ("As drawn", "The whole pad, made 28×28."),
    "cropped": ("Cropped", "The empty border is cut off; the ink is in the middle."),
    "scaled": ("Scaled", f"The longest side of the ink is {BOX:.0f} pixels, as in MNIST."),
    "pen": ("One pen", f"The lines are drawn anew, {PEN_WIDTH} pixels wide, whatever brush you used."),
    "centred": ("Centred", "The centre of mass of the ink lies where MNIST has it."),
    "digit": ("From MNIST", "A test digit is 28×28 already; no step is needed."),
}


def steps() -> Steps:
    """The steps that are switched on."""
    return Steps(**{field.name: bool(st.session_state.get(_key(field.name), True)) for field in fields(Steps)})


def steps_off() -> int:
    return sum(not taken for taken in vars(steps()).values())


def show_becoming(model: Model, shown: Shown, stages: Sequence[Stage]) -> None:
    """The panel; it computes nothing while it is closed."""
    panel = st.expander("How the drawing became 28×28", icon=":material/transform:", on_change="rerun", key="becoming")
    if not panel.open:
        return
    with panel:
        if not isinstance(shown, Sample):
            st.markdown(
                "A network reads best what looks like the digits it learned from. Switch a step off and see what "
                "it does to the answer."
            )
            with st.container(horizontal=True, gap="medium", key="steps"):
                for name, label in _STEPS.items():
                    st.session_state.setdefault(_key(name), True)
                    st.toggle(label, key=_key(name), persist_state="session")
        if not stages:
            st.caption("Draw something first.")
            return
        with st.container(horizontal=True, gap="medium", key="stages"):
            for stage in stages:
                _show_stage(model, stage)


def _show_stage(model: Model, stage: Stage) -> None:
    title, text = _STAGES[stage.name]
    reading = read(model, stage.image)
    with st.container(width=168, gap="xsmall", key=f"stage_{stage.name}"):
        st.image(montage.enlarged(stage.image, 6), alt=f"The drawing after the step: {title}")
        st.markdown(f"**{title}**  \nreads as **{reading.digit}**, {percent(float(reading.probabilities.max()))}")
        st.caption(text)


def _key(step: str) -> str:
    return f"step_{step}"
