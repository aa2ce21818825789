"""An opened layer: its sentence, its channels, and the microscope over its numbers."""

import streamlit as st

from digitlab.networks.graph import INPUT, Network
from digitlab.networks.layers import Add, Flatten, Layer, Shape
from digitlab.networks.predictor import Reading
from digitlab.networks.zoo import Model
from digitlab.server import routes
from digitlab.ui.layers import chosen, words
from digitlab.ui.shared import layer_text, montage
from digitlab.ui.shared.component import Component, floats, sent
from digitlab.ui.shared.palette import COLOUR_MAPS
from digitlab.words import _, message

_KEY = "opened"
_INPUT = message("Input")
_component = Component("layer", "layers/layer.js", ("layers/layer.css",), words=words.layer)


def show_opened(model: Model, network: Network, reading: Reading, name: str, channel: int) -> None:
    """The layer with this name, "input" for the picture itself."""
    if name == INPUT:
        says = _("The image that the network sees, from 0 (black) to 1 (full ink).")
        st.markdown(f"**{_INPUT}** `input` 28×28×1  \n{says}")
        st.image(montage.enlarged(reading.activations[INPUT][:, :, 0]), alt=_("What the network sees: 28×28 pixels"))
        return
    layer = next(layer for layer in network.layers if layer.name == name)
    st.markdown(
        f"**{layer_text.title(layer, network)}** `{name}` {layer_text.shape_text(network.shapes[name])}  \n"
        f":small[{layer_text.sentence(layer, network)}]"
    )
    _show_numbers(model, network, reading, layer, channel)


def _show_numbers(model: Model, network: Network, reading: Reading, layer: Layer, channel: int) -> None:
    count = network.shapes[layer.name][-1]

    def hear() -> None:
        picked = sent(_KEY, "channel")
        if isinstance(picked, int | float) and 0 <= picked < count:
            chosen.open_channel(int(picked))

    data = {
        "id": f"{model.hash}/{layer.name}",
        "weights": routes.layer_url(model, layer.name),
        "layer": {"name": layer.name, "kind": layer.kind, "title": layer_text.title(layer, network)},
        "output": floats(reading.activations[layer.name]),
        "inputs": [{"name": read} | floats(reading.activations[read]) for read in layer.inputs],
        "followers": [follower.name for follower in network.followers(layer.name)],
        "origin": origin(network, layer),
        "answers": layer is network.layers[-1],
        "logits": network.gives_logits and layer is network.layers[-1],
        "channel": channel,
        "colours": COLOUR_MAPS,
    }
    _component(_KEY, data, on_channel_change=hear)


def origin(network: Network, layer: Layer) -> Shape | None:
    """The maps [height, width, channels] that a layer's flat input was laid out from; None where it was not."""
    layers = {entry.name: entry for entry in network.layers}
    before: Layer | None = layer
    while before is not None and not isinstance(before, Flatten):
        through = before is layer or before.by_itself or isinstance(before, Add)
        before = layers.get(before.inputs[0]) if through else None
    return network.input_shape(before) if before else None
