"""Watching a run learn to read one picture: its ten probabilities over time, and its network epoch by epoch."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.data.mnist import SIZES
from digitlab.drawing.preprocess import prepare
from digitlab.errors import DataError, DigitLabError
from digitlab.home import ROOT
from digitlab.insight import history
from digitlab.networks.layers import Conv
from digitlab.networks.predictor import Predictor
from digitlab.store import Store
from digitlab.store.records import ACTIVE, ENDED, Pin, Run
from digitlab.ui import montage, pad
from digitlab.ui.answer import percent
from digitlab.ui.friendly import friendly
from digitlab.ui.opened import store as opened_store
from digitlab.ui.strips import show_scale
from digitlab.ui.train.heat import show_heat

EVERY = 1.0  # seconds between two looks
_PROBLEM = "pin_problem"  # session: why the last picture could not be pinned


def show_pinned(store: Store, run: Run) -> None:
    """The part of the page about pinned pictures; follows the run while it is at work."""
    state = run.state

    @st.fragment(run_every=EVERY if state in ACTIVE else None, key="pinned_part")
    @friendly()
    def part() -> None:
        with st.container(key="pinned"):
            st.header("Watch it learn to read you")
            pins = store.pins.of(run.id)
            pin = _chosen(pins)
            readable = state not in ENDED or bool(history.epochs_kept(store, run.id))
            if pin is not None:
                _show(store, run, pin)
            elif state not in ENDED:
                st.markdown("Pin a picture: the run then says again and again, while it learns, what it takes it for.")
            elif readable:
                st.markdown("Pin a picture: the page then shows what the network took it for after each kept epoch.")
            else:
                st.markdown("This run has ended, and kept no network that could read a picture.")
            if readable:
                _offer(run.id, pins, pin)

    part()


def pin_drawing(store: Store, run: int) -> None:
    """Pin what is on the session's pad; nothing for an empty pad.

    Raises:
        InputError: the run has as many pictures as it may have.
    """
    if drawn := pad.drawing():
        store.pins.add(run, prepare(drawn), "drawing")


def _chosen(pins: list[Pin]) -> Pin | None:
    if len(pins) < 2:
        return pins[0] if pins else None
    by_id = {pin.id: pin for pin in pins}
    if st.session_state.get("pin") not in by_id:
        st.session_state["pin"] = pins[-1].id
    number = st.segmented_control(
        "Picture", list(by_id), format_func=lambda key: by_id[key].label, key="pin", required=True
    )
    return by_id[number] if number is not None else pins[-1]


def _show(store: Store, run: Run, pin: Pin) -> None:
    with st.spinner("The network as it was is being asked …"):
        readings = history.pinned(store, run, pin)
    left, right = st.columns([1, 3.2], gap="medium")
    with left, st.container(gap="xsmall"):
        st.image(montage.enlarged(pin.image, 6), alt=f"The pinned picture, {pin.label}")
        if readings:
            now = readings[-1]
            best = int(np.argmax(now.probabilities))
            st.markdown(f"After step {now.step:,}: **{best}**, {percent(now.probabilities[best])} sure")
        st.button("Unpin", icon=":material/keep_off:", key="unpin", on_click=_unpin, args=(pin.id,))
    with right, st.container(key="heat"):
        if readings:
            show_heat(readings, key="heat_map", alt=f"Probability of each digit for the {pin.label} by step")
        else:
            st.caption("The map begins with the next steps." if run.state in ACTIVE else "It has not been read yet.")
    _show_epochs(store, run, pin)


# --- through the epochs ---


def _show_epochs(store: Store, run: Run, pin: Pin) -> None:
    epochs = history.epochs_kept(store, run.id)
    if not epochs:
        return
    st.markdown("#### The network as it was")
    if not st.toggle("Go back through the epochs", key="go_back", help="Its kernels and feature maps, epoch by epoch."):
        return
    if len(epochs) > 1:
        if st.session_state.get("epoch") not in epochs:
            st.session_state["epoch"] = epochs[-1]
        epoch = st.select_slider("After epoch", epochs, key="epoch")
    else:
        epoch = epochs[0]
    try:
        with st.spinner("The network as it was is being opened …"):
            network = history.network_at(store, run.id, epoch)
    except DataError as error:
        st.error(str(error), icon=":material/info:")
        return
    _show_network(network, pin.image, epoch)


def _show_network(opened: Predictor, image: NDArray[np.float32], epoch: int) -> None:
    reading = opened.read(np.ascontiguousarray(image))
    best = int(reading.probabilities.argmax())
    st.markdown(f"After epoch {epoch} it read **{best}**, {percent(float(reading.probabilities[best]))} sure.")
    convolutions = [layer for layer in opened.network.layers if isinstance(layer, Conv)]
    if not convolutions:
        st.caption("This network has no convolution whose kernels could be shown.")
        return
    first = convolutions[0]
    with st.container(key="maps_kernels_then", gap="xsmall"):
        kernels = opened.model.get_layer(first.name).get_weights()[0]
        made = montage.feature_maps(kernels[:, :, 0, :], signed=True)
        st.caption(f"The {first.filters} kernels of `{first.name}`: blue counts against, brown for.")
        st.image(made.url, width="stretch", alt=f"Kernels of {first.name} after epoch {epoch}")
        show_scale(made.low, made.high, signed=True)
    for layer in convolutions:
        values = reading.activations[layer.name]
        signed = bool((values < 0).any())
        made = montage.feature_maps(values, signed=signed)
        with st.container(key=f"maps_then_{layer.name}", gap="xsmall"):
            st.caption(f"What `{layer.name}` made of the picture: {values.shape[2]} feature maps.")
            st.image(made.url, width="stretch", alt=f"Feature maps of {layer.name} after epoch {epoch}")
            show_scale(made.low, made.high, signed)


# --- pinning ---


def _offer(run: int, pins: list[Pin], pin: Pin | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="pinning"):
        if pad.drawing():
            st.button("Pin my drawing", icon=":material/keep:", key="pin_drawing", on_click=_pin_drawing, args=(run,))
        else:
            st.page_link(ROOT / "pages/draw.py", label="Draw a digit to pin", icon=":material/draw:")
        st.number_input("Test digit", 0, SIZES["test"] - 1, value=0, key="pin_number", width=130)
        st.button("Pin this test digit", icon=":material/keep:", key="pin_digit", on_click=_pin_digit, args=(run,))
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(problem, icon=":material/info:")


def _pin_drawing(run: int) -> None:
    try:
        pin_drawing(opened_store(), run)
    except DigitLabError as error:
        st.session_state[_PROBLEM] = str(error)


def _pin_digit(run: int) -> None:
    number = int(st.session_state["pin_number"])
    image = mnist.scaled(mnist.load().x_test[number])
    try:
        opened_store().pins.add(run, image, f"test digit {number:,}")
    except DigitLabError as error:
        st.session_state[_PROBLEM] = str(error)


def _unpin(pin: int) -> None:
    opened_store().pins.remove(pin)
