"""The settings as a form, made from their table; what is wrong stands beside its field."""

from types import SimpleNamespace

import streamlit as st

from digitlab.training.config import TrainingConfig
from digitlab.training.settings import SETTINGS, Setting
from digitlab.ui.train.draft import Draft
from digitlab.ui.train.drafting import changed

# In which order and under which heading; what the table has beyond these comes last. Two stand elsewhere.
_GROUPS = {
    "How long": ("epochs", "batch_size", "steps", "patience", "keep_best"),
    "How it learns": (
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
    "From which digits": ("train_size", "validation", "validation_size", "seed"),
    "What counts as wrong": ("loss", "label_smoothing", "l2"),
}
_ELSEWHERE = ("weights_seed", "start_model", "frozen")
_WORDS = {
    "adam": "Adam",
    "adamw": "AdamW",
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "constant": "constant",
    "cosine": "down along a cosine",
    "one-cycle": "one cycle: up, then down",
    "step": "down in steps",
    "none": "none",
    "test": "the test digits",
    "last": "the last training digits",
    "first": "the first training digits",
    "categorical": "cross-entropy, one-hot labels",
    "sparse": "cross-entropy, number labels",
}
_NOTHING = {"steps": "not set: epochs count", "train_size": "all", "weights_seed": "not set"}


def show_settings(draft: Draft, base: TrainingConfig, problems: dict[str, str]) -> None:
    """Every setting that matters with the others as they are."""
    listed = {name for names in _GROUPS.values() for name in names} | set(_ELSEWHERE)
    groups = _GROUPS | {"More": tuple(name for name in SETTINGS if name not in listed)}
    now = SimpleNamespace(**{name: draft.value(base, name) for name in SETTINGS})
    for title, names in groups.items():
        shown = [name for name in names if name in SETTINGS and SETTINGS[name].matters(now)]
        if not shown:
            continue
        st.markdown(f"##### {title}")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key=f"group_{names[0]}"):
            for name in shown:
                with st.container(width=230, gap="xsmall"):
                    show_setting(SETTINGS[name], draft.value(base, name))
                    if name in problems:
                        st.error(problems[name], icon=":material/info:")


def show_setting(setting: Setting, value: object) -> None:
    """One field with the value that the draft has, be it right or wrong."""
    key = f"set_{setting.name}"
    label = setting.label[0].upper() + setting.label[1:]
    st.session_state[key] = list(value) if isinstance(value, tuple) else value
    match setting.kind:
        case "whole":
            st.number_input(
                label,
                value=None if setting.optional else "min",
                step=1,
                key=key,
                help=setting.help,
                placeholder=_NOTHING.get(setting.name, ""),
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
                help=setting.help,
                on_change=changed,
                args=(setting.name, key),
            )
        case "choice":
            st.selectbox(
                label,
                setting.choices,
                format_func=lambda choice: _WORDS.get(choice, choice),
                key=key,
                help=setting.help,
                filter_mode=None,
                on_change=changed,
                args=(setting.name, key),
            )
        case "yes-no":
            st.toggle(label, key=key, help=setting.help, on_change=changed, args=(setting.name, key))


def _step(value: float) -> float:
    """A tenth of a number's size, for the buttons that make it smaller and larger."""
    step = 0.1
    while 1e-8 < abs(value) < step * 9.999:
        step /= 10
    return step if value else 0.01
