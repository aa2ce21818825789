"""Beginning a search: what to vary, how far, and who chooses."""

from typing import Any

import streamlit as st

from digitlab.data.augmentation import AMOUNTS
from digitlab.search import planning
from digitlab.search.space import AUGMENTATION, Dimension, can_be_varied, grid
from digitlab.store import Store
from digitlab.store.searches import Search
from digitlab.training.recipes import RECIPES
from digitlab.training.settings import SETTINGS, TRAINING_DIGITS, Setting
from digitlab.ui.friendly import friendly

FIRST = ("learning_rate", "batch_size")
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
}
_SAMPLERS = {"tpe": "TPE: learns from the trials", "random": "random", "grid": "grid: every combination"}
_PRUNERS = {
    "median": "worse than half of the others at the same epoch",
    "halving": "successive halving: most end early",
    "none": "never",
}


def labels_to_vary() -> dict[str, str]:
    """Names of settings that can be varied, with their labels."""
    plain = {setting.name: setting.label for setting in can_be_varied()}
    return plain | {f"{AUGMENTATION}{name}": f"augmentation: {name.replace('_', ' ')}" for name in AMOUNTS}


def label_of(name: str) -> str:
    """What a setting that is varied is called on the page."""
    label = labels_to_vary().get(name, name)
    return label[0].upper() + label[1:]


def show_form(store: Store) -> Search | None:
    """The form; returns the search that was begun with it just now."""
    recipes = [name for name, recipe in RECIPES.items() if recipe.config.exposure is None]
    left, right = st.columns(2, gap="large")
    with left:
        recipe = st.selectbox("Recipe", recipes, key="search_recipe", filter_mode=None)
        epochs = st.number_input("Epochs of each trial", 1, 1000, 3, key="search_epochs")
        digits = st.number_input(
            "Digits to learn from",
            10,
            TRAINING_DIGITS - planning.HELD_OUT,
            5000,
            step=1000,
            key="search_digits",
            help="A few thousand show which settings are better, many times sooner than all.",
        )
        sampler = st.selectbox(
            "Who chooses", list(_SAMPLERS), format_func=_SAMPLERS.__getitem__, key="search_sampler", filter_mode=None
        )
        pruner = st.selectbox(
            "A trial is stopped early when it is",
            list(_PRUNERS),
            format_func=_PRUNERS.__getitem__,
            key="search_pruner",
            filter_mode=None,
        )
    with right:
        labels = labels_to_vary()
        names = st.multiselect(
            "Settings to vary", list(labels), FIRST, format_func=labels.__getitem__, key="search_over"
        )
        with friendly():
            space = tuple(_dimension(name, labels[name], sampler == "grid") for name in names)
            trials = 20
            if sampler == "grid":
                trials = len(grid(space))
                st.caption(f"{trials} combinations, a trial each.")
            else:
                trials = st.number_input("Trials", 1, planning.MOST, 20, key="search_trials")
            if st.button("Search", type="primary", icon=":material/search:", key="search_start"):
                config = planning.base(RECIPES[recipe].config, int(epochs), int(digits))
                return planning.begin(
                    store,
                    recipe=recipe,
                    config=config,
                    space=space,
                    sampler=sampler,
                    pruner=pruner,
                    trials=int(trials),
                )
    return None


def _dimension(name: str, label: str, in_grid: bool) -> Dimension:
    """The row of one setting."""
    setting = SETTINGS.get(name)
    if setting is not None and setting.kind in ("choice", "yes-no"):
        values: list[Any] = list(setting.choices) if setting.kind == "choice" else [False, True]
        chosen = st.pills(label, values, selection_mode="multi", default=values, key=f"search_{name}")
        return Dimension(name=name, choices=tuple(chosen))
    low, high, doublings = _RANGES.get(name, (*_bounds(name, setting), False))
    whole = setting is not None and setting.kind == "whole"
    kind: Any = int if whole else float
    form = "%d" if whole else "%g"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        begins = st.number_input(label, value=kind(low), format=form, key=f"search_low_{name}", step=_step(whole, low))
        ends = st.number_input("to", value=kind(high), format=form, key=f"search_high_{name}", step=_step(whole, low))
        log = st.toggle("log", doublings, key=f"search_log_{name}", help="Each doubling counts the same.")
        points = st.number_input("values", 2, 20, 3, key=f"search_points_{name}") if in_grid else 3
    return Dimension(name=name, low=begins, high=ends, whole=whole, log=log, points=int(points))


def _bounds(name: str, setting: Setting | None) -> tuple[float, float]:
    if setting is None:
        amount = AMOUNTS[name.removeprefix(AUGMENTATION)]
        return amount.low, amount.high
    return setting.low, setting.high


def _step(whole: bool, low: float) -> Any:
    return 1 if whole else max(abs(low), 1e-3)
