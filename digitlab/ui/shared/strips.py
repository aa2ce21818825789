"""The network as a strip: every layer with its numbers as one picture."""

import html
from collections.abc import Collection
from dataclasses import dataclass

import streamlit as st

from digitlab.networks.graph import Network
from digitlab.networks.layers import Layer
from digitlab.networks.predictor import Reading
from digitlab.ui.shared import layer_text, montage
from digitlab.ui.shared.palette import MAGMA, VIK, gradient
from digitlab.words import _


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
        _("Own colour scale for each map"),
        key=key,
        persist_state="session",
        help=_("Off: one scale for the whole layer, so that maps can be compared. On: weak maps become visible."),
    )


def show_layers(network: Network, reading: Reading, per_map: bool, only: Collection[str] | None = None) -> None:
    """Every layer in the order in which it is computed, or only those with these names."""
    for layer in network.layers:
        if only is None or layer.name in only:
            show_layer(_Row(layer, network, per_map), reading)


def show_layer(row: _Row, reading: Reading) -> None:
    """One layer: its name, shape, sentence and scale on the left, its numbers on the right.

    As few elements as can be: each is a message of its own to each page, and a class of thirty may draw at once.
    """
    layer, network = row.layer, row.network
    with st.container(key=f"layer_{layer.name}"):
        if layer.rests:  # its numbers are those of the layer before
            st.html(_text(layer, network))
            return
        values = reading.activations[layer.name]
        flat = values.ndim == 1
        signed = bool((values < 0).any())  # before ReLU: 0 is the middle of the scale then, not its end
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
    name, shape = html.escape(layer.name), layer_text.shape_text(network.shapes[layer.name])
    return (
        f'<div class="dl-layer"><b>{layer_text.title(layer, network)}</b> <code>{name}</code> {shape}'
        f"<p>{html.escape(layer_text.sentence(layer, network))}</p></div>"
    )


def _scale(low: float | None, high: float | None, signed: bool) -> str:
    own = low is None or high is None
    ends = (_("lowest of each map"), _("highest")) if own else (f"{low:.3g}", f"{high:.3g}")
    return (
        f'<div class="dl-scale"><span>{ends[0]}</span>'
        f'<i style="background:{gradient(VIK if signed else MAGMA)}"></i><span>{ends[1]}</span></div>'
    ).replace(">-", ">−")


def _alt(layer: Layer, network: Network, flat: bool) -> str:
    shape = network.shapes[layer.name]
    if flat:
        return _("Layer {layer}: {count} numbers, one coloured cell each", layer=layer.name, count=shape[0])
    size = f"{shape[0]}×{shape[1]}"
    return _("Layer {layer}: {count} feature maps of {size}", layer=layer.name, count=shape[2], size=size)
