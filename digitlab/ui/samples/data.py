"""What the data looks like: counts, means, shapes and types, pixel values, and varied versions."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.data.augment import augment
from digitlab.data.augmentation import Augmentation
from digitlab.data.fields import distance_fields
from digitlab.data.statistics import means_and_spreads, share_of_paper
from digitlab.networks.zoo import Model
from digitlab.training.card import config_of
from digitlab.ui.samples.downloads import figure_config, of_url, offer_csv, offer_png
from digitlab.ui.shared import montage
from digitlab.ui.shared.names import in_text
from digitlab.ui.shared.palette import DIGITS
from digitlab.ui.shared.strips import show_scale
from digitlab.words import _, message, together

if TYPE_CHECKING:
    import plotly.graph_objects as go

_STORED, _SCALED = message("Stored"), message("Divided by 255")
_VARIED = 12
_SEED = "vary_seed"  # session: which variations are shown


def show_data(model: Model) -> None:
    data = mnist.load()
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(_("Digits per class"))
        _counts(data)
    with right:
        st.subheader(_("Shapes and types"))
        _shapes(data)
        st.subheader(_("Pixel values before and after scaling"))
        _pixels(data)
    st.subheader(_("Mean and standard deviation of each class"))
    _means()
    st.subheader(_("Augmentation"))
    _varied(model, data)


def _counts(data: mnist.Mnist) -> None:
    train, test = (np.bincount(labels, minlength=10) for labels in (data.y_train, data.y_test))
    most, least = int(train.argmax()), int(train.argmin())
    sentence = _(
        "Most frequent training digit: {most} ({many}). Rarest: {least} ({few}). A constant answer {most} would be "
        "correct for {share:.1%}.",
        most=most,
        many=int(train[most]),
        least=least,
        few=int(train[least]),
        share=float(train[most] / train.sum()),
    )
    st.plotly_chart(
        _bars(train, test),
        key="counts",
        config=figure_config("digits-per-class"),
        alt=together(_("Bar chart of the digits per class."), sentence),
    )
    st.caption(sentence)
    offer_csv(
        "digits-per-class",
        ["digit", "training", "test"],
        lambda: [[digit, int(train[digit]), int(test[digit])] for digit in range(10)],
        "csv_counts",
    )


def _bars(train: NDArray[np.int64], test: NDArray[np.int64]) -> "go.Figure":
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_bar(x=list(range(10)), y=train, name=_("Training"), marker={"color": list(DIGITS)})
    figure.add_bar(x=list(range(10)), y=test, name=_("Test"), marker={"color": list(DIGITS), "pattern": {"shape": "/"}})
    figure.update_layout(
        height=330, margin={"l": 10, "r": 10, "t": 34, "b": 10}, xaxis={"title": _("Digit"), "dtick": 1},
        legend={"orientation": "h", "y": 1.14},
    )  # fmt: skip
    return figure


def _shapes(data: mnist.Mnist) -> None:
    lines = []
    for name, array in vars(data).items():
        lines += [f">>> {name}.shape, {name}.dtype", f"({array.shape}, {array.dtype!r})"]
    first = " ".join(map(str, data.y_train[:10].tolist()))
    lines += [">>> y_train[:10]", f"array([{first.replace(' ', ', ')}], dtype=uint8)"]
    st.code("\n".join(lines), language="python")


def _pixels(data: mnist.Mnist) -> None:
    number = st.number_input(_("Training digit"), 0, len(data.y_train) - 1, 0, key="pixels_of", width=160)
    raw = data.x_train[int(number)]
    row = int(raw.sum(axis=1).argmax())
    scaled = mnist.scaled(raw)
    inked = np.flatnonzero(raw[row])
    columns = slice(int(inked[0]), min(int(inked[0]) + 10, 28))
    rows = [(_("Type"), f"{raw.dtype}", f"{scaled.dtype}")]
    rows += [(_("Minimum"), f"{raw.min()}", f"{scaled.min():g}"), (_("Maximum"), f"{raw.max()}", f"{scaled.max():.3g}")]
    rows += [(_("Mean"), f"{raw.mean():.1f}", f"{scaled.mean():.3f}")]
    lines = [f"| {name} | {before} | {after} |" for name, before, after in rows]
    head = f"| | {_STORED} | {_SCALED} |"
    st.markdown("\n".join([head, "|:--|--:|--:|", *lines]))
    before = " ".join(f"{value:4}" for value in raw[row, columns].tolist())
    after = " ".join(f"{value:4.2f}" for value in scaled[row, columns].tolist())
    where = _("Row {row}, columns {first} to {last}", row=row, first=columns.start, last=columns.stop - 1)
    st.code("\n".join([where, before, after]), language=None)
    offer_csv(
        f"training-{number}-pixels",
        ["row", "column", "stored", "scaled"],
        lambda: [[r, c, int(raw[r, c]), f"{scaled[r, c]:.6f}"] for r in range(28) for c in range(28)],
        "csv_pixels",
    )
    share = share_of_paper()
    st.caption(
        _(
            "Networks learn better from numbers between 0 and 1. {share:.0%} of all training pixels are 0: background.",
            share=share,
        )
    )


def _means() -> None:
    mean, spread = means_and_spreads()
    ink = spread.reshape(784, 10).mean(axis=0)
    most, least = int(ink.argmax()), int(ink.argmin())
    said = {
        "mean": _("Mean of all digits of a class: bright where most of the digits have ink."),
        "spread": _(
            "Standard deviation: bright where the digits differ. The mean over all pixels is highest for {most} and "
            "lowest for {least}.",
            most=most,
            least=least,
        ),
    }
    for column, (name, values) in zip(
        st.columns(2, gap="large"), {"mean": mean, "spread": spread}.items(), strict=True
    ):
        with column, st.container(key=f"examples_{name}", gap="xsmall"):
            made = montage.feature_maps(values, columns=5)
            st.image(made.url, width="stretch", alt=together(_("One image for each digit from 0 to 9."), said[name]))
            show_scale(made.low, made.high)
            st.caption(said[name])
            offer_png(f"{name}-of-each-class", partial(of_url, made.url), f"png_{name}")
    offer_csv(
        "mean-and-spread",
        ["digit", "row", "column", "mean", "standard_deviation"],
        lambda: [
            [digit, row, column, f"{mean[row, column, digit]:.5f}", f"{spread[row, column, digit]:.5f}"]
            for digit in range(10)
            for row in range(28)
            for column in range(28)
        ],
        "csv_means",
    )


def _varied(model: Model, data: mnist.Mnist) -> None:
    config = config_of(model.card)
    settings = config.augmentation
    own = settings is not None
    if settings is None:
        settings = Augmentation(rotation=15, shear=0.15, scale=0.1, shift=2, elastic=1, thickness=0.4)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(_("Training digit"), 0, len(data.y_train) - 1, 0, key="vary", width=180)
        st.button(_("New variations"), icon=":material/casino:", key="vary_again", on_click=_vary_again)
    rng = np.random.default_rng(st.session_state.get(_SEED, 0))  # the same ones until the button asks for others
    images = np.repeat(data.x_train[int(number)][None], _VARIED, axis=0)
    labels = np.repeat(data.y_train[int(number)], _VARIED)
    fields = distance_fields(images[:1]).repeat(_VARIED, axis=0) if settings.needs_fields else None
    varied = augment(images, labels, rng, settings, fields)
    shown = np.concatenate([mnist.scaled(images[:1]), varied[: _VARIED - 1]])
    rows = np.pad(shown, ((0, 0), (0, 1), (0, 1))).reshape(-1, _VARIED // 2, 29, 29).swapaxes(1, 2)
    url = montage.enlarged(rows.reshape(-1, _VARIED // 2 * 29)[:-1, :-1], 4)
    values = {"count": _VARIED - 1, "model": in_text(model)}
    sentence = (
        _("The digit and {count} variations, as in the training of {model}.", **values)
        if own
        else _("The digit and {count} strong variations. {model} was trained without augmentation.", **values)
    )
    with st.container(key="examples_varied", width=700):
        st.image(
            url,
            width="stretch",
            alt=together(
                _("Training digit {number}, label {label}.", number=int(number), label=int(labels[0])), sentence
            ),
        )
    st.caption(together(sentence, _("Augmentation teaches a network to use the shape, not size, slant or position.")))
    offer_png(f"variations-of-{number}", lambda: of_url(url), "png_varied")


def _vary_again() -> None:
    st.session_state[_SEED] = st.session_state.get(_SEED, 0) + 1
