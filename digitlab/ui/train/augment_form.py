"""How far training digits are varied, with a preview: some digits beside their variations."""

from dataclasses import asdict, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.data.augment import augment
from digitlab.data.augmentation import AMOUNTS, Augmentation, differences
from digitlab.jobs.draft import AUGMENTATION, Draft
from digitlab.training.config import TrainingConfig
from digitlab.ui.shared import montage, visitor
from digitlab.ui.shared.foreign import complain
from digitlab.ui.train.drafting import draft_now, put
from digitlab.words import Message, _, message

PREVIEWED = 8
_TIMES = 3  # that each is varied
_SEED = "preview_seed"  # session: decides which digits, and how they vary
_MOVED = "preview_moved"  # session: the slider that was moved last
_STRENGTHS: dict[str, dict[str, float]] = {
    "off": {},
    "mild": {"rotation": 8.0, "shift": 1.0, "scale": 0.05, "shear": 0.1},
    "strong": {"rotation": 15.0, "shift": 2.0, "scale": 0.1, "shear": 0.25, "elastic": 0.8, "thickness": 0.5},
}
_STRENGTH_TEXTS: dict[str, Message] = {"off": message("Off"), "mild": message("Mild"), "strong": message("Strong")}
_FIRST = 7  # the amounts that most people use; the others stand behind a button


def show_augmentation(draft: Draft, base: TrainingConfig, problems: dict[str, str]) -> None:
    """Three strengths, a slider for each amount, and the preview."""
    st.markdown(
        _(
            "Each time a digit is shown to the network, it can be varied a little. The network then always sees new "
            "digits, which reduces overfitting."
        )
    )
    with st.container(horizontal=True, gap="small"):
        for name, text in _STRENGTH_TEXTS.items():
            st.button(str(text), key=f"vary_{name}", on_click=_take, args=(name,))
    if AUGMENTATION in problems:
        complain(problems[AUGMENTATION])
    amounts = draft.amounts(base)
    sliders, preview = st.columns([1, 1.2], gap="large")
    with sliders:
        names = list(AMOUNTS)
        for name in names[:_FIRST]:
            _slider(name, amounts[name])
        with st.popover(_("More"), icon=":material/tune:"):
            for name in names[_FIRST:]:
                _slider(name, amounts[name])
    with preview, st.container(key="preview", gap="xsmall"):
        if AUGMENTATION not in problems:
            _preview(draft.augmentation(base) or Augmentation())
        st.button(_("Show others"), icon=":material/casino:", key="another", on_click=_another)


def _preview(settings: Augmentation) -> None:
    """Some digits, each over its variations; the slider that was moved last also by itself."""
    seed = int(st.session_state.get(_SEED, 0))
    originals, labels = _originals(seed)
    st.caption(_("Original digits"))
    st.image(_row(mnist.scaled(originals)), width="stretch", alt=_("Eight training digits"))
    moved = st.session_state.get(_MOVED)
    amounts = asdict(settings)
    if moved in AMOUNTS and amounts[moved]:
        amount = AMOUNTS[moved]
        st.caption(_("Only this slider: {amount}", amount=amount.label))
        st.image(
            _row(varied(originals, labels, Augmentation(**{moved: amounts[moved]}), seed)),
            width="stretch",
            alt=_("The same digits, varied by {amount} alone", amount=amount.label),
        )
    st.caption(_("Varied as the network will see them, three times"))
    for time in range(_TIMES):
        st.image(
            _row(varied(originals, labels, settings, seed + time)),
            width="stretch",
            alt=_("The same digits, varied as the network will see them"),
        )


def _originals(seed: int) -> tuple[mnist.Images, mnist.Labels]:
    """Some training digits, uint8 [8, 28, 28], and their labels [8]."""
    data = mnist.load()
    chosen = np.random.default_rng(seed).choice(len(data.x_train), PREVIEWED, replace=False)
    return data.x_train[chosen], data.y_train[chosen]


def varied(images: mnist.Images, labels: mnist.Labels, settings: Augmentation, seed: int) -> NDArray[np.float32]:
    """Digits as the settings vary them, float32 [N, 28, 28] in 0..1: with one seed, a larger amount only does more."""
    return augment(images, labels, np.random.default_rng(seed), settings)


def _row(images: NDArray[np.float32]) -> str:
    """Pictures [N, 28, 28] beside each other with a dark line between, as a data: URL."""
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1)), constant_values=0.15)
    return montage.enlarged(np.concatenate(list(framed), axis=1), 3)


def _slider(name: str, value: float) -> None:
    amount, key = AMOUNTS[name], f"vary_{name}"
    low, high = float(amount.low), float(amount.high)
    st.session_state[key] = min(max(float(value), low), high)
    label = _("{amount}: {unit}", amount=amount.label, unit=amount.help)
    st.slider(label, low, high, step=float(amount.step), key=key, on_change=_set, args=(name, key))


def _set(name: str, key: str) -> None:
    st.session_state[_MOVED] = name
    draft = draft_now()
    amounts = dict(draft.variation) if draft.variation is not None else _of_base(draft)
    put(replace(draft, variation=differences(amounts | {name: float(st.session_state[key])})))


def _of_base(draft: Draft) -> dict[str, float]:
    from digitlab.server.store import store

    settings = draft.base(store(), visitor.person()).augmentation
    return dict(asdict(settings)) if settings else {}


def _take(name: str) -> None:
    st.session_state.pop(_MOVED, None)
    put(replace(draft_now(), variation=dict(_STRENGTHS[name])))


def _another() -> None:
    st.session_state[_SEED] = int(st.session_state.get(_SEED, 0)) + 1
