"""How the drawing became 28×28: every stage, what the network says to each, and a switch on each step."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import streamlit as st

from digitlab.drawing.preprocess import BOX, PEN_WIDTH, Steps
from digitlab.networks.zoo import Model
from digitlab.ui import montage
from digitlab.ui.answer import percent
from digitlab.ui.reading import Answer, read
from digitlab.ui.shown import Sample, Shown, Stage

_STEPS = {
    "crop": "Move to the middle",
    "scale": f"Scale to {BOX:.0f}×{BOX:.0f}",
    "pen": "One pen for all",
    "centre": "Centre by mass",
}
_STAGES = {
    "drawn": ("As drawn", "The whole pad, made 28×28."),
    "cropped": ("Cropped", "The box around the ink is moved to the middle."),
    "scaled": ("Scaled", f"The longest side of the ink is {BOX:.0f} pixels, as in MNIST."),
    "pen": ("One pen", f"The lines are {PEN_WIDTH} pixels wide, whatever brush was used."),
    "centred": ("Centred", "The centre of mass of the ink lies where MNIST has it."),
    "digit": ("From MNIST", "A test digit is 28×28 already; no step is needed."),
}


def steps() -> Steps:
    """The steps that are switched on."""
    return Steps(**{field.name: bool(st.session_state.get(_key(field.name), True)) for field in fields(Steps)})


def steps_off() -> int:
    return sum(not taken for taken in vars(steps()).values())


def show_becoming(model: Model, shown: Shown, stages: Sequence[Stage], cut: float | None) -> None:
    """The panel; it computes nothing while it is closed.

    Args:
        model: which network answers.
        shown: what was drawn.
        stages: of it.
        cut: the energy above which the network says "?"; None for one that always answers.
    """
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
                _show_stage(Answer(model, read(model, stage.image), cut), stage)
        measured = model.card.get("measured")
        if measured and not isinstance(shown, Sample):
            _show_shares(measured, [stage.name for stage in stages])


def _show_stage(answer: Answer, stage: Stage) -> None:
    title, text = _STAGES[stage.name]
    closest = f"{answer.reading.digit}**, {percent(answer.probability)}"
    with st.container(width=168, gap="xsmall", key=f"stage_{stage.name}"):
        st.image(montage.enlarged(stage.image, 6), alt=f"The drawing after the step: {title}")
        st.markdown(f"**{title}**  \n" + (f"**?** closest: **{closest}" if answer.refused else f"reads as **{closest}"))
        st.caption(text)


def _show_shares(measured: dict[str, Any], names: list[str]) -> None:
    """How many of real people's pen digits the network reads right after each of these stages, where that is known."""
    shares, strokes = measured["stages"], measured["strokes"]
    if names != list(shares)[: len(names)]:
        return
    parts = [f"{_STAGES[name][0].lower()} **{shares[name]:.1%}**" for name in names]
    st.markdown(
        f"Of {strokes['clean']:,} digits that real people drew, this network reads right, stage by stage: "
        + ", ".join(parts)
        + "."
    )


def _key(step: str) -> str:
    return f"step_{step}"
