"""More about the opened channel: what activates it, and how the network reads without it."""

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
from digitlab.ui.shared import montage
from digitlab.ui.shared.answer import percent
from digitlab.ui.shared.folding import folded
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.results import wait_for
from digitlab.words import _, message, together

_SIZE = 3  # pixels of the picture for each of a digit's
_KEPT = 128


def show_channel(model: Model, predictor: Predictor, reading: Reading, name: str, channel: int) -> None:
    """Two panels; each computes nothing while it is closed."""
    layer = next(layer for layer in predictor.network.layers if layer.name == name)
    if not has_own_numbers(layer):
        return
    seeks = folded(_("What activates channel {channel}", channel=channel), "search", "channel_seeks")
    if seeks.open:
        with seeks, friendly():
            _show_favourites(model, predictor, name, channel)
            _show_ascent(predictor, name, channel)
    if layer is predictor.network.layers[-1]:
        return
    off = folded(_("Switch channels off"), "toggle_off", "channels_off")
    if off.open:
        with off, friendly():
            _show_off(predictor, reading, name, channel)


def _show_favourites(model: Model, predictor: Predictor, name: str, channel: int) -> None:
    st.markdown(
        together(
            _("**The nine test digits that activate this channel most.**"),
            _("The frame is the receptive field of the maximum."),
        )
    )
    result = wait_for(
        favourites.wanted(model),
        _("Top test digits of every channel"),
        message("about 20 seconds"),
        by_itself=True,
    )
    if result is None:
        return
    with st.container(horizontal=True, gap="small", key="favourites"):
        for favourite in favourites.favourites(result, predictor.network, name, channel):
            label = int(mnist.load().y_test[favourite.digit])
            with st.container(width=96, gap="xxsmall"):
                values = {"number": favourite.digit, "label": label}
                st.image(_framed(favourite), alt=_("Test digit {number}, label {label}", **values))
                about = _("Number {number}, label {label}: {value:.2f}", value=favourite.value, **values)
                st.markdown(f":small[{about}]")


def _framed(favourite: Favourite) -> str:
    digit = Image.fromarray(mnist.load().x_test[favourite.digit].repeat(_SIZE, 0).repeat(_SIZE, 1)).convert("RGB")
    field = favourite.field
    box = (field.left * _SIZE, field.top * _SIZE, (field.right + 1) * _SIZE - 1, (field.bottom + 1) * _SIZE - 1)
    ImageDraw.Draw(digit).rectangle(box, outline="#fd9668", width=2)
    return montage.data_url(digit)


def _show_ascent(predictor: Predictor, name: str, channel: int) -> None:
    st.markdown(
        together(
            _("**Activation maximization.**"),
            _("From noise, {steps} gradient steps increase the mean activation of this channel.", steps=STEPS),
        )
    )
    with st.spinner(_("Computing …")):
        steps = _ascended(predictor, name, channel)
    with st.container(horizontal=True, gap="small", key="ascent"):
        for step in steps:
            with st.container(width=96, gap="xxsmall"):
                st.image(montage.enlarged(step.image, 3), alt=_("Image after step {step}", step=step.step))
                about = _("Step {step}: {value:.2f}", step=step.step, value=step.value)
                st.markdown(f":small[{about}]")
    if steps[-1].value <= steps[0].value:
        st.caption(_("No start image activates this channel, so there is no gradient."))


@lru_cache(maxsize=_KEPT)
def _ascended(predictor: Predictor, name: str, channel: int) -> tuple[Ascent, ...]:
    return tuple(ascend(predictor, name, channel))


def _show_off(predictor: Predictor, reading: Reading, name: str, channel: int) -> None:
    network = predictor.network
    count = network.shapes[name][-1]
    off = st.multiselect(
        _("Channels to switch off"),
        range(count),
        default=[channel],
        key=f"off_{name}_{count}_{channel}",
        max_selections=64,
    )
    if not off:
        st.caption(_("Choose at least one channel."))
        return
    with st.spinner(
        _(
            "Reading {digits} test digits without {off} of {count} channels …",
            digits=DIGITS,
            off=len(off),
            count=count,
        )
    ):
        image = np.ascontiguousarray(reading.activations[INPUT][:, :, 0])
        found = _switched_off(predictor, name, tuple(sorted(off)), image.tobytes())
    digit = int(found.probabilities.argmax())
    accuracy = _("Accuracy on {digits} test digits", digits=DIGITS)
    rows = [
        ("", _("Before"), _("After")),
        (":--", "--:", "--:"),
        (
            _("Answer for this image"),
            f"**{reading.digit}**, {percent(float(reading.probabilities.max()))}",
            f"**{digit}**, {percent(float(found.probabilities.max()))}",
        ),
        (accuracy, f"{found.before:.1%}", f"{found.after:.1%}"),
    ]
    st.markdown("\n".join(f"| {' | '.join(row)} |" for row in rows))
    place = where_off(network, name)
    st.caption(
        together(
            _("A switched-off channel is 0 everywhere.")
            if place == name
            else _("A switched-off channel is 0 everywhere after {layer}.", layer=place),
            _("The same test digits are read each time; one digit is {share:.1%}.", share=1 / DIGITS),
        )
    )


@lru_cache(maxsize=_KEPT)
def _switched_off(predictor: Predictor, name: str, channels: tuple[int, ...], image: bytes) -> Ablation:
    return switch_off(predictor, name, channels, np.frombuffer(image, np.float32).reshape(28, 28))
