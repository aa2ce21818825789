"""Following one picture during training: its ten probabilities over time, and the network epoch by epoch."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.data.mnist import SIZES
from digitlab.drawing.preprocess import prepare
from digitlab.errors import DataError, DigitLabError
from digitlab.networks.layers import Conv
from digitlab.networks.predictor import Predictor
from digitlab.runs import history
from digitlab.server.store import store as opened_store
from digitlab.store import Store
from digitlab.store.records import ACTIVE, ENDED, Pin, Run
from digitlab.ui.pad import held
from digitlab.ui.shared import montage, pages, visitor
from digitlab.ui.shared.answer import percent
from digitlab.ui.shared.foreign import complain
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.strips import show_scale
from digitlab.ui.train.heat import show_heat
from digitlab.words import Message, _, message, plural

EVERY = 1.0  # seconds between two looks
SHARE = message("Share with other visitors")
_PROBLEM = "pin_problem"  # session: why the last picture could not be pinned


def show_pinned(store: Store, run: Run) -> None:
    """The part of the page about pinned pictures; follows the run while it is at work."""
    state = run.state

    @st.fragment(run_every=EVERY if state in ACTIVE else None, key="pinned_part")
    @friendly()
    def part() -> None:
        with st.container(key="pinned"):
            st.header(_("Follow one picture during training"))
            pins = store.pins.visible(visitor.person(), run.id)
            pin = _chosen(pins)
            readable = state not in ENDED or bool(history.epochs_kept(store, run.id))
            if pin is not None:
                _show(store, run, pin)
            elif state not in ENDED:
                st.markdown(_("Pin a picture. The run reads the picture again and again while the network learns."))
            elif readable:
                st.markdown(_("Pin a picture to see what the network answered after each kept epoch."))
            else:
                st.markdown(_("This run has ended and kept no network that can read a picture."))
            if readable:
                _offer(run.id)

    part()


def pin_drawing(store: Store, run: int, *, shared: bool) -> None:
    """Pin what is on the session's pad, because its visitor asked for it; nothing for an empty pad.

    Args:
        shared: whether other visitors may see it.

    Raises:
        InputError: the run has as many pictures as it may have, or the browser keeps no cookie.
    """
    if drawn := held.drawing():
        store.pins.add(visitor.person(), run, prepare(drawn), message("drawing"), shared=shared)


def _chosen(pins: list[Pin]) -> Pin | None:
    if len(pins) < 2:
        return pins[0] if pins else None
    by_id = {pin.id: pin for pin in pins}
    if st.session_state.get("pin") not in by_id:
        st.session_state["pin"] = pins[-1].id
    number = st.segmented_control(
        _("Picture"), list(by_id), format_func=lambda key: _label(by_id[key]), key="pin", required=True
    )
    return by_id[number] if number is not None else pins[-1]


def _label(pin: Pin) -> str:
    if pin.owner == visitor.browser():
        return pin.label
    return _("{picture} (another visitor's)", picture=pin.label)


def _show(store: Store, run: Run, pin: Pin) -> None:
    with st.spinner(_("Reading the picture with earlier networks …")):
        readings = history.pinned(store, run, pin)
    left, right = st.columns([1, 3.2], gap="medium")
    with left, st.container(gap="xsmall"):
        st.image(montage.enlarged(pin.image, 6), alt=_("The pinned picture: {picture}", picture=pin.label))
        if readings:
            now = readings[-1]
            best = int(np.argmax(now.probabilities))
            st.markdown(
                _(
                    "After step {step}: **{digit}**, confidence {share}",
                    step=now.step,
                    digit=best,
                    share=percent(now.probabilities[best]),
                )
            )
        if pin.owner == visitor.browser():
            # The value is part of the key: the store's value comes before the one that a widget remembers.
            key = f"share_pin_{pin.id}_{pin.shared}"
            st.checkbox(str(SHARE), pin.shared, key=key, on_change=_share, args=(pin.id, key))
            st.button(_("Unpin"), icon=":material/keep_off:", key="unpin", on_click=_unpin, args=(pin.id,))
        else:
            st.caption(_("Another visitor pinned and shares this picture."))
    with right, st.container(key="heat"):
        if readings:
            alt = _("Probability of each digit by step: {picture}", picture=pin.label)
            show_heat(readings, key="heat_map", alt=alt)
        else:
            st.caption(
                _("The map begins with the next steps.")
                if run.state in ACTIVE
                else _("The picture has not been read yet.")
            )
    _show_epochs(store, run, pin)


# --- through the epochs ---


def _show_epochs(store: Store, run: Run, pin: Pin) -> None:
    epochs = history.epochs_kept(store, run.id)
    if not epochs:
        return
    st.subheader(_("Earlier epochs"))
    if not st.toggle(
        _("Go back through the epochs"), key="go_back", help=_("Kernels and feature maps, epoch by epoch.")
    ):
        return
    if len(epochs) > 1:
        if st.session_state.get("epoch") not in epochs:
            st.session_state["epoch"] = epochs[-1]
        epoch = st.select_slider(_("After epoch"), epochs, key="epoch")
    else:
        epoch = epochs[0]
    try:
        with st.spinner(_("Opening the network of that epoch …")):
            network = history.network_at(store, run.id, epoch)
    except DataError as error:
        complain(error.sentence)
        return
    _show_network(network, pin.image, epoch)


def _show_network(opened: Predictor, image: NDArray[np.float32], epoch: int) -> None:
    reading = opened.read(np.ascontiguousarray(image))
    best = int(reading.probabilities.argmax())
    st.markdown(
        _(
            "After epoch {epoch} the network read **{digit}**, confidence {share}.",
            epoch=epoch,
            digit=best,
            share=percent(float(reading.probabilities[best])),
        )
    )
    convolutions = [layer for layer in opened.network.layers if isinstance(layer, Conv)]
    if not convolutions:
        st.caption(_("This network has no convolution whose kernels could be shown."))
        return
    first = convolutions[0]
    with st.container(key="maps_kernels_then", gap="xsmall"):
        kernels = opened.model.get_layer(first.name).get_weights()[0]
        made = montage.feature_maps(kernels[:, :, 0, :], signed=True)
        st.caption(
            plural(
                "{n} kernel of `{layer}`: blue counts against, brown counts for.",
                "{n} kernels of `{layer}`: blue counts against, brown counts for.",
                first.filters,
                layer=first.name,
            )
        )
        st.image(
            made.url, width="stretch", alt=_("Kernels of {layer} after epoch {epoch}", layer=first.name, epoch=epoch)
        )
        show_scale(made.low, made.high, signed=True)
    for layer in convolutions:
        values = reading.activations[layer.name]
        signed = bool((values < 0).any())
        made = montage.feature_maps(values, signed=signed)
        with st.container(key=f"maps_then_{layer.name}", gap="xsmall"):
            count = values.shape[2]
            st.caption(plural("{n} feature map of `{layer}`", "{n} feature maps of `{layer}`", count, layer=layer.name))
            alt = _("Feature maps of {layer} after epoch {epoch}", layer=layer.name, epoch=epoch)
            st.image(made.url, width="stretch", alt=alt)
            show_scale(made.low, made.high, signed)


# --- pinning ---


def _offer(run: int) -> None:
    if visitor.browser() is None:
        st.caption(str(visitor.NO_COOKIE))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="pinning"):
        if held.drawing():
            st.button(
                _("Pin my drawing"), icon=":material/keep:", key="pin_drawing", on_click=_pin_drawing, args=(run,)
            )
        else:
            pages.link(pages.DRAW, _("Draw a digit to pin"))
        st.number_input(_("Test digit"), 0, SIZES["test"] - 1, value=0, key="pin_number", width=130)
        st.button(_("Pin test digit"), icon=":material/keep:", key="pin_digit", on_click=_pin_digit, args=(run,))
    st.caption(_("Only you see your pinned pictures unless you share them."))
    if problem := st.session_state.pop(_PROBLEM, None):
        complain(problem)


def _pin_drawing(run: int) -> None:
    _try(lambda: pin_drawing(opened_store(), run, shared=False))


def _pin_digit(run: int) -> None:
    number = int(st.session_state["pin_number"])
    image = mnist.scaled(mnist.load().x_test[number])
    _try(lambda: opened_store().pins.add(visitor.person(), run, image, _test_digit(number)))


def _test_digit(number: int) -> Message:
    return message("test digit {number}", number=number)


def _share(pin: int, key: str) -> None:
    shared = bool(st.session_state[key])
    _try(lambda: opened_store().pins.share(visitor.person(), pin, shared))


def _unpin(pin: int) -> None:
    _try(lambda: opened_store().pins.remove(visitor.person(), pin))


def _try(change: Callable[[], object]) -> None:
    try:
        change()
    except DigitLabError as error:
        st.session_state[_PROBLEM] = error.sentence
