"""The network as a strip: every layer with its numbers as one picture."""

import html
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
    """One layer: its name, shape, sentence and scale on the left, its numbers on the right.

    As few elements as can be: each is a message of its own to each page, and a class of thirty may draw at once.
    """
    layer, network = row.layer, row.network
    with st.container(key=f"layer_{layer.name}"):
        if isinstance(layer, Dropout):  # its numbers are those of the layer before
            st.html(_text(layer, network))
            return
        values = reading.activations[layer.name]
        flat = values.ndim == 1
        signed = bool((values < 0).any())  # before ReLU: nought is the scale's middle then, not its end
        made = montage.strip(values, signed) if flat else montage.feature_maps(values, row.per_map, signed)
        st.html(_text(layer, network) + _scale(made.low, made.high, signed))
        if layer is network.layers[-1]:
            with st.container(gap="xsmall"):
                st.image(made.url, alt=_alt(layer, network, flat), width="stretch")
                st.html('<div class="dl-classes">' + "".join(f"<span>{digit}</span>" for digit in range(10)) + "</div>")
        else:
            st.image(made.url, alt=_alt(layer, network, flat), width="stretch")


def show_scale(low: float | None, high: float | None, signed: bool = False) -> None:
    """What the colours stand for."""
    st.html(_scale(low, high, signed))


def _text(layer: Layer, network: Network) -> str:
    name, shape = html.escape(layer.name), explain.shape_text(network.shapes[layer.name])
    return (
        f'<div class="dl-layer"><b>{explain.title(layer, network)}</b> <code>{name}</code> {shape}'
        f"<p>{html.escape(explain.sentence(layer, network))}</p></div>"
    )


def _scale(low: float | None, high: float | None, signed: bool) -> str:
    ends = ("lowest of each map", "highest") if low is None or high is None else (f"{low:.3g}", f"{high:.3g}")
    return (
        f'<div class="dl-scale"><span>{ends[0]}</span>'
        f'<i style="background:{gradient(VIK if signed else MAGMA)}"></i><span>{ends[1]}</span></div>'
    ).replace(">-", ">−")


def _alt(layer: Layer, network: Network, flat: bool) -> str:
    shape = network.shapes[layer.name]
    if flat:
        return f"The {shape[0]} numbers of layer {layer.name}, one coloured cell each"
    return f"The {shape[2]} feature maps of layer {layer.name}, {shape[0]}×{shape[1]} each"
