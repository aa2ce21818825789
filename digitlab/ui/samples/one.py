"""One digit, opened: its pixels, what the network answers, what looks like it, and where to go with it."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from digitlab import home
from digitlab.data import mnist
from digitlab.data.mnist import Part
from digitlab.networks.zoo import Model
from digitlab.store.records import ACTIVE
from digitlab.ui import source
from digitlab.ui.answer import percent, show_bars
from digitlab.ui.opened import store
from digitlab.ui.reading import read
from digitlab.ui.samples import address
from digitlab.ui.samples.computing import wait_for_features
from digitlab.ui.samples.downloads import figure_config, offer_csv, offer_sheet
from digitlab.ui.samples.sheet import show_sheet, tiles
from digitlab.ui.shown import Sample

if TYPE_CHECKING:
    import plotly.graph_objects as go

_NEIGHBOURS = 8


def show_one(model: Model, part: Part, number: int) -> None:
    """The digit with this number."""
    images, labels = mnist.load().of(part)
    label, ink = int(labels[number]), images[number]
    name = f"{address.PARTS[part]} digit {number:,}"
    with st.container(border=True, key="one"):
        left, middle, right = st.columns([1, 1.15, 1.15], gap="medium")
        with left:
            st.plotly_chart(
                _pixels(ink), key="pixels", config=figure_config(f"{part}-{number}"), width="content",
                alt=f"{name}, a {label}, enlarged; the pointer shows each pixel's value",
            )  # fmt: skip
            offer_csv(
                f"{part}-{number}-pixels",
                ["row", *(f"column {column}" for column in range(ink.shape[1]))],
                lambda: [[row, *values] for row, values in enumerate(ink.tolist())],
                "csv_pixels",
            )
        with middle:
            reading = read(model, mnist.scaled(ink))
            verdict = "right" if reading.digit == label else f"wrong: it answers {reading.digit}"
            sure = percent(float(reading.probabilities.max()))
            st.markdown(f"{name}. Its label says **{label}**. `{model.name}` is {verdict}, {sure} sure.")
            show_bars(reading)
            offer_csv(
                f"{part}-{number}-probabilities",
                ["digit", model.name],
                lambda: [[digit, f"{share:.6f}"] for digit, share in enumerate(reading.probabilities.tolist())],
                "csv_probabilities",
            )
        with right:
            st.markdown("**What looks most like it to the network**")
            _show_neighbours(model, part, number)
        _onward(part, number, ink)


def _show_neighbours(model: Model, part: Part, number: int) -> None:
    found = wait_for_features(model, "one")
    if found is None:
        return
    near, away = found.nearest(found.of(part)[number], _NEIGHBOURS, number if part == "training" else None)
    show_sheet("training", tiles("training", near), "neighbours", _open_training, columns=4)
    labels = mnist.load().y_train[near]
    same = int((labels == mnist.load().of(part)[1][number]).sum())
    kept, units = found.basis.components.shape
    numbers = f"{units} numbers" + (f" (brought down to {kept})" if kept < units else "")
    st.caption(
        f"{same} of these {_NEIGHBOURS} training digits have its label. They are the nearest: the network's last "
        f"hidden layer, `{found.layer}`, makes {numbers} of each digit, and theirs differ least from this one's (by "
        f"{away[0]:.2g} to {away[-1]:.2g})."
    )
    offer_sheet("training", near, None, "neighbours")


def _onward(part: Part, number: int, ink: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    digit = Sample(number, part)
    with st.container(horizontal=True, gap="small"):
        if st.button("Read it", icon=":material/visibility:", key="read"):
            source.show_sample(digit)
            st.switch_page(home.ROOT / "pages/draw.py")
        if st.button(
            "Draw over it", icon=":material/draw:", key="over",
            help="Lays the digit under the pen, faint, on an empty pad.",
        ):  # fmt: skip
            source.draw_over(digit)
            st.switch_page(home.ROOT / "pages/draw.py")
        if st.button("Look inside the network", icon=":material/layers:", key="inside"):
            source.show_sample(digit)
            st.switch_page(home.ROOT / "pages/layers.py", query_params=_kept(digit=digit.address))
        if st.button(
            "Watch it while training", icon=":material/push_pin:", key="pin_digit",
            help="Pins the digit to the run that trains now: the run says while it learns what it takes it for.",
        ):  # fmt: skip
            _pin(part, number, ink)
        st.button("Close", icon=":material/close:", key="close", on_click=lambda: address.write(number=None))


def _pin(part: Part, number: int, ink: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    """Have the newest run that is under way read the digit, and go there; a sentence if there is none."""
    runs = [run for run in store().runs.all() if run.state in (*ACTIVE, "queued", "paused")]
    if not runs:
        st.markdown("No run is under way. Start one, then pin the digit.")
        st.page_link(home.ROOT / "pages/train.py", label="Start a run", icon=":material/model_training:")
        return
    store().pins.add(runs[0].id, mnist.scaled(ink), f"{part} digit {number:,}")
    st.switch_page(home.ROOT / "pages/train.py", query_params={"run": str(runs[0].id)})


def _kept(**more: object) -> dict[str, str]:
    model = st.query_params.get("model")
    return ({"model": model} if model else {}) | {name: str(value) for name, value in more.items()}


def _open_training(number: int) -> None:
    address.clear_filters()
    address.write(part="training", number=number, order=address.ALL.order)


def _pixels(ink: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> "go.Figure":
    """The digit with one square a pixel, whose value shows under the pointer."""
    import plotly.graph_objects as go

    figure = go.Figure(
        go.Heatmap(
            z=ink, colorscale="gray", zmin=0, zmax=255, showscale=False,
            hovertemplate="row %{y}, column %{x}<br>%{z} of 255<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(
        width=300, height=330, margin={"l": 0, "r": 0, "t": 30, "b": 0}, dragmode=False,
        xaxis={"visible": False, "fixedrange": True},
        yaxis={"visible": False, "autorange": "reversed", "scaleanchor": "x", "fixedrange": True},
    )  # fmt: skip
    return figure
