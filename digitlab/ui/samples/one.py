"""One digit, opened: its pixels, what the network answers, similar digits, and links to other pages."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from digitlab.data import mnist
from digitlab.data.mnist import Part
from digitlab.networks.zoo import Model
from digitlab.server.store import store
from digitlab.store.records import ACTIVE
from digitlab.ui.pad import held
from digitlab.ui.samples import query
from digitlab.ui.samples.computing import wait_for_features
from digitlab.ui.samples.dead import say_dead
from digitlab.ui.samples.downloads import figure_config, offer_csv, offer_sheet
from digitlab.ui.samples.sheet import show_sheet, tiles
from digitlab.ui.shared import pages, visitor
from digitlab.ui.shared.answer import percent, show_bars
from digitlab.ui.shared.names import in_text
from digitlab.ui.shared.reading import read
from digitlab.ui.shared.shown import Sample
from digitlab.words import Message, _, message, together

if TYPE_CHECKING:
    import plotly.graph_objects as go

_NEIGHBOURS = 8


def show_one(model: Model, part: Part, number: int) -> None:
    """The digit with this number."""
    images, labels = mnist.load().of(part)
    label, ink = int(labels[number]), images[number]
    name = Sample(number, part).title
    with st.container(border=True, key="one"):
        left, middle, right = st.columns([1, 1.15, 1.15], gap="medium")
        with left:
            st.plotly_chart(
                _pixels(ink), key="pixels", config=figure_config(f"{part}-{number}"), width="content",
                alt=_(
                    "{digit}, label {label}, enlarged. The pointer shows each pixel's value.", digit=name, label=label
                ),
            )  # fmt: skip
            offer_csv(
                f"{part}-{number}-pixels",
                ["row", *(f"column_{column}" for column in range(ink.shape[1]))],
                lambda: [[row, *values] for row, values in enumerate(ink.tolist())],
                "csv_pixels",
            )
        with middle:
            reading = read(model, mnist.scaled(ink))
            values = {
                "digit": name,
                "label": label,
                "model": in_text(model),
                "answer": reading.digit,
                "share": percent(float(reading.probabilities.max())),
            }
            st.markdown(
                _("{digit}: label **{label}**. {model} answers {answer}: correct. Confidence {share}.", **values)
                if reading.digit == label
                else _("{digit}: label **{label}**. {model} answers {answer}: wrong. Confidence {share}.", **values)
            )
            show_bars(reading)
            offer_csv(
                f"{part}-{number}-probabilities",
                ["digit", model.name],
                lambda: [[digit, f"{share:.6f}"] for digit, share in enumerate(reading.probabilities.tolist())],
                "csv_probabilities",
            )
        with right:
            st.markdown(_("**Most similar training digits**"))
            _show_neighbours(model, part, number)
        _onward(part, number, ink)


def _show_neighbours(model: Model, part: Part, number: int) -> None:
    found = wait_for_features(model, "one")
    if found is None:
        return
    if not found.vary:
        say_dead(found.layer, _("No training digit is nearer than another."))
        return
    near, away = found.nearest(found.of(part)[number], _NEIGHBOURS, number if part == "training" else None)
    show_sheet("training", tiles("training", near), "neighbours", _open_training, columns=4)
    labels = mnist.load().y_train[near]
    same = int((labels == mnist.load().of(part)[1][number]).sum())
    kept, units = found.basis.components.shape
    st.caption(
        together(
            _("{same} of these {count} digits have the same label.", same=same, count=_NEIGHBOURS),
            _(
                "Distance: between the {units} outputs of the last hidden layer, `{layer}` ({near} to {far}).",
                units=units,
                layer=found.layer,
                near=f"{away[0]:.2g}",
                far=f"{away[-1]:.2g}",
            ),
            _("PCA reduced the outputs to {count} numbers.", count=kept) if kept < units else "",
        )
    )
    offer_sheet("training", near, None, "neighbours")


def _onward(part: Part, number: int, ink: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    digit = Sample(number, part)
    with st.container(horizontal=True, gap="small"):
        if st.button(_("Read on Draw"), icon=":material/visibility:", key="read"):
            held.show_sample(digit)
            pages.go(pages.DRAW)
        if st.button(
            _("Draw over"), icon=":material/draw:", key="over",
            help=_("Shows the digit faintly under the pen on an empty pad."),
        ):  # fmt: skip
            held.draw_over(digit)
            pages.go(pages.DRAW)
        if st.button(_("Open in Layers"), icon=":material/layers:", key="inside"):
            held.show_sample(digit)
            pages.go(pages.LAYERS, _kept(digit=digit.key))
        if st.button(
            _("Follow in training"), icon=":material/push_pin:", key="pin_digit",
            help=_("Pins the digit to the current run. The run shows its answer to the digit during training."),
        ):  # fmt: skip
            _pin(part, number, ink)
        st.button(_("Close"), icon=":material/close:", key="close", on_click=lambda: query.write(number=None))


def _pin(part: Part, number: int, ink: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    """Have the newest run that is under way read the digit, and go there; a sentence if there is none."""
    runs = [run for run in store().runs.all(visitor.person()) if run.state in (*ACTIVE, "queued", "paused")]
    if not runs:
        st.markdown(_("No run is active. Start a run, then pin the digit."))
        pages.link(pages.TRAIN, _("Start a run"))
        return
    if visitor.browser() is None:
        st.markdown(str(visitor.NO_COOKIE))
        return
    store().pins.add(visitor.person(), runs[0].id, mnist.scaled(ink), _pinned_as(part, number))
    pages.go(pages.TRAIN, {"run": runs[0].id})


def _pinned_as(part: Part, number: int) -> Message:
    if part == "test":
        return message("Test digit {number}", number=number)
    return message("Training digit {number}", number=number)


def _kept(**more: object) -> dict[str, object]:
    model = st.query_params.get("model")
    return ({"model": model} if model else {}) | more


def _open_training(number: int) -> None:
    query.clear_filters()
    query.write(part="training", number=number, order=query.ALL.order)


def _pixels(ink: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> "go.Figure":
    """The digit with one square a pixel, whose value shows under the pointer."""
    import plotly.graph_objects as go

    where, value = _("Row {row}, column {column}", row="%{y}", column="%{x}"), _("{value} of 255", value="%{z}")
    figure = go.Figure(
        go.Heatmap(
            z=ink, colorscale="gray", zmin=0, zmax=255, showscale=False,
            hovertemplate=f"{where}<br>{value}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(
        width=300, height=330, margin={"l": 0, "r": 0, "t": 30, "b": 0}, dragmode=False,
        xaxis={"visible": False, "fixedrange": True},
        yaxis={"visible": False, "autorange": "reversed", "scaleanchor": "x", "fixedrange": True},
    )  # fmt: skip
    return figure
