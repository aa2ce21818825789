"""Which pixels of the picture one number of a layer can depend on."""

from dataclasses import dataclass

from digitlab.networks.graph import INPUT, INPUT_SHAPE, Network
from digitlab.networks.layers import Conv, Dense, Flatten, GlobalAveragePool, Layer, Other, Pool

Span = tuple[int, int]  # first and last, along one side


@dataclass(frozen=True)
class Field:
    """Rows top to bottom and columns left to right, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int


def field_of(network: Network, name: str, place: tuple[int, ...]) -> Field:
    """The receptive field of one number.

    Args:
        network: the network.
        name: a layer, or "input".
        place: (row, column) in a layer with maps; (number,) in a flat one.
    """
    layers = {layer.name: layer for layer in network.layers}
    whole = Field(0, 0, INPUT_SHAPE[0] - 1, INPUT_SHAPE[1] - 1)

    def back(name: str, rows: Span, columns: Span) -> Field:
        if name == INPUT:
            return Field(rows[0], columns[0], rows[1], columns[1])
        layer = layers[name]
        if isinstance(layer, Other):
            return whole
        found = [
            back(read, _before(layer, network, 0, rows), _before(layer, network, 1, columns)) for read in layer.inputs
        ]
        return Field(
            min(field.top for field in found),
            min(field.left for field in found),
            max(field.bottom for field in found),
            max(field.right for field in found),
        )

    while len(network.shapes[name]) == 1:  # back to where the numbers still had a place
        layer = layers[name]
        if isinstance(layer, Dense | GlobalAveragePool | Other) or len(layer.inputs) > 1:
            return whole
        if isinstance(layer, Flatten):
            _, width, channels = network.input_shape(layer) if len(network.input_shape(layer)) == 3 else (1, 1, 1)
            place = (place[0] // (width * channels), place[0] // channels % width)
        name = layer.inputs[0]
    return back(name, (place[0], place[0]), (place[1], place[1]))


def _before(layer: Layer, network: Network, axis: int, span: Span) -> Span:
    """What a layer reads for this span of its output, within its input."""
    size = network.input_shape(layer)[axis]
    if isinstance(layer, Conv):
        window, stride = layer.kernel, layer.stride
    elif isinstance(layer, Pool):
        window = stride = layer.size
    else:
        return span
    total = max((-(-size // stride) - 1) * stride + window - size, 0) if layer.padding == "same" else 0
    first = span[0] * stride - total // 2
    last = span[1] * stride - total // 2 + window - 1
    return max(first, 0), min(last, size - 1)
