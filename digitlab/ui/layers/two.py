"""Two networks on one drawing: answers, bars, and the same layer of each."""

import numpy as np
import streamlit as st

from digitlab.networks import zoo
from digitlab.networks.graph import INPUT, Network
from digitlab.networks.predictor import Reading
from digitlab.networks.untrained import untrained
from digitlab.networks.zoo import Model
from digitlab.ui import explain, montage
from digitlab.ui.answer import percent, show_bars
from digitlab.ui.friendly import friendly
from digitlab.ui.models import label
from digitlab.ui.reading import predictor
from digitlab.ui.strips import show_scale

UNTRAINED = "untrained"


def show_two(model: Model, network: Network, reading: Reading, name: str) -> None:
    """The chosen network and another; `name` is the opened layer."""
    others = {other.name: other for other in zoo.models() if other.hash != model.hash}
    left, right = st.columns(2, gap="large")
    with left:
        with st.container(key="two_head_left"):
            st.markdown(f"**{model.name}**")
            st.caption("The network chosen above.")
        _show(network, reading, name, "left")
    with right, friendly():
        head = st.container(key="two_head_right")
        second = head.selectbox(
            "The other network",
            [UNTRAINED, *others],
            format_func=lambda key: f"{model.name}, untrained" if key == UNTRAINED else label(others[key]),
            key="second",
            bind="query-params",
            filter_mode=None,
        )
        image = np.ascontiguousarray(reading.activations[INPUT][:, :, 0])
        if second is None or second == UNTRAINED:
            with st.spinner("Making fresh weights …"):
                opened = untrained(model)
            head.caption("The same layers with random weights, as before its first step of training.")
        else:
            opened = predictor(others[second])
        _show(opened.network, opened.read(image), _same(network, name, opened.network), "right")


def _same(network: Network, name: str, other: Network) -> str:
    """The other network's layer of that name, or the one that is as far along among those of its kind."""
    names = [layer.name for layer in other.layers]
    if name == INPUT or name in names:
        return name
    kind = next(layer.kind for layer in network.layers if layer.name == name)
    mine = [layer.name for layer in network.layers if layer.kind == kind]
    theirs = [layer.name for layer in other.layers if layer.kind == kind] or names
    return theirs[min(mine.index(name), len(theirs) - 1)]


def _show(network: Network, reading: Reading, name: str, side: str) -> None:
    with st.container(key=f"two_{side}"):
        st.markdown(f"reads **{reading.digit}**, {percent(float(reading.probabilities.max()))} sure")
        show_bars(reading)
        values = reading.activations[name]
        signed = bool((values < 0).any())
        st.markdown(f"`{name}` {explain.shape_text(values.shape)}")
        made = (
            montage.strip(values, signed)
            if values.ndim == 1
            else montage.feature_maps(values, signed=signed, columns=8)
        )
        with st.container(key=f"maps_two_{side}", gap="xsmall"):
            st.image(made.url, width="stretch", alt=f"The numbers of {name}")
            show_scale(made.low, made.high, signed)
