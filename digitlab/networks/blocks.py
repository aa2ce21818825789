"""A network built block by block: what the builder edits, as values and as layers.

A convolution block is a convolution, batch normalisation if wanted, its activation, a pooling layer and dropout; a
dense block is the same without pooling.
"""

from dataclasses import dataclass, fields
from typing import Literal

from digitlab.errors import InputError
from digitlab.networks.graph import CLASSES, Network
from digitlab.networks.layers import (
    Activate,
    Activation,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool,
    Layer,
    MaxPool,
    Relu,
)
from digitlab.networks.windows import Padding
from digitlab.words import Message, message

Pooling = Literal["none", "max", "average"]
Gather = Literal["flatten", "average"]

MOST_BLOCKS = 12
_RANGES: dict[str, tuple[float, float]] = {
    "filters": (1, 512),
    "kernel": (1, 28),
    "stride": (1, 28),
    "pool_size": (2, 28),
    "units": (1, 4096),
    "dropout": (0, 0.95),
}

_LABELS = {
    "filters": message("filters"),
    "kernel": message("kernel"),
    "stride": message("stride"),
    "pool_size": message("pool size"),
    "units": message("units"),
    "dropout": message("dropout"),
}


@dataclass(frozen=True, kw_only=True)
class ConvBlock:
    """A convolution and what follows it.

    Attributes:
        filters: 1 to 512.
        kernel, stride: pixels a side, 1 to 28.
        pool_size: side of the pooling window, 2 to 28.
        dropout: share of the numbers that is dropped while training, 0 to 0.95.
    """

    filters: int = 32
    kernel: int = 3
    stride: int = 1
    padding: Padding = "valid"
    activation: Activation = "relu"
    normalised: bool = False
    pooling: Pooling = "none"
    pool_size: int = 2
    dropout: float = 0.0


@dataclass(frozen=True, kw_only=True)
class DenseBlock:
    """A dense layer and what follows it; `units` from 1 to 4,096, `dropout` from 0 to 0.95."""

    units: int = 64
    activation: Activation = "relu"
    normalised: bool = False
    dropout: float = 0.0


@dataclass(frozen=True)
class Blocks:
    """A whole network.

    Attributes:
        softmax: whether the network ends in probabilities or in logits.
        gather: how maps become a row of numbers: laid out, or each by its mean.
    """

    convolutions: tuple[ConvBlock, ...] = (
        ConvBlock(filters=32, pooling="max"),
        ConvBlock(filters=64, pooling="max"),
    )
    dense: tuple[DenseBlock, ...] = (DenseBlock(units=64, dropout=0.5),)
    softmax: bool = True
    gather: Gather = "flatten"


def network(blocks: Blocks) -> Network:
    """The blocks as layers.

    Raises:
        InputError: a number is out of its range, or a layer cannot stand where it stands; the sentence names both.
    """
    layers: list[Layer] = []
    row: Layer = Flatten() if blocks.gather == "flatten" else GlobalAveragePool()
    dense = False
    for title, block in titled(blocks):
        check(title, block)
        if isinstance(block, ConvBlock):
            layers += _convolution(block)
        else:
            if not dense:
                layers.append(row)
            dense = True
            layers += _dense(block)
    if not dense:
        layers.append(row)
    layers.append(Dense(units=CLASSES, activation="softmax" if blocks.softmax else "linear"))
    if len(blocks.convolutions) > MOST_BLOCKS or len(blocks.dense) > MOST_BLOCKS:
        raise InputError(message("There can be at most {most} blocks of each kind.", most=MOST_BLOCKS))
    return Network(tuple(layers))


def titled(blocks: Blocks) -> list[tuple[Message, ConvBlock | DenseBlock]]:
    """Every block with its title."""
    return [
        *(
            (message("Convolution block {number}", number=at), block)
            for at, block in enumerate(blocks.convolutions, start=1)
        ),
        *((message("Dense block {number}", number=at), block) for at, block in enumerate(blocks.dense, start=1)),
    ]


