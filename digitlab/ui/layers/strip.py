"""The network as a strip of tiles, each with its facts and a small montage of its numbers."""

from collections.abc import Callable
from typing import Any

from digitlab.networks.graph import INPUT, INPUT_SHAPE, Network
from digitlab.networks.layers import Layer
from digitlab.networks.predictor import Reading
from digitlab.networks.receptive import receptive_fields
from digitlab.ui.layers.plan import cells, edges
from digitlab.ui.shared import layer_text, montage
from digitlab.ui.shared.component import Component, sent
from digitlab.words import _

_KEY = "strip"
_component = Component(
    "strip", "layers/strip.js", ("layers/strip.css",), words=lambda: {"strip": _("Layers of the network")}
)


def show_strip(network: Network, reading: Reading, opened: str, on_open: Callable[[str], None]) -> None:
    """All layers from the input to the output; a click on one calls `on_open` with its name."""
    where = cells(network)
    lines = edges(network)
    names = {INPUT, *(layer.name for layer in network.layers)}

    def hear() -> None:
        name = sent(_KEY, "open")
        if name in names:
            on_open(str(name))

    data = {
        "opened": opened,
        "edges": lines,
        "skips": any(
            where[a].row == where[b].row == max(cell.row for cell in where.values())
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
    fields = receptive_fields(network)
    tiles: dict[str, dict[str, Any]] = {
        INPUT: {
            "name": INPUT,
            "kind": _("Input"),
            "shape": layer_text.shape_text(INPUT_SHAPE),
            "facts": [_("28×28 pixels")],
            "title": _("What the network sees: 28×28 pixels"),
        }
    }
    for layer in network.layers:
        tiles[layer.name] = {
            "name": layer.name,
            "kind": layer_text.tile_title(layer, network),
            "shape": layer_text.shape_text(network.shapes[layer.name]),
            "facts": [
                *_costs(layer.parameters(network.input_shape(layer)), layer.multiply_adds(network.input_shape(layer))),
                _("field {size}×{size}", size=fields[layer.name]),
            ],
            "title": _title(layer, network, fields[layer.name]),
        }
    return tiles


def _title(layer: Layer, network: Network, field: int) -> str:
    shape = network.input_shape(layer)
    return _(
        "{layer}: {parameters} parameters, {cost} multiply-adds. Receptive field: {field}×{field} pixels",
        layer=layer.name,
        parameters=layer.parameters(shape),
        cost=layer.multiply_adds(shape),
        field=field,
    )


def _costs(parameters: int, multiply_adds: int) -> list[str]:
    """Two facts of a layer with weights, one of another."""
    if not parameters and not multiply_adds:
        return [_("no parameters")]
    facts = [_("{count} parameters", count=_short(parameters))]
    return facts + ([_("{count} mult-adds", count=_short(multiply_adds))] if multiply_adds else [])


def _short(count: int) -> str:
    if count >= 1_000_000:
        return f"{count / 1_000_000:.1f}M"
    return f"{count / 1_000:.0f}k" if count >= 10_000 else f"{count:,}"


def _thumbnail(reading: Reading, name: str) -> str:
    values = reading.activations[name]
    return montage.thumbnail(values, signed=bool((values < 0).any()))
