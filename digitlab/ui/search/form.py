"""Starting a search: what to vary, in which range, and with which sampler."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from digitlab.data.augmentation import AMOUNTS
from digitlab.errors import InputError
from digitlab.search import planning
from digitlab.store import Store
from digitlab.store.searches import Search
from digitlab.training.recipes import RECIPES
from digitlab.training.search_plan import MOST, Pruner, Sampler
from digitlab.training.setting import Setting
from digitlab.training.settings import HELD_OUT, SETTINGS, TRAINING_DIGITS
from digitlab.training.shapes import SHAPES
from digitlab.training.space import AUGMENTATION, Dimension, can_be_varied, grid
from digitlab.ui.shared import visitor
from digitlab.ui.shared.foreign import complain
from digitlab.ui.shared.friendly import friendly
from digitlab.words import Message, _, message, plural

FIRST = ("learning_rate", "batch_size")
PREPARED = "search_prepared"  # session: whether the form was filled in for its visitor and waits for “Start search”
# Ranges worth a look, and whether each doubling counts the same; whatever else a setting allows can be typed.
_RANGES: dict[str, tuple[float, float, bool]] = {
    "learning_rate": (1e-4, 1e-2, True),
    "batch_size": (32, 512, True),
    "epochs": (1, 10, False),
    "label_smoothing": (0.0, 0.2, False),
    "l2": (1e-6, 1e-2, True),
    "weight_decay": (1e-4, 1e-1, True),
    "momentum": (0.5, 0.99, False),
    "train_size": (1000, 50_000, True),
    "network.blocks": (1, 4, False),
    "network.filters": (8, 64, True),
    "network.kernel": (3, 7, False),
}
SAMPLERS: dict[Sampler, Message] = {"tpe": message("TPE"), "random": message("Random"), "grid": message("Grid")}
_SAMPLERS: dict[Sampler, Message] = {
    "tpe": message("TPE: learns from earlier trials"),
    "random": message("Random"),
    "grid": message("Grid: every combination"),
}
_PRUNERS: dict[Pruner, Message] = {
    "median": message("Below the median at the same epoch"),
    "halving": message("Successive halving"),
    "none": message("Never"),
}


def labels_to_vary() -> dict[str, str]:
    """Names of settings that can be varied, with their labels."""
    names = [*(setting.name for setting in can_be_varied()), *(f"{AUGMENTATION}{name}" for name in AMOUNTS)]
    return {name: label_of(name) for name in names}


def label_of(name: str, short: bool = False) -> str:
    """What a setting that is varied is called on the page; `short` leaves out that it is one of augmentation."""
    if name in SHAPES:
        label = _capital(str(SHAPES[name].label))
        return label if short else _("Architecture: {name}", name=label)
    if name.startswith(AUGMENTATION):
        amount = AMOUNTS.get(name.removeprefix(AUGMENTATION))
        label = _capital(str(amount.label) if amount else name)
        return label if short else _("Augmentation: {name}", name=label)
    return _capital(str(SETTINGS[name].label) if name in SETTINGS else name)


def _capital(label: str) -> str:
    return label[0].upper() + label[1:]


def prepare(values: Mapping[str, str]) -> None:
    """Fill in the form before it is shown; its fields read the session when they are made."""
    for name, value in values.items():
        st.session_state[f"search_{name}"] = int(value) if value.isdecimal() else value
    st.session_state[PREPARED] = True


def show_form(store: Store) -> Search | None:
    """The form; returns the search that was begun with it just now."""
    recipes = [name for name, recipe in RECIPES.items() if recipe.config.exposure is None]
    left, right = st.columns(2, gap="large")
    with left:
        recipe = st.selectbox(_("Recipe"), recipes, key="search_recipe", filter_mode=None)
        epochs = st.number_input(_("Epochs per trial"), 1, 1000, 3, key="search_epochs")
        digits = st.number_input(
            _("Training digits"),
            10,
            TRAINING_DIGITS - HELD_OUT,
            5000,
            step=1000,
            key="search_digits",
            help=_("A few thousand digits show which settings are better, in much less time than all digits."),
        )
        sampler = st.selectbox(
            _("Sampler"),
            list(_SAMPLERS),
            format_func=lambda name: str(_SAMPLERS[name]),
            key="search_sampler",
            filter_mode=None,
            on_change=_usual_pruner,
            help=_("Chooses the settings of each trial."),
        )
        pruner = st.selectbox(
            _("Prune a trial"),
            list(_PRUNERS),
            format_func=lambda name: str(_PRUNERS[name]),
            key="search_pruner",
            filter_mode=None,
            help=_("A pruned trial stops early, which leaves time for better ones."),
        )
    with right:
        labels = labels_to_vary()
        names = st.multiselect(
            _("Settings to vary"), list(labels), FIRST, format_func=labels.__getitem__, key="search_over"
        )
        found = [_dimension(name, labels[name], sampler == "grid") for name in names]
        space = tuple(one for one in found if one is not None)
        with friendly():
            trials = 20
            if sampler == "grid":
                trials = len(grid(space))
                st.caption(plural("{n} combination: one trial.", "{n} combinations: one trial for each.", trials))
            else:
                trials = st.number_input(_("Trials"), 1, MOST, 20, key="search_trials")
            wrong = len(space) < len(found)
            if wrong:
                st.caption(_("The search can start when every range is right."))
            if st.button(
                _("Start search"), type="primary", icon=":material/search:", key="search_start", disabled=wrong
            ):
                config = planning.base(RECIPES[recipe].config, int(epochs), int(digits))
                return planning.begin(
                    visitor.person(),
                    store,
                    recipe=recipe,
                    config=config,
                    space=space,
                    sampler=sampler,
                    pruner=pruner,
                    trials=int(trials),
                )
    return None


def _usual_pruner() -> None:
    """Each sampler begins with its usual pruner."""
    st.session_state["search_pruner"] = planning.usual_pruner(st.session_state["search_sampler"])


def _dimension(name: str, label: str, in_grid: bool) -> Dimension | None:
    """The row of one setting; None where its values are impossible, with a sentence below them."""
    setting = SETTINGS.get(name) or SHAPES.get(name)
    if setting is not None and setting.kind in ("choice", "yes-no"):
        values: list[Any] = list(setting.choices) if setting.kind == "choice" else [False, True]
        chosen = st.pills(label, values, selection_mode="multi", default=values, key=f"search_{name}")
        return _made(name=name, choices=tuple(chosen))
    low, high, doublings = _RANGES.get(name, (*_bounds(name, setting), False))
    whole = setting is not None and setting.kind == "whole"
    kind: Any = int if whole else float
    form = "%d" if whole else "%g"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        begins = st.number_input(label, value=kind(low), format=form, key=f"search_low_{name}", step=_step(whole, low))
        ends = st.number_input(
            _("to"), value=kind(high), format=form, key=f"search_high_{name}", step=_step(whole, low)
        )
        log = st.toggle(
            _("Log scale"), doublings, key=f"search_log_{name}", help=_("On a log scale each doubling counts the same.")
        )
        points = st.number_input(_("Values"), 2, 20, 3, key=f"search_points_{name}") if in_grid else 3
    return _made(name=name, low=begins, high=ends, whole=whole, log=log, points=int(points))


def _made(**values: Any) -> Dimension | None:
    try:
        return Dimension(**values)
    except InputError as error:
        complain(error.sentence)
        return None


def _bounds(name: str, setting: Setting | None) -> tuple[float, float]:
    if setting is None:
        amount = AMOUNTS[name.removeprefix(AUGMENTATION)]
        return amount.low, amount.high
    return setting.low, setting.high


def _step(whole: bool, low: float) -> Any:
    return 1 if whole else max(abs(low), 1e-3)