def check(title: Message, block: ConvBlock | DenseBlock) -> None:
    """Raises InputError if a number of a block is out of its range; the sentence names block, number and range."""
    for entry in fields(block):
        if entry.name not in _RANGES:
            continue
        value, (low, high) = getattr(block, entry.name), _RANGES[entry.name]
        whole = entry.name != "dropout"
        if not low <= value <= high or (whole and value != int(value)):
            values = {"block": title, "name": _LABELS[entry.name], "low": low, "high": high, "value": repr(value)[:40]}
            raise InputError(
                message("{block}: {name} must be a whole number from {low} to {high}; it is {value}.", **values)
                if whole
                else message("{block}: {name} must be a number from {low} to {high}; it is {value}.", **values)
            )


def _convolution(block: ConvBlock) -> list[Layer]:
    bare = block.normalised
    layers: list[Layer] = [
        Conv(
            filters=block.filters,
            kernel=block.kernel,
            stride=block.stride,
            padding=block.padding,
            activation="linear" if bare else block.activation,
            use_bias=not bare,  # batch normalisation brings its own
        )
    ]
    layers += _normalisation(block)
    if block.pooling != "none":
        layers.append((MaxPool if block.pooling == "max" else AveragePool)(size=block.pool_size))
    return layers + _dropout(block)


def _dense(block: DenseBlock) -> list[Layer]:
    bare = block.normalised
    activation: Activation = "linear" if bare else block.activation
    return [
        Dense(units=block.units, activation=activation, use_bias=not bare),
        *_normalisation(block),
        *_dropout(block),
    ]


def _normalisation(block: ConvBlock | DenseBlock) -> list[Layer]:
    if not block.normalised:
        return []
    if block.activation == "linear":
        return [BatchNorm()]
    return [BatchNorm(), Relu() if block.activation == "relu" else Activate(activation=block.activation)]


def _dropout(block: ConvBlock | DenseBlock) -> list[Layer]:
    return [Dropout(rate=block.dropout)] if block.dropout else []


# --- back from layers ---


def blocks_of(built: Network) -> Blocks | None:
    """The blocks that give this very network; None where none do (branches, other first weights …)."""
    convolutions: list[ConvBlock] = []
    dense: list[DenseBlock] = []
    gather: Gather = "flatten"
    for layer in built.layers:
        values: dict[str, object] = {}
        match layer:
            case Conv():
                made = ConvBlock(
                    filters=layer.filters,
                    kernel=layer.kernel,
                    stride=layer.stride,
                    padding=layer.padding,
                    activation=layer.activation,
                )
                convolutions.append(made)
                continue
            case Dense():
                dense.append(DenseBlock(units=layer.units, activation=layer.activation))
                continue
            case BatchNorm():
                values = {"normalised": True}
            case Relu():
                values = {"activation": "relu"}
            case Activate():
                values = {"activation": layer.activation}
            case GlobalAveragePool():
                gather = "average"
            case MaxPool() | AveragePool():
                values = {"pooling": "max" if isinstance(layer, MaxPool) else "average", "pool_size": layer.size}
            case Dropout():
                values = {"dropout": layer.rate}
        if not values:
            continue
        line: list[ConvBlock] | list[DenseBlock] = dense or convolutions
        if not line or not values.keys() <= {entry.name for entry in fields(line[-1])}:
            return None
        line[-1] = _replaced(line[-1], values)  # type: ignore[assignment]
    if not dense:
        return None
    blocks = Blocks(tuple(convolutions), tuple(dense[:-1]), dense[-1].activation == "softmax", gather)
    try:
        return blocks if network(blocks) == built else None
    except InputError:
        return None


def _replaced(block: ConvBlock | DenseBlock, values: dict[str, object]) -> ConvBlock | DenseBlock:
    old = {entry.name: getattr(block, entry.name) for entry in fields(block)}
    return type(block)(**old | values)
