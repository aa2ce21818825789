"""The network as a strip: every layer with its numbers as one picture."""

from dataclasses import dataclass

import streamlit as st

from digitlab.networks.graph import Network
from digitlab.networks.layers import Dropout, Layer
from digitlab.networks.predictor import Reading
from digitlab.ui import explain, montage
from digitlab.ui.palette import MAGMA, VIK, gradient


@dataclass(frozen=True)
class _Row:
    layer: Layer
    network: Network
    per_map: bool

    @property
    def name(self) -> str:
        return self.layer.name


def scaling_switch(key: str) -> bool:
    """Whether each feature map gets a colour scale of its own."""
    return st.toggle(
        "Each map with its own colour scale",
        key=key,
        persist_state="session",
        help="Off: one scale for the whole layer, so that maps can be compared. On: weak maps become visible.",
    )


def show_layers(network: Network, reading: Reading, per_map: bool) -> None:
    """Every layer in the order in which it is computed."""
    for layer in network.layers:
        show_layer(_Row(layer, network, per_map), reading)


def show_layer(row: _Row, reading: Reading) -> None:
    """One layer: its name, shape and sentence on the left, its numbers on the right."""
    layer, network = row.layer, row.network
    head = f"**{explain.title(layer, network)}** `{layer.name}` {explain.shape_text(network.shapes[layer.name])}"
    with st.container(key=f"layer_{layer.name}"):
        if isinstance(layer, Dropout):  # its numbers are those of the layer before
            st.markdown(f"{head} :small[{explain.sentence(layer, network)}]")
            return
        text, picture = st.columns([1, 3.6], gap="medium", vertical_alignment="center")
        with text:
            st.markdown(f"{head}  \n:small[{explain.sentence(layer, network)}]")
        values = reading.activations[layer.name]
        flat = values.ndim == 1
        signed = bool((values < 0).any())  # before ReLU: nought is the scale's middle then, not its end
        made = montage.strip(values, signed) if flat else montage.feature_maps(values, row.per_map, signed)
        with picture, st.container(key=f"maps_{layer.name}", gap="xsmall"):
            st.image(made.url, alt=_alt(layer, network, flat), width="stretch")
            if layer is network.layers[-1]:
                st.html('<div class="dl-classes">' + "".join(f"<span>{digit}</span>" for digit in range(10)) + "</div>")
            show_scale(made.low, made.high, signed)


def show_scale(low: float | None, high: float | None, signed: bool = False) -> None:
    """What the colours stand for."""
    ends = ("lowest of each map", "highest") if low is None or high is None else (f"{low:.3g}", f"{high:.3g}")
    st.html(
        f'<div class="dl-scale"><span>{ends[0]}</span>'
        f'<i style="background:{gradient(VIK if signed else MAGMA)}"></i><span>{ends[1]}</span></div>'
    )


def _alt(layer: Layer, network: Network, flat: bool) -> str:
    shape = network.shapes[layer.name]
    if flat:
        return f"The {shape[0]} numbers of layer {layer.name}, one coloured cell each"
    return f"The {shape[2]} feature maps of layer {layer.name}, {shape[0]}×{shape[1]} each"
