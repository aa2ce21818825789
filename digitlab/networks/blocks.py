"""A network built block by block: what the builder edits, as values.

A convolution block is a convolution, batch normalisation if wanted, its activation, a pooling layer and dropout; a
dense block is the same without pooling. `block_layers` makes layers of them.
"""

from dataclasses import dataclass, fields
from typing import Literal

from digitlab.errors import InputError
from digitlab.networks.layers import Activation
from digitlab.networks.windows import Padding
from digitlab.words import Message, message

Pooling = Literal["none", "max", "average"]
Gather = Literal["flatten", "average"]
Kind = Literal["convolutions", "dense"]

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
        residual: whether the block's input is added to what comes out of the convolution, before the activation; where
            the two differ in size or maps, a 1×1 convolution brings the input there.
        dropout: share of the numbers that is dropped while training, 0 to 0.95.
    """

    filters: int = 32
    kernel: int = 3
    stride: int = 1
    padding: Padding = "valid"
    activation: Activation = "relu"
    normalised: bool = False
    residual: bool = False
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


class BlockError(InputError):
    """A block that cannot be: the sentence names it as the form does.

    Args:
        kind, at: the block's row, and its place there, from 0.
        setting: which of its values is wrong.
    """

    def __init__(self, message: Message, kind: Kind, at: int, setting: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.at = at
        self.setting = setting


def title(kind: Kind, at: int) -> Message:
    """What the form calls a block; `at` is its place in its row, from 0."""
    if kind == "convolutions":
        return message("Convolution block {number}", number=at + 1)
    return message("Dense block {number}", number=at + 1)


def check(kind: Kind, at: int, block: ConvBlock | DenseBlock) -> None:
    """Raises BlockError if a number of a block is out of its range; the sentence names block, number and range."""
    for entry in fields(block):
        if entry.name not in _RANGES:
            continue
        value, (low, high) = getattr(block, entry.name), _RANGES[entry.name]
        whole = entry.name != "dropout"
        if not low <= value <= high or (whole and value != int(value)):
            values = {"name": _LABELS[entry.name], "low": low, "high": high, "value": repr(value)[:40]}
            values |= {"block": title(kind, at)}
            raise BlockError(
                message("{block}: {name} must be a whole number from {low} to {high}; it is {value}.", **values)
                if whole
                else message("{block}: {name} must be a number from {low} to {high}; it is {value}.", **values),
                kind,
                at,
                entry.name,
            )
