"""The network as a strip of tiles, each with its facts and a small montage of its numbers."""

from collections.abc import Callable
from typing import Any

from digitlab.networks.graph import INPUT, INPUT_SHAPE, Network
from digitlab.networks.layers import Layer
from digitlab.networks.predictor import Reading
from digitlab.ui import explain, montage
from digitlab.ui.layers.component import Component, sent
from digitlab.ui.layers.plan import edges, places

_KEY = "strip"
_SHORT = {"batch_norm": "Batch norm"}  # titles too long for a tile
_component = Component("strip")


def show_strip(network: Network, reading: Reading, opened: str, on_open: Callable[[str], None]) -> None:
    """All layers from the input to the output; a click on one calls `on_open` with its name."""
    where = places(network)
    lines = edges(network)
    names = {layer.name for layer in network.layers}

    def hear() -> None:
        name = sent(_KEY, "open")
        if name in names:
            on_open(str(name))

    data = {
        "opened": opened,
        "edges": lines,
        "skips": any(
            where[a].row == where[b].row == max(place.row for place in where.values())
            and where[b].column - where[a].column > 1
            for a, b in lines
        ),
        "tiles": [
            {"column": where[name].column, "row": where[name].row, "thumbnail": _thumbnail(reading, name)} | facts
            for name, facts in _facts(network).items()
        ],
    }
    _component(_KEY, data, on_open_change=hear)


def _facts(network: Network) -> dict[str, dict[str, Any]]:
    fields = explain.receptive_fields(network)
    tiles: dict[str, dict[str, Any]] = {
        INPUT: {
            "name": INPUT,
            "kind": "Input",
            "shape": explain.shape_text(INPUT_SHAPE),
            "facts": ["the 28×28 picture"],
            "title": "What the network sees",
        }
    }
    for layer in network.layers:
        tiles[layer.name] = {
            "name": layer.name,
            "kind": _SHORT.get(layer.kind) or explain.title(layer, network),
            "shape": explain.shape_text(network.shapes[layer.name]),
            "facts": [
                _counted(layer.parameters(network.input_shape(layer)), "parameters"),
                _counted(layer.multiply_adds(network.input_shape(layer)), "mult-adds"),
                f"sees {fields[layer.name]}×{fields[layer.name]}",
            ],
            "title": _title(layer, network, fields[layer.name]),
        }
    return tiles


def _title(layer: Layer, network: Network, field: int) -> str:
    shape = network.input_shape(layer)
    return (
        f"{layer.name}: {layer.parameters(shape):,} parameters, {layer.multiply_adds(shape):,} multiply-adds; "
        f"one number depends on {field}×{field} pixels of the picture"
    )


def _counted(count: int, what: str) -> str:
    if count >= 1_000_000:
        return f"{count / 1_000_000:.1f}M {what}"
    return f"{count / 1_000:.0f}k {what}" if count >= 10_000 else f"{count:,} {what}"


def _thumbnail(reading: Reading, name: str) -> str:
    values = reading.activations[name]
    return montage.thumbnail(values, signed=bool((values < 0).any()))
