"""How far training digits are varied, with a preview of sixteen digits."""

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

PREVIEWED = 16
_COLUMNS = 8
_SEED = "preview_seed"  # session: decides which sixteen, and how they vary
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
    with preview, st.container(key="preview"):
        if AUGMENTATION not in problems:
            seed = int(st.session_state.get(_SEED, 0))
            st.image(
                picture(draft.augmentation(base), seed),
                width="stretch",
                alt=_("Sixteen training digits, varied as the network will see them"),
            )
        st.button(_("Show others"), icon=":material/casino:", key="another", on_click=_another)


def picture(settings: Augmentation | None, seed: int) -> str:
    """Sixteen training digits as the settings vary them, in two rows, as a data: URL."""
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
    label = _("{amount}: {unit}", amount=amount.label, unit=amount.help)
    st.slider(label, low, high, step=float(amount.step), key=key, on_change=_set, args=(name, key))


def _set(name: str, key: str) -> None:
    draft = draft_now()
    amounts = dict(draft.variation) if draft.variation is not None else _of_base(draft)
    put(replace(draft, variation=differences(amounts | {name: float(st.session_state[key])})))


def _of_base(draft: Draft) -> dict[str, float]:
    from digitlab.server.store import store

    settings = draft.base(store(), visitor.person()).augmentation
    return dict(asdict(settings)) if settings else {}


def _take(name: str) -> None:
    put(replace(draft_now(), variation=dict(_STRENGTHS[name])))


def _another() -> None:
    st.session_state[_SEED] = int(st.session_state.get(_SEED, 0)) + 1
