"""The builder's blocks as layers, as far as they are possible, and back from layers."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from digitlab.errors import InputError
from digitlab.networks.blocks import (
    MOST_BLOCKS,
    BlockError,
    Blocks,
    ConvBlock,
    DenseBlock,
    Gather,
    Kind,
    check,
    title,
)
from digitlab.networks.graph import CLASSES, INPUT, INPUT_SHAPE, Network, named, shape_after
from digitlab.networks.layers import (
    Activate,
    Activation,
    Add,
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
    Shape,
)
from digitlab.words import message

Place = tuple[Kind, int]


@dataclass(frozen=True)
class Row:
    """A layer of the network that is being built.

    Attributes:
        place: the block that it is of: its kind and its place among those, from 0; None: it is of none.
        given, shape: of what it reads and gives.
    """

    layer: Layer
    place: Place | None
    given: Shape
    shape: Shape


@dataclass(frozen=True)
class Tried:
    """What blocks come to.

    Attributes:
        rows: every layer, or those before the first that is impossible.
        problem: what that is; None where all are possible.
    """

    rows: tuple[Row, ...]
    problem: InputError | None


def network(blocks: Blocks) -> Network:
    """The blocks as layers.

    Raises:
        BlockError: a number is out of its range, or a layer cannot stand where it stands; the sentence names both.
        InputError: there are too many blocks.
    """
    found = tried(blocks)
    if found.problem is not None:
        raise found.problem
    return Network(tuple(row.layer for row in found.rows))


def tried(blocks: Blocks) -> Tried:
    """The layers one after another, up to the first problem."""
    if len(blocks.convolutions) > MOST_BLOCKS or len(blocks.dense) > MOST_BLOCKS:
        return Tried((), InputError(message("There can be at most {most} blocks of each kind.", most=MOST_BLOCKS)))
    made = _Made()
    try:
        for at, block in enumerate(blocks.convolutions):
            check("convolutions", at, block)
            for layer in _convolution(made, at, block):
                made.put(layer, ("convolutions", at))
        made.put(Flatten() if blocks.gather == "flatten" else GlobalAveragePool(), None)
        for at, dense in enumerate(blocks.dense):
            check("dense", at, dense)
            for layer in _dense(dense):
                made.put(layer, ("dense", at))
        made.put(Dense(units=CLASSES, activation="softmax" if blocks.softmax else "linear"), None)
    except InputError as error:
        return Tried(tuple(made.rows), error)
    return Tried(tuple(made.rows), None)


class _Made:
    """Layers so far, each with its shape."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._shapes: dict[str, Shape] = {INPUT: INPUT_SHAPE}

    @property
    def last(self) -> tuple[str, Shape]:
        """The name and the shape of what comes last."""
        return (self.rows[-1].layer.name, self.rows[-1].shape) if self.rows else (INPUT, INPUT_SHAPE)

    def put(self, layer: Layer, place: Place | None) -> None:
        """Have a layer follow.

        Raises:
            BlockError: it cannot stand there.
        """
        layer = named([*(row.layer for row in self.rows), layer])[-1]
        given = self._shapes[layer.inputs[0]]
        try:
            shape = shape_after(layer, self._shapes)
        except InputError:
            if place is None or not isinstance(layer, Conv | MaxPool | AveragePool):
                raise
            raise _too_large(layer, place, given) from None
        self._shapes[layer.name] = shape
        self.rows.append(Row(layer, place, given, shape))


def _too_large(layer: Conv | MaxPool | AveragePool, place: Place, given: Shape) -> BlockError:
    is_conv = isinstance(layer, Conv)
    size = layer.kernel if isinstance(layer, Conv) else layer.size
    values = {"block": title(*place), "size": size, "height": given[0], "width": given[1]}
    return BlockError(
        message(
            "{block}: the {size}×{size} kernel is larger than its {height}×{width} input. Use a smaller kernel, same "
            "padding, or less pooling before this block.",
            **values,
        )
        if is_conv
        else message(
            "{block}: the {size}×{size} pooling window is larger than its {height}×{width} input. Use a smaller window "
            "or no pooling.",
            **values,
        ),
        *place,
        "kernel" if is_conv else "pool_size",
    )


def _convolution(made: _Made, at: int, block: ConvBlock) -> Iterator[Layer]:
    """The layers of a block; each is put before the next is asked for."""
    before, given = made.last
    bare = block.normalised or block.residual
    conv = Conv(
        filters=block.filters,
        kernel=block.kernel,
        stride=block.stride,
        padding=block.padding,
        activation="linear" if bare else block.activation,
        use_bias=not block.normalised,  # batch normalisation brings its own
    )
    yield conv
    if block.normalised:
        yield BatchNorm()
    if block.residual:
        inside, shape = made.last
        if shape[:2] != tuple(-(-side // block.stride) for side in given[:2]):
            raise BlockError(
                message("{block}: a residual connection needs padding “same size”.", block=title("convolutions", at)),
                "convolutions",
                at,
                "padding",
            )
        if shape != given:
            yield replace(conv, kernel=1, padding="same", inputs=(before,))
            if block.normalised:
                yield BatchNorm()
            before, _shape = made.last
        yield Add(inputs=(inside, before))
    if bare and block.activation != "linear":
        yield _activation(block.activation)
    if block.pooling != "none":
        yield (MaxPool if block.pooling == "max" else AveragePool)(size=block.pool_size)
    if block.dropout:
        yield Dropout(rate=block.dropout)


def _dense(block: DenseBlock) -> Iterator[Layer]:
    yield Dense(
        units=block.units,
        activation="linear" if block.normalised else block.activation,
        use_bias=not block.normalised,
    )
    if block.normalised:
        yield BatchNorm()
        if block.activation != "linear":
            yield _activation(block.activation)
    if block.dropout:
        yield Dropout(rate=block.dropout)


def _activation(activation: Activation) -> Layer:
    return Relu() if activation == "relu" else Activate(activation=activation)


# --- back from layers ---


def blocks_of(built: Network) -> Blocks | None:
    """The blocks that give this very network; None where none do (branches, other first weights …)."""
    convolutions: list[ConvBlock] = []
    dense: list[DenseBlock] = []
    gather: Gather = "flatten"
    for before, layer in zip((INPUT, *(layer.name for layer in built.layers)), built.layers, strict=False):
        values: dict[str, object] = {}
        match layer:
            case Conv() if layer.inputs != (before,):
                continue  # the way around a block
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
            case Add():
                values = {"residual": True}
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
