"""Which layer and which channel are open: in the URL, and remembered in the session."""

import streamlit as st

from digitlab.networks.graph import INPUT, Network
from digitlab.networks.layers import Convolution
from digitlab.networks.zoo import Model
from digitlab.ui.shared.foreign import warn
from digitlab.words import _

_LAYER, _CHANNEL = "layer", "channel"  # the names in the URL; the session's keys have "open_" before them
_MODEL = "open_in"  # session: the hash of the model in which they were opened


def layer_and_channel(model: Model, network: Network) -> tuple[str, int]:
    """The opened layer's name (or "input") and its channel; a warning where the URL names one that is not there."""
    state, query = st.session_state, st.query_params
    names = [INPUT, *(layer.name for layer in network.layers)]
    # What was opened in another model stands in the URL still; only a link, or an own hand, can be wrong.
    moved = state.get(_MODEL) not in (None, model.hash)
    state[_MODEL] = model.hash
    wanted = query.get(_LAYER) or state.get(f"open_{_LAYER}")
    name = wanted if wanted in names else _first(network)
    if wanted and name != wanted and not moved:
        warn(_("This network has no layer {wanted}. This is {layer}.", wanted=repr(wanted[:64]), layer=name))
    count = network.shapes[name][-1]
    asked = query.get(_CHANNEL) or str(state.get(f"open_{_CHANNEL}", 0))
    known = asked.isascii() and asked.isdigit() and len(asked) < 7 and int(asked) < count
    channel = int(asked) if known else 0
    if not known and not moved and name == wanted:
        warn(
            _(
                "Layer {layer} has no channel {channel}. Its channels are numbered from 0 to {last}.",
                layer=name,
                channel=repr(asked[:20]),
                last=count - 1,
            )
        )
    state[f"open_{_LAYER}"], state[f"open_{_CHANNEL}"] = name, channel
    if {_LAYER, _CHANNEL} & {*query} and (query.get(_LAYER), query.get(_CHANNEL)) != (name, str(channel)):
        _write(
            name, channel
        )  # an address that names nothing stays as it is: writing it would be a step that Back repeats
    return name, channel


def open_layer(name: str) -> None:
    """For a callback; the layer's name is one of the network's."""
    _keep(name, 0)


def open_channel(channel: int) -> None:
    """For a callback; the number is within the layer's."""
    _keep(st.session_state[f"open_{_LAYER}"], channel)


def _first(network: Network) -> str:
    """The layer that is open at first: the first convolution."""
    return next((layer.name for layer in network.layers if isinstance(layer, Convolution)), network.layers[0].name)


def _keep(name: str, channel: int) -> None:
    st.session_state[f"open_{_LAYER}"] = name
    st.session_state[f"open_{_CHANNEL}"] = channel
    _write(name, channel)


def _write(name: str, channel: int) -> None:
    st.query_params.update({_LAYER: name, _CHANNEL: str(channel)})  # at once: each change is a step of the back button
