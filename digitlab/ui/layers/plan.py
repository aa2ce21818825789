"""Where each layer's tile stands in the strip."""

from dataclasses import dataclass

from digitlab.networks.graph import INPUT, Network


@dataclass(frozen=True)
class Cell:
    """Where a tile stands, counted from the left and from the top."""

    column: int
    row: int


def cells(network: Network) -> dict[str, Cell]:
    """Every layer's cell by name, with "input" first.

    A layer stands one column after the last of those that it reads. The longest way from input to output is row 0;
    what stands beside it, like the convolution of a shortcut, comes in the first free row below.
    """
    depth = {INPUT: 0}
    for layer in network.layers:
        depth[layer.name] = 1 + max(depth[name] for name in layer.inputs)
    main = _longest_way(network, depth)
    result: dict[str, Cell] = {}
    taken: set[tuple[int, int]] = {(depth[name], 0) for name in main}
    for name, column in depth.items():
        row = 0
        while name not in main and (column, row) in taken:
            row += 1
        taken.add((column, row))
        result[name] = Cell(column, row)
    return result


def edges(network: Network) -> list[tuple[str, str]]:
    """Which layer reads which: (read, reader)."""
    return [(name, layer.name) for layer in network.layers for name in layer.inputs]


def _longest_way(network: Network, depth: dict[str, int]) -> set[str]:
    layers = {layer.name: layer for layer in network.layers}
    name = network.layers[-1].name
    way = {name}
    while name != INPUT:
        name = max(layers[name].inputs, key=depth.__getitem__)  # the first of equals
        way.add(name)
    return way
