"""How the drawing became 28×28: every stage, what the network says to each, and a switch on each step."""

from dataclasses import fields
from typing import Any

import streamlit as st

from digitlab.drawing.preprocess import BOX, PEN_WIDTH, Steps
from digitlab.drawing.strokes import Drawing
from digitlab.networks.zoo import Model
from digitlab.ui.shared import montage
from digitlab.ui.shared.answer import percent
from digitlab.ui.shared.folding import folded
from digitlab.ui.shared.reading import Answer, read
from digitlab.ui.shared.shown import Found, Shown, Stage
from digitlab.ui.shared.shown import stages as stages_of
from digitlab.words import _, message

_PANEL = "becoming"
_STEPS = {
    "crop": message("Move to the middle"),
    "scale": message("Scale to {box}×{box}", box=round(BOX)),
    "pen": message("Same pen width"),
    "centre": message("Centre by mass"),
}
_STAGES = {
    "drawn": (message("As drawn"), message("The whole pad, scaled to 28×28.")),
    "cropped": (message("Cropped"), message("The box around the ink is moved to the middle.")),
    "scaled": (message("Scaled"), message("The longest side of the ink is {box} pixels, as in MNIST.", box=round(BOX))),
    "pen": (
        message("Same pen"),
        message("The lines are {width} pixels wide, whatever brush was used.", width=PEN_WIDTH),
    ),
    "centred": (message("Centred"), message("The centre of mass of the ink lies where MNIST has it.")),
    "digit": (message("From MNIST"), message("The digit is 28×28 already. No step is needed.")),
    "picture": (
        message("From a photo"),
        message("The ink of the photo was scaled to 28×28 when the photo was read."),
    ),
}
_VIEWS = (
    (message("Photo"), message("The part of the photo around the digit.")),
    (message("Ink"), message("What was taken for ink is orange.")),
)
_WIDTH = 168  # pixels of the page


def steps() -> Steps:
    """The steps that are switched on."""
    return Steps(**{field.name: bool(st.session_state.get(_key(field.name), True)) for field in fields(Steps)})


def steps_off() -> int:
    return sum(not taken for taken in vars(steps()).values())


def is_open() -> bool:
    """Whether the panel is open, and shows every drawing."""
    return bool(st.session_state.get(_PANEL))


def show_becoming(model: Model, shown: Shown, cut: float | None) -> None:
    """The panel; it computes nothing while it is closed.

    Args:
        model: which network answers.
        shown: what was drawn.
        cut: the energy above which the network says "?"; None for one that always answers.
    """
    panel = folded(_("How the drawing became 28×28"), "transform", _PANEL)
    if not panel.open:
        return
    stages = stages_of(shown, steps())
    with panel:
        if isinstance(shown, Drawing):
            st.markdown(
                _(
                    "A network reads best what looks like its training digits. Switch a step off to see how the answer "
                    "changes."
                )
            )
            with st.container(horizontal=True, gap="medium", key="steps"):
                for name, label in _STEPS.items():
                    st.session_state.setdefault(_key(name), True)
                    # What the network sees changes with the step, so the whole page runs again.
                    st.toggle(str(label), key=_key(name), persist_state="session", on_change=st.rerun)
        if not stages:
            st.caption(_("Draw a digit first."))
            return
        with st.container(horizontal=True, gap="medium", key="stages"):
            if isinstance(shown, Found):
                _show_views(shown)
            for stage in stages:
                _show_stage(Answer(model, read(model, stage.image), cut), stage)
        measured = model.card.get("measured")
        if measured and isinstance(shown, Drawing):
            _show_shares(measured, [stage.name for stage in stages])


def _show_views(found: Found) -> None:
    for number, ((title, text), view) in enumerate(zip(_VIEWS, found.views, strict=False)):
        with st.container(width=_WIDTH, gap="xsmall", key=f"stage_view_{number}"):
            st.image(view, alt=str(text), width=_WIDTH)
            st.markdown(f"**{title}**")
            st.caption(str(text))


def _show_stage(answer: Answer, stage: Stage) -> None:
    title, text = _STAGES[stage.name]
    values = {"digit": answer.reading.digit, "share": percent(answer.probability)}
    read_as = (
        _("**?**, closest: **{digit}**, {share}", **values)
        if answer.refused
        else _("read as **{digit}**, {share}", **values)
    )
    with st.container(width=_WIDTH, gap="xsmall", key=f"stage_{stage.name}"):
        st.image(montage.enlarged(stage.image, 6), alt=_("The drawing after the step: {title}", title=title))
        st.markdown(f"**{title}**  \n{read_as}")
        st.caption(str(text))


def _show_shares(measured: dict[str, Any], names: list[str]) -> None:
    """How many of real people's pen digits the network reads right after each of these stages, where that is known."""
    shares, strokes = measured["stages"], measured["strokes"]
    if names != list(shares)[: len(names)]:
        return
    parts = [_("{stage} **{share:.1%}**", stage=_STAGES[name][0], share=shares[name]) for name in names]
    st.markdown(
        _(
            "Share of {count} digits drawn by real people that this network reads correctly after each stage: {shares}",
            count=strokes["clean"],
            shares=", ".join(parts),
        )
    )


def _key(step: str) -> str:
    return f"step_{step}"
