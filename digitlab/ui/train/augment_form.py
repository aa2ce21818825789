"""How far training digits are varied, with sixteen of them before one's eyes."""

from dataclasses import asdict, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.data.augment import augment
from digitlab.data.augmentation import AMOUNTS, Augmentation
from digitlab.training.config import TrainingConfig
from digitlab.ui import montage
from digitlab.ui.train.draft import AUGMENTATION, Draft
from digitlab.ui.train.drafting import draft_now, put

PREVIEWED = 16
_COLUMNS = 8
_SEED = "preview_seed"  # session: which sixteen, and which chance
_STRENGTHS = {
    "Off": {},
    "Mild": {"rotation": 8.0, "shift": 1.0, "scale": 0.05, "shear": 0.1},
    "Strong": {"rotation": 15.0, "shift": 2.0, "scale": 0.1, "shear": 0.25, "elastic": 0.8, "thickness": 0.5},
}
_FIRST = 7  # so many amounts are what everybody wants; the others stand behind a button


def show_augmentation(draft: Draft, base: TrainingConfig, problems: dict[str, str]) -> None:
    """Three strengths, a slider for each amount, and the preview."""
    st.markdown(
        "Every time a digit is shown to the network it can be varied a little: the network then sees new digits all "
        "the time and learns less by heart."
    )
    with st.container(horizontal=True, gap="small"):
        for name in _STRENGTHS:
            st.button(name, key=f"vary_{name.lower()}", on_click=_take, args=(name,))
    if AUGMENTATION in problems:
        st.error(problems[AUGMENTATION], icon=":material/info:")
    amounts = draft.amounts(base)
    sliders, preview = st.columns([1, 1.2], gap="large")
    with sliders:
        names = list(AMOUNTS)
        for name in names[:_FIRST]:
            _slider(name, amounts[name])
        with st.popover("More", icon=":material/tune:"):
            for name in names[_FIRST:]:
                _slider(name, amounts[name])
    with preview, st.container(key="preview"):
        if AUGMENTATION not in problems:
            seed = int(st.session_state.get(_SEED, 0))
            st.image(
                picture(draft.augmentation(base), seed),
                width="stretch",
                alt="Sixteen training digits, varied as the network will see them",
            )
        st.button("Another sixteen", icon=":material/casino:", key="another", on_click=_another)


def picture(settings: Augmentation | None, seed: int) -> str:
    """Sixteen training digits as the settings vary them, in two rows, as a data: address."""
    return montage.enlarged(arranged(varied(settings, seed)), 3)


def varied(settings: Augmentation | None, seed: int) -> NDArray[np.float32]:
    """Sixteen training digits, float32 [16, 28, 28] in 0..1; the seed decides which and how they vary."""
    data = mnist.load()
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(data.x_train), PREVIEWED, replace=False)
    images, labels = data.x_train[chosen], data.y_train[chosen]
    return augment(images, labels, rng, settings or Augmentation())


def arranged(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pictures [N, 28, 28] in rows of eight with a dark line between, as one."""
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1)), constant_values=0.15)
    rows = framed.reshape(-1, _COLUMNS, *framed.shape[1:])
    return np.asarray(rows.swapaxes(1, 2).reshape(len(rows) * framed.shape[1], -1))


def _slider(name: str, value: float) -> None:
    amount, key = AMOUNTS[name], f"vary_{name}"
    low, high = float(amount.low), float(amount.high)
    st.session_state[key] = min(max(float(value), low), high)
    label = f"{amount.label}: {amount.help}"
    st.slider(label, low, high, step=float(amount.step), key=key, on_change=_set, args=(name, key))


def _set(name: str, key: str) -> None:
    draft = draft_now()
    amounts = dict(draft.variation) if draft.variation is not None else _of_base(draft)
    put(replace(draft, variation=_without_defaults(amounts | {name: float(st.session_state[key])})))


def _of_base(draft: Draft) -> dict[str, float]:
    from digitlab.ui.opened import store

    settings = draft.base(store()).augmentation
    return dict(asdict(settings)) if settings else {}


def _take(name: str) -> None:
    put(replace(draft_now(), variation=dict(_STRENGTHS[name])))


def _another() -> None:
    st.session_state[_SEED] = int(st.session_state.get(_SEED, 0)) + 1


def _without_defaults(amounts: dict[str, float]) -> dict[str, float]:
    plain = Augmentation()
    return {name: amount for name, amount in amounts.items() if amount != getattr(plain, name)}
