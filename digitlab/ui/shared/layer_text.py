"""What each layer does, said with this layer's own numbers."""

from digitlab.networks.graph import Network
from digitlab.networks.layers import Foreign, Layer, shape_text
from digitlab.words import _, together

__all__ = ["sentence", "shape_text", "tile_title", "title"]


def title(layer: Layer, network: Network) -> str:
    """The kind in a word or two; of the last layer, its role."""
    return _("Output") if layer is network.layers[-1] else str(layer.title)


def tile_title(layer: Layer, network: Network) -> str:
    """The same where there is little room."""
    return title(layer, network) if layer is network.layers[-1] else str(layer.short or layer.title)


def sentence(layer: Layer, network: Network) -> str:
    """Two or three short sentences; the arithmetic is that of this very layer."""
    text = layer.sentence(*network.input_shapes(layer))
    if layer is network.layers[-1] and network.gives_logits and not isinstance(layer, Foreign):
        text = together(text, _("These are logits. Softmax turns them into probabilities."))
    if layer.shares:
        text = together(text, _("The weights are those of {layer}.", layer=layer.shares))
    return text
