"""More about the opened channel: what it looks for, and what the network does without it."""

from functools import lru_cache

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from digitlab.data import mnist
from digitlab.insight import favourites
from digitlab.insight.ablation import DIGITS, Ablation, switch_off, where_off
from digitlab.insight.favourites import Favourite, has_own_numbers
from digitlab.insight.maximise import STEPS, Ascent, ascend
from digitlab.networks.graph import INPUT
from digitlab.networks.predictor import Predictor, Reading
from digitlab.networks.zoo import Model
from digitlab.ui import montage
from digitlab.ui.answer import percent
from digitlab.ui.friendly import friendly
from digitlab.ui.waiting import wait_for

_SIZE = 3  # pixels of the picture for each of a digit's
_KEPT = 128


def show_channel(model: Model, predictor: Predictor, reading: Reading, name: str, channel: int) -> None:
    """Two panels; each computes nothing while it is closed."""
    layer = next(layer for layer in predictor.network.layers if layer.name == name)
    if not has_own_numbers(layer):
        return
    seeks = st.expander(
        f"What channel {channel} looks for", icon=":material/search:", on_change="rerun", key="channel_seeks"
    )
    if seeks.open:
        with seeks, friendly():
            _show_favourites(model, predictor, name, channel)
            _show_ascent(predictor, name, channel)
    if layer is predictor.network.layers[-1]:
        return
    off = st.expander("Switch channels off", icon=":material/toggle_off:", on_change="rerun", key="channels_off")
    if off.open:
        with off, friendly():
            _show_off(predictor, reading, name, channel)


def _show_favourites(model: Model, predictor: Predictor, name: str, channel: int) -> None:
    st.markdown("**The nine test digits that excite it most.** The frame is what its largest number depends on.")
    result = wait_for(favourites.wanted(model), "Every channel's favourite digits", "about 20 seconds", by_itself=True)
    if result is None:
        return
    with st.container(horizontal=True, gap="small", key="favourites"):
        for favourite in favourites.favourites(result, predictor.network, name, channel):
            label = int(mnist.load().y_test[favourite.digit])
            with st.container(width=96, gap="xxsmall"):
                st.image(_framed(favourite), alt=f"Test digit {favourite.digit}, a {label}")
                st.markdown(f":small[{favourite.value:.2f} · a {label}, number {favourite.digit:,}]")


def _framed(favourite: Favourite) -> str:
    digit = Image.fromarray(mnist.load().x_test[favourite.digit].repeat(_SIZE, 0).repeat(_SIZE, 1)).convert("RGB")
    field = favourite.field
    box = (field.left * _SIZE, field.top * _SIZE, (field.right + 1) * _SIZE - 1, (field.bottom + 1) * _SIZE - 1)
    ImageDraw.Draw(digit).rectangle(box, outline="#fd9668", width=2)
    return montage.data_url(digit)


def _show_ascent(predictor: Predictor, name: str, channel: int) -> None:
    st.markdown(
        f"**An input that excites it much**: from noise, {STEPS} steps up the gradient of the mean of its numbers."
    )
    with st.spinner("Climbing …"):
        steps = _ascended(predictor, name, channel)
    with st.container(horizontal=True, gap="small", key="ascent"):
        for step in steps:
            with st.container(width=96, gap="xxsmall"):
                st.image(montage.enlarged(step.image, 3), alt=f"The picture after {step.step} steps")
                st.markdown(f":small[step {step.step}: {step.value:.2f}]".replace("-", "−"))
    if steps[-1].value <= steps[0].value:
        st.caption("It stays where it is: this channel has no slope at any of the noises tried: its ReLU is shut.")


@lru_cache(maxsize=_KEPT)
def _ascended(predictor: Predictor, name: str, channel: int) -> tuple[Ascent, ...]:
    return tuple(ascend(predictor, name, channel))


def _show_off(predictor: Predictor, reading: Reading, name: str, channel: int) -> None:
    network = predictor.network
    count = network.shapes[name][-1]
    off = st.multiselect(
        "Channels that are switched off",
        range(count),
        default=[channel],
        key=f"off_{name}_{count}_{channel}",
        max_selections=64,
    )
    if not off:
        st.caption("Choose at least one.")
        return
    with st.spinner(f"Reading {DIGITS:,} test digits without {len(off)} of {count} channels …"):
        image = np.ascontiguousarray(reading.activations[INPUT][:, :, 0])
        found = _switched_off(predictor, name, tuple(sorted(off)), image.tobytes())
    digit = int(found.probabilities.argmax())
    st.markdown(
        f"| | before | after |\n|:--|--:|--:|\n"
        f"| this picture reads as | **{reading.digit}**, {percent(float(reading.probabilities.max()))} "
        f"| **{digit}**, {percent(float(found.probabilities.max()))} |\n"
        f"| accuracy on {DIGITS:,} test digits | {found.before:.1%} | {found.after:.1%} |"
    )
    place = where_off(network, name)
    st.caption(
        "A channel that is switched off gives 0 everywhere"
        + (f", counted after {place}." if place != name else ".")
        + " The same 1,000 test digits are read each time; one digit is 0.1 %."
    )


@lru_cache(maxsize=_KEPT)
def _switched_off(predictor: Predictor, name: str, channels: tuple[int, ...], image: bytes) -> Ablation:
    return switch_off(predictor, name, channels, np.frombuffer(image, np.float32).reshape(28, 28))
