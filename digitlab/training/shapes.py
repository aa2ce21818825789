"""The architecture as something that a search varies: how many blocks, how wide, with which kernel.

Only for a network that is a row of blocks, as the builder has them.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from digitlab.errors import InputError
from digitlab.networks import block_layers
from digitlab.networks.graph import Network
from digitlab.training.setting import Setting
from digitlab.words import message

NETWORK = "network."  # begins the names

SHAPES: dict[str, Setting] = {
    one.name: one
    for one in (
        Setting(
            name="network.blocks",
            label=message("convolution blocks"),
            kind="whole",
            help=message("Number of blocks. Blocks beyond the recipe's repeat its last one, without pooling."),
            low=1,
            high=8,
        ),
        Setting(
            name="network.filters",
            label=message("filters"),
            kind="whole",
            help=message("Filters of the first block; the others keep their ratio to it."),
            low=1,
            high=256,
        ),
        Setting(
            name="network.kernel",
            label=message("kernel"),
            kind="whole",
            help=message("Side of the filters of all blocks, in pixels."),
            low=1,
            high=11,
        ),
    )
}


def shaped(network: Network, values: Mapping[str, Any]) -> Network:
    """A network with other blocks, filters or kernels.

    Args:
        network: where all else comes from.
        values: by the names of SHAPES.

    Raises:
        InputError: the network is no row of blocks, a value is out of range, or a block becomes impossible.
    """
    for name, value in values.items():
        if name not in SHAPES:
            raise InputError(message("There is no setting “{name}” to search over.", name=name[:64]))
        SHAPES[name].check(value)
    blocks = block_layers.blocks_of(network)
    if blocks is None or not blocks.convolutions:
        raise InputError(
            message("This recipe's network is not a row of blocks, so its architecture cannot be varied in a search.")
        )
    row = list(blocks.convolutions)
    more = replace(row[-1], pooling="none", padding="same")
    count = values.get("network.blocks", len(row))
    row = [*row[:count], *[more] * (count - len(row))]
    first = row[0].filters
    for at, block in enumerate(row):
        filters = max(1, round(block.filters * values.get("network.filters", first) / first))
        row[at] = replace(block, filters=filters, kernel=values.get("network.kernel", block.kernel))
    return block_layers.network(replace(blocks, convolutions=tuple(row)))
