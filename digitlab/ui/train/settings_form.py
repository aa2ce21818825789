"""The settings as a form, made from their table; what is wrong stands beside its field."""

from types import SimpleNamespace

import streamlit as st

from digitlab.jobs.draft import Draft
from digitlab.training.config import TrainingConfig
from digitlab.training.setting import Setting
from digitlab.training.settings import SETTINGS
from digitlab.ui.shared import visitor
from digitlab.ui.shared.explained import with_lesson
from digitlab.ui.shared.foreign import complain
from digitlab.ui.shared.setting_text import choice_text
from digitlab.ui.train.drafting import changed
from digitlab.words import Message, message

# In which order and under which heading; what the table has beyond these comes last. Two stand elsewhere.
_GROUPS: tuple[tuple[Message, tuple[str, ...]], ...] = (
    (message("Length"), ("epochs", "batch_size", "steps", "patience", "keep_best")),
    (
        message("Optimization"),
        (
            "optimizer",
            "learning_rate",
            "schedule",
            "step_every",
            "step_factor",
            "momentum",
            "nesterov",
            "second_moment",
            "weight_decay",
        ),
    ),
    (message("Data"), ("train_size", "validation", "validation_size", "seed")),
    (message("Loss"), ("loss", "label_smoothing", "l2")),
)
_ELSEWHERE = ("weights_seed", "start_model", "frozen")
_NOTHING = {"steps": message("not set"), "train_size": message("all"), "weights_seed": message("not set")}


def show_settings(draft: Draft, base: TrainingConfig, problems: dict[str, str]) -> None:
    """Every setting that matters with the others as they are, and that the reader's teacher offers."""
    listed = {name for _title, names in _GROUPS for name in names} | set(_ELSEWHERE)
    groups = (*_GROUPS, (message("More"), tuple(name for name in SETTINGS if name not in listed)))
    here = visitor.class_settings()
    offered = set(here.settings if here else ()) or SETTINGS.keys()
    now = SimpleNamespace(**{name: draft.value(base, name) for name in SETTINGS})
    for title, names in groups:
        there = [name for name in names if name in SETTINGS and SETTINGS[name].matters(now)]
        shown = [name for name in there if name in offered or name in problems]
        if not shown:
            continue
        st.markdown(f"##### {title}")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key=f"group_{names[0]}"):
            for name in shown:
                with st.container(width=230, gap="xsmall"):
                    show_setting(SETTINGS[name], draft.value(base, name))
                    if name in problems:
                        complain(problems[name])


def show_setting(setting: Setting, value: object) -> None:
    """One field with the value that the draft has, be it right or wrong."""
    key = f"set_{setting.name}"
    label = str(setting.label)
    st.session_state[key] = list(value) if isinstance(value, tuple) else value
    match setting.kind:
        case "whole":
            st.number_input(
                label,
                value=None if setting.optional else "min",
                step=1,
                key=key,
                help=with_lesson(str(setting.help), setting.name),
                placeholder=str(_NOTHING.get(setting.name, "")),
                on_change=changed,
                args=(setting.name, key),
            )
        case "number":
            st.session_state[key] = float(value)  # type: ignore[arg-type]
            st.number_input(
                label,
                step=_step(float(value)),  # type: ignore[arg-type]
                format="%.7g",
                key=key,
                help=with_lesson(str(setting.help), setting.name),
                on_change=changed,
                args=(setting.name, key),
            )
        case "choice":
            st.selectbox(
                label,
                setting.choices,
                format_func=choice_text,
                key=key,
                help=with_lesson(str(setting.help), setting.name),
                filter_mode=None,
                on_change=changed,
                args=(setting.name, key),
            )
        case "yes-no":
            st.toggle(
                label,
                key=key,
                help=with_lesson(str(setting.help), setting.name),
                on_change=changed,
                args=(setting.name, key),
            )


def _step(value: float) -> float:
    """A tenth of a number's size, for the buttons that lower and raise the number."""
    step = 0.1
    while 1e-8 < abs(value) < step * 9.999:
        step /= 10
    return step if value else 0.01
