"""Which pixels of the picture one number of a layer can depend on, and how many they are."""

import math
from dataclasses import dataclass

from digitlab.networks.graph import INPUT, INPUT_SHAPE, Network
from digitlab.networks.layers import Flatten, Layer
from digitlab.networks.windows import Span


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
        if layer.sees_all(network.input_shape(layer)):
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
        if layer.sees_all(network.input_shape(layer)) or len(layer.inputs) > 1:
            return whole
        if isinstance(layer, Flatten):
            _, width, channels = network.input_shape(layer) if len(network.input_shape(layer)) == 3 else (1, 1, 1)
            place = (place[0] // (width * channels), place[0] // channels % width)
        name = layer.inputs[0]
    return back(name, (place[0], place[0]), (place[1], place[1]))


def _before(layer: Layer, network: Network, axis: int, span: Span) -> Span:
    """What a layer reads for this span of its output, within its input."""
    return layer.before(span, network.input_shape(layer)[axis], axis)


def receptive_fields(network: Network) -> dict[str, int]:
    """How many pixels of the 28×28 one number depends on, along one side, by layer; 28 at most."""
    fields: dict[str, float] = {INPUT: 1}
    jumps: dict[str, float] = {INPUT: 1}
    for layer in network.layers:
        field, jump = max(fields[name] for name in layer.inputs), max(jumps[name] for name in layer.inputs)
        if layer.sees_all(network.input_shape(layer)):
            field = INPUT_SHAPE[0]
        elif layer.window:
            field += (layer.window.size - 1) * jump
        fields[layer.name], jumps[layer.name] = min(field, INPUT_SHAPE[0]), jump * layer.step
    return {name: math.ceil(field) for name, field in fields.items()}
