"""Which layer and which channel are open: in the URL, and remembered in the session."""

import streamlit as st

from digitlab.networks.graph import INPUT, Network
from digitlab.networks.layers import Conv
from digitlab.networks.zoo import Model

_LAYER, _CHANNEL = "layer", "channel"  # the names in the URL; the session's keys have "open_" before them
_MODEL = "open_in"  # session: the hash of the model in which they were opened


def opened(model: Model, network: Network) -> tuple[str, int]:
    """The opened layer's name (or "input") and its channel; says so where the URL names one that is not there."""
    state, address = st.session_state, st.query_params
    names = [INPUT, *(layer.name for layer in network.layers)]
    # What was opened in another model stands in the URL still; only a link, or an own hand, can be wrong.
    moved = state.get(_MODEL) not in (None, model.hash)
    state[_MODEL] = model.hash
    wanted = address.get(_LAYER) or state.get(f"open_{_LAYER}")
    name = wanted if wanted in names else _first(network)
    if wanted and name != wanted and not moved:
        st.warning(f"This network has no layer {wanted[:64]!r}. Here is {name} instead; the strip has them all.")
    count = network.shapes[name][-1]
    asked = address.get(_CHANNEL) or str(state.get(f"open_{_CHANNEL}", 0))
    known = asked.isascii() and asked.isdigit() and len(asked) < 7 and int(asked) < count
    channel = int(asked) if known else 0
    if not known and not moved and name == wanted:
        st.warning(f"Layer {name} has no channel {asked[:20]!r}; they are numbered from 0 to {count - 1:,}.")
    _keep(name, channel)
    return name, channel


def open_layer(name: str) -> None:
    """For a callback; the layer's name is one of the network's."""
    _keep(name, 0)


def open_channel(channel: int) -> None:
    """For a callback; the number is within the layer's."""
    _keep(st.session_state[f"open_{_LAYER}"], channel)


def _first(network: Network) -> str:
    """What a newcomer finds open: the first convolution."""
    return next((layer.name for layer in network.layers if isinstance(layer, Conv)), network.layers[0].name)


def _keep(name: str, channel: int) -> None:
    st.session_state[f"open_{_LAYER}"] = name
    st.session_state[f"open_{_CHANNEL}"] = channel
    st.query_params.update({_LAYER: name, _CHANNEL: str(channel)})  # at once: each change is a step of the back button
