"""What the data looks like: counts, means, shapes and types, pixel values, and varied versions."""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.data.augment import augment
from digitlab.data.augmentation import Augmentation
from digitlab.data.fields import distance_fields
from digitlab.networks.zoo import Model
from digitlab.training.card import config_of
from digitlab.ui import montage
from digitlab.ui.palette import DIGITS
from digitlab.ui.samples.downloads import figure_config, offer_csv
from digitlab.ui.strips import show_scale

if TYPE_CHECKING:
    import plotly.graph_objects as go

_VARIED = 12


def show_data(model: Model) -> None:
    data = mnist.load()
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("How many of each")
        _counts(data)
    with right:
        st.subheader("Shapes and types")
        _shapes(data)
        st.subheader("Pixel values before and after normalisation")
        _pixels(data)
    st.subheader("The mean of each class, and how far its digits spread around it")
    _means()
    st.subheader("Varied versions")
    _varied(model, data)


def _counts(data: mnist.Mnist) -> None:
    train, test = (np.bincount(labels, minlength=10) for labels in (data.y_train, data.y_test))
    most, least = int(train.argmax()), int(train.argmin())
    sentence = (
        f"{most} is the most frequent of the training digits ({train[most]:,}), {least} the rarest ({train[least]:,}): "
        f"whoever always answered {most} would be right on {train[most] / train.sum():.1%}."
    )
    st.plotly_chart(
        _bars(train, test), key="counts", config=figure_config("digits-per-class"), alt=f"Digits per class. {sentence}"
    )
    st.caption(sentence)
    rows = [[digit, int(train[digit]), int(test[digit])] for digit in range(10)]
    offer_csv("digits-per-class", ["digit", "training", "test"], rows, "csv_counts")


def _bars(train: NDArray[np.int64], test: NDArray[np.int64]) -> "go.Figure":
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_bar(x=list(range(10)), y=train, name="training", marker={"color": list(DIGITS)})
    figure.add_bar(x=list(range(10)), y=test, name="test", marker={"color": list(DIGITS), "pattern": {"shape": "/"}})
    figure.update_layout(
        height=330, margin={"l": 10, "r": 10, "t": 34, "b": 10}, xaxis={"title": "digit", "dtick": 1},
        legend={"orientation": "h", "y": 1.14},
    )  # fmt: skip
    return figure


def _shapes(data: mnist.Mnist) -> None:
    lines = []
    for name, array in vars(data).items():
        lines.append(f">>> {name}.shape, {name}.dtype\n({array.shape}, {array.dtype!r})")
    first = " ".join(map(str, data.y_train[:10].tolist()))
    lines.append(f">>> y_train[:10]\narray([{first.replace(' ', ', ')}], dtype=uint8)")
    st.code("\n".join(lines), language="python")


def _pixels(data: mnist.Mnist) -> None:
    number = st.number_input("Training digit", 0, len(data.y_train) - 1, 0, key="pixels_of", width=160)
    raw = data.x_train[int(number)]
    row = int(raw.sum(axis=1).argmax())
    scaled = raw.astype(np.float32) / np.float32(255)
    inked = np.flatnonzero(raw[row])
    columns = slice(int(inked[0]), min(int(inked[0]) + 10, 28))
    table = [
        "| | type | smallest | largest | mean | row " + f"{row}, columns {columns.start} to {columns.stop - 1} |",
        "|:--|:--|--:|--:|--:|:--|",
        f"| before | uint8 | {raw.min()} | {raw.max()} | {raw.mean():.1f} | {' '.join(map(str, raw[row, columns]))} |",
        f"| after ÷ 255 | float32 | {scaled.min():g} | {scaled.max():.3g} | {scaled.mean():.3f} "
        f"| {' '.join(f'{value:.2f}' for value in scaled[row, columns])} |",
    ]
    st.markdown("\n".join(table))
    share = _share_of_paper()
    st.caption(
        f"Networks learn better from numbers around 0 to 1. Of all training pixels {share:.0%} are 0: black paper."
    )


@cache
def _share_of_paper() -> float:
    return float((mnist.load().x_train == 0).mean())


@cache
def _statistics() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation of every class's training digits, float32 [28, 28, 10] each, in 0..1."""
    data = mnist.load()
    sums, squares = np.zeros((2, 10, 784))
    for start in range(0, len(data.x_train), 10_000):
        images = data.x_train[start : start + 10_000].reshape(-1, 784).astype(np.float32) / np.float32(255)
        belongs = np.eye(10, dtype=np.float32)[data.y_train[start : start + 10_000]].T
        sums += belongs @ images
        squares += belongs @ images**2
    count = np.bincount(data.y_train, minlength=10)[:, None]
    mean = sums / count
    spread = np.sqrt(np.maximum(squares / count - mean**2, 0))
    in_place = (one.T.reshape(28, 28, 10).astype(np.float32) for one in (mean, spread))
    return next(in_place), next(in_place)


def _means() -> None:
    mean, spread = _statistics()
    for name, values, key in (("Mean", mean, "maps_mean"), ("Standard deviation", spread, "maps_spread")):
        with st.container(key=key, gap="xsmall"):
            made = montage.feature_maps(values, columns=10)
            st.image(made.url, width="stretch", alt=f"{name} of the training digits 0 to 9, one picture each")
            show_scale(made.low, made.high)
    ink = spread.reshape(784, 10).mean(axis=0)
    st.caption(
        f"Above the mean of each class, below the standard deviation. {int(ink.argmax())} is written in the most "
        f"different ways, {int(ink.argmin())} in the fewest, by the standard deviation averaged over all pixels."
    )


def _varied(model: Model, data: mnist.Mnist) -> None:
    config = config_of(model.card)
    settings = config.augmentation
    own = settings is not None
    if settings is None:
        settings = Augmentation(rotation=15, shear=0.15, scale=0.1, shift=2, elastic=1, thickness=0.4)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input("Training digit to vary", 0, len(data.y_train) - 1, 0, key="vary", width=180)
        st.button("Others", icon=":material/casino:", key="vary_again")
    rng = np.random.default_rng()
    images = np.repeat(data.x_train[int(number)][None], _VARIED, axis=0)
    labels = np.repeat(data.y_train[int(number)], _VARIED)
    fields = distance_fields(images[:1]).repeat(_VARIED, axis=0) if settings.needs_fields else None
    varied = augment(images, labels, rng, settings, fields)
    shown = np.concatenate([images[:1].astype(np.float32) / np.float32(255), varied[: _VARIED - 1]])
    with st.container(key="maps_varied"):
        made = montage.feature_maps(shown.transpose(1, 2, 0), columns=_VARIED)
        st.image(made.url, width="stretch", alt=f"Training digit {number} and {_VARIED - 1} variations of it")
    whose = (
        f"with which {model.name} was trained"
        if own
        else f"of rather strong settings; {model.name} learned without any"
    )
    st.caption(
        f"First the digit itself, then {_VARIED - 1} variations {whose}. A network that sees such learns what matters."
    )
