"""A network as a list of layer records.

Everything that describes a network is made from these records: the Keras model, its shapes, parameters and
multiply-adds, and the Keras code a reader can copy. A record names the Keras layer it stands for and its arguments
once; building and writing code both use that. Shapes are (height, width, channels) or (units,), without the batch.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from digitlab.errors import InputError

if TYPE_CHECKING:
    import keras

Shape = tuple[int, ...]
Padding = Literal["valid", "same"]
Activation = Literal["linear", "relu", "softmax"]
Precision = Literal["float32", "bfloat16"]

INPUT_SHAPE: Shape = (28, 28, 1)
INPUT = "input"
CLASSES = 10


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer.

    Attributes:
        name: its name in the network; "" lets the network number it by its kind.
        inputs: names of the layers it reads; () means the one before it.
    """

    name: str = ""
    inputs: tuple[str, ...] = ()

    kind: ClassVar[str]
    keras_class: ClassVar[str]
    defaults: ClassVar[dict[str, Any]] = {}  # arguments that the code need not spell out

    def arguments(self) -> dict[str, Any]:
        """The Keras layer's arguments, the important one first."""
        return {}

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """Shapes of the numbers that it keeps, trained or (moving averages) counted, in Keras' order."""
        return ()

    def parameters(self, shape: Shape) -> int:
        """How many numbers it keeps for an input of this shape."""
        return sum(math.prod(weight) for weight in self.weight_shapes(shape))

    def multiply_adds(self, shape: Shape) -> int:
        """Multiplications (each with its addition) for one picture."""
        return 0


def _window(size: int, kernel: int, stride: int, padding: Padding) -> int:
    """Output size along one side; (size + 2·padding − kernel) / stride + 1, rounded down."""
    return -(-size // stride) if padding == "same" else (size - kernel) // stride + 1


def _initial(stddev: float | None, bias: float) -> dict[str, Any]:
    initial: dict[str, Any] = {}
    if stddev is not None:
        initial["kernel_initializer"] = Initializer("TruncatedNormal", {"stddev": stddev})
    if bias:
        initial["bias_initializer"] = Initializer("Constant", {"value": bias})
    return initial


@dataclass(frozen=True)
class Initializer:
    """A Keras initializer by class name and arguments, so that it can be made and written as code."""

    keras_class: str
    arguments: dict[str, Any]

    def code(self) -> str:
        return f"keras.initializers.{self.keras_class}({_written(self.arguments)})"


@dataclass(frozen=True, kw_only=True)
class Conv(Layer):
    kind = "conv"
    keras_class = "Conv2D"
    defaults: ClassVar[dict[str, Any]] = {"strides": 1, "padding": "valid", "activation": "linear", "use_bias": True}

    filters: int
    kernel: int
    stride: int = 1
    padding: Padding = "valid"
    activation: Activation = "linear"
    use_bias: bool = True
    initial_stddev: float | None = None  # None: Keras' default, Glorot uniform
    initial_bias: float = 0.0

    def arguments(self) -> dict[str, Any]:
        return {
            "filters": self.filters,
            "kernel_size": self.kernel,
            "strides": self.stride,
            "padding": self.padding,
            "activation": self.activation,
            "use_bias": self.use_bias,
        } | _initial(self.initial_stddev, self.initial_bias)

    def output_shape(self, shape: Shape) -> Shape:
        sides = [_window(side, self.kernel, self.stride, self.padding) for side in shape[:2]]
        return (*sides, self.filters)

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        return ((self.kernel, self.kernel, shape[2], self.filters), *[(self.filters,)] * self.use_bias)

    def multiply_adds(self, shape: Shape) -> int:
        height, width, _ = self.output_shape(shape)
        return height * width * self.kernel**2 * shape[2] * self.filters


@dataclass(frozen=True, kw_only=True)
class Dense(Layer):
    kind = "dense"
    keras_class = "Dense"
    defaults: ClassVar[dict[str, Any]] = {"activation": "linear", "use_bias": True}

    units: int
    activation: Activation = "linear"
    use_bias: bool = True
    initial_stddev: float | None = None
    initial_bias: float = 0.0

    def arguments(self) -> dict[str, Any]:
        return {"units": self.units, "activation": self.activation, "use_bias": self.use_bias} | _initial(
            self.initial_stddev, self.initial_bias
        )

    def output_shape(self, shape: Shape) -> Shape:
        return (self.units,)

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        return ((shape[0], self.units), *[(self.units,)] * self.use_bias)

    def multiply_adds(self, shape: Shape) -> int:
        return shape[0] * self.units


@dataclass(frozen=True, kw_only=True)
class Pool(Layer):
    """Max or average pooling with windows that do not overlap."""

    defaults: ClassVar[dict[str, Any]] = {"padding": "valid"}

    size: int = 2
    padding: Padding = "valid"

    def arguments(self) -> dict[str, Any]:
        return {"pool_size": self.size, "padding": self.padding}

    def output_shape(self, shape: Shape) -> Shape:
        return (*(_window(side, self.size, self.size, self.padding) for side in shape[:2]), shape[2])


@dataclass(frozen=True, kw_only=True)
class MaxPool(Pool):
    kind = "max_pool"
    keras_class = "MaxPooling2D"


@dataclass(frozen=True, kw_only=True)
class AveragePool(Pool):
    kind = "average_pool"
    keras_class = "AveragePooling2D"


@dataclass(frozen=True, kw_only=True)
class GlobalAveragePool(Layer):
    kind = "global_average_pool"
    keras_class = "GlobalAveragePooling2D"

    def output_shape(self, shape: Shape) -> Shape:
        return (shape[-1],)


@dataclass(frozen=True, kw_only=True)
class BatchNorm(Layer):
    kind = "batch_norm"
    keras_class = "BatchNormalization"
    defaults: ClassVar[dict[str, Any]] = {"momentum": 0.99}

    momentum: float = 0.99

    def arguments(self) -> dict[str, Any]:
        return {"momentum": self.momentum}

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        return (shape[-1:],) * 4  # factor, offset, and the averages of mean and variance


@dataclass(frozen=True, kw_only=True)
class Relu(Layer):
    kind = "relu"
    keras_class = "ReLU"


@dataclass(frozen=True, kw_only=True)
class Dropout(Layer):
    kind = "dropout"
    keras_class = "Dropout"

    rate: float

    def arguments(self) -> dict[str, Any]:
        return {"rate": self.rate}


@dataclass(frozen=True, kw_only=True)
class Flatten(Layer):
    kind = "flatten"
    keras_class = "Flatten"

    def output_shape(self, shape: Shape) -> Shape:
        size = 1
        for side in shape:
            size *= side
        return (size,)


@dataclass(frozen=True, kw_only=True)
class Add(Layer):
    """The sum of two or more layers of one shape, as in a residual block."""

    kind = "add"
    keras_class = "Add"


@dataclass(frozen=True, kw_only=True)
class Other(Layer):
    """A layer of an imported model that no record of ours describes; it is known by what came out of it.

    Attributes:
        layer_class: its Keras class.
        gives: its output shape.
        count: its parameters.
        activation: "softmax" where it gives probabilities.
    """

    kind = "other"
    keras_class = "Layer"

    layer_class: str
    gives: Shape
    count: int
    activation: Activation = "linear"

    def __post_init__(self) -> None:
        object.__setattr__(self, "gives", tuple(self.gives))  # a card's JSON has lists

    def output_shape(self, shape: Shape) -> Shape:
        return self.gives

    def parameters(self, shape: Shape) -> int:
        return self.count


KINDS: dict[str, type[Layer]] = {
    kind.kind: kind
    for kind in (Conv, Dense, MaxPool, AveragePool, GlobalAveragePool, BatchNorm, Relu, Dropout, Flatten, Add, Other)
}


@dataclass(frozen=True)
class Network:
    """Layers in the order in which they are computed; the last one answers.

    Raises:
        InputError: a layer cannot stand where it stands; the sentence names it.
    """

    layers: tuple[Layer, ...] = field()

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", _named(self.layers))
        self.shapes  # noqa: B018  checks every layer against its input
        if self.shapes[self.layers[-1].name] != (CLASSES,):
            raise InputError(f"The last layer must give {CLASSES} numbers, one for each digit.")

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """Output shape of every layer by name, with "input" first."""
        shapes: dict[str, Shape] = {INPUT: INPUT_SHAPE}
        for layer in self.layers:
            given = [shapes.get(name) for name in layer.inputs]
            if None in given:
                raise InputError(f"Layer {layer.name} reads a layer that does not come before it.")
            if len(set(given)) > 1 and not isinstance(layer, Other):
                raise InputError(f"Layer {layer.name} adds layers of different shapes.")
            shape = given[0]
            assert shape is not None
            if isinstance(layer, Conv | Pool | GlobalAveragePool) and len(shape) != 3:
                raise InputError(f"Layer {layer.name} needs a picture; it stands after a flat layer.")
            if isinstance(layer, Dense) and len(shape) != 1:
                raise InputError(f"Layer {layer.name} needs a flat input; put a flatten layer before it.")
            result = layer.output_shape(shape)
            if min(result) < 1:
                raise InputError(f"Layer {layer.name} has a window larger than its {shape[0]}×{shape[1]} input.")
            shapes[layer.name] = result
        return shapes

    def input_shape(self, layer: Layer) -> Shape:
        return self.shapes[layer.inputs[0]]

    def weight_shapes(self, layer: Layer) -> tuple[Shape, ...]:
        """Shapes of one layer's weights, in Keras' order."""
        return layer.weight_shapes(self.input_shape(layer))

    def fitting(self, other: "Network") -> list[str]:
        """Layers with weights that have the same name and shapes in another network."""
        theirs = {layer.name: (layer.kind, other.weight_shapes(layer)) for layer in other.layers}
        mine = {layer.name: (layer.kind, self.weight_shapes(layer)) for layer in self.layers}
        return [name for name, (kind, shapes) in mine.items() if shapes and theirs.get(name) == (kind, shapes)]

    @property
    def parameters(self) -> int:
        return sum(layer.parameters(self.input_shape(layer)) for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        return sum(layer.multiply_adds(self.input_shape(layer)) for layer in self.layers)

    @property
    def gives_logits(self) -> bool:
        """Whether the last layer leaves out softmax."""
        return getattr(self.layers[-1], "activation", "linear") != "softmax"

    @property
    def is_chain(self) -> bool:
        """Whether every layer reads just the one before it."""
        before = [INPUT, *(layer.name for layer in self.layers)]
        return all(layer.inputs == (name,) for layer, name in zip(self.layers, before, strict=False))

    def followers(self, name: str) -> list[Layer]:
        """The layers after this one, in order, that change each number by itself and alone read what comes before."""
        found: list[Layer] = []
        while True:
            readers = [layer for layer in self.layers if name in layer.inputs]
            if len(readers) != 1 or not isinstance(readers[0], BatchNorm | Relu | Dropout):
                return found
            found.append(readers[0])
            name = readers[0].name

    def build(self, precision: Precision = "float32") -> "keras.Model":
        """A new Keras model with fresh weights; its layers bear the records' names.

        Args:
            precision: what it computes in; the weights and the last layer's answers are float32 all the same.
        """
        from digitlab.backend import keras

        made: dict[str, Any] = {INPUT: keras.Input(INPUT_SHAPE, name=INPUT)}
        for layer in self.layers:
            if isinstance(layer, Other):
                raise InputError(f"Layer {layer.name} is a {layer.layer_class}, which cannot be made anew here.")
            arguments = {
                name: getattr(keras.initializers, value.keras_class)(**value.arguments)
                if isinstance(value, Initializer)
                else value
                for name, value in layer.arguments().items()
            }
            given = [made[name] for name in layer.inputs]
            mixed = precision == "bfloat16" and layer is not self.layers[-1]
            dtype = "mixed_bfloat16" if mixed else "float32"
            keras_layer = getattr(keras.layers, layer.keras_class)(name=layer.name, dtype=dtype, **arguments)
            made[layer.name] = keras_layer(given if isinstance(layer, Add) else given[0])
        return keras.Model(made[INPUT], made[self.layers[-1].name])

    def code(self, *, named: bool = False) -> str:
        """Keras code that builds the same network, in the style of the tutorials; its layers bear names if `named`."""
        if self.is_chain:
            rows = [f"    {_call(layer, named)}," for layer in self.layers]
            return "\n".join(["model = keras.Sequential([", f"    keras.Input({INPUT_SHAPE}),", *rows, "])"])
        rows = [f"{INPUT} = keras.Input({INPUT_SHAPE})"]
        for layer in self.layers:
            given = f"[{', '.join(layer.inputs)}]" if isinstance(layer, Add) else layer.inputs[0]
            rows.append(f"{layer.name} = {_call(layer, named)}({given})")
        return "\n".join([*rows, f"model = keras.Model({INPUT}, {self.layers[-1].name})"])

    def to_records(self) -> list[dict[str, Any]]:
        """The layers as plain data for a card."""
        return [{"kind": layer.kind} | asdict(layer) for layer in self.layers]

    @classmethod
    def from_records(cls, records: Sequence[dict[str, Any]]) -> "Network":
        """Undo `to_records`.

        Raises:
            InputError: a record has an unknown kind or setting.
        """
        layers = []
        for record in records:
            kind = KINDS.get(record.get("kind", ""))
            settings = {name: value for name, value in record.items() if name != "kind"}
            if kind is None or not settings.keys() <= {entry.name for entry in fields(kind)}:
                raise InputError(f"This is not a layer that the project knows: {json.dumps(record)[:200]}.")
            layers.append(kind(**settings | {"inputs": tuple(settings.get("inputs", ()))}))
        return cls(tuple(layers))


def _named(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Number the layers that have no name by their kind, and spell out which layer each reads."""
    counts: dict[str, int] = {}
    result: list[Layer] = []
    before = INPUT
    for layer in layers:
        counts[layer.kind] = counts.get(layer.kind, 0) + 1
        name = layer.name or f"{layer.kind}_{counts[layer.kind]}"
        values = {entry.name: getattr(layer, entry.name) for entry in fields(layer)}
        result.append(type(layer)(**values | {"name": name, "inputs": layer.inputs or (before,)}))
        before = name
    names = [layer.name for layer in result]
    if len({INPUT, *names}) != len(names) + 1:
        raise InputError("Two layers of a network have the same name; give each its own.")
    return tuple(result)


def _written(arguments: dict[str, Any]) -> str:
    return ", ".join(
        f"{name}={value.code() if isinstance(value, Initializer) else repr(value)}" for name, value in arguments.items()
    )


def _call(layer: Layer, named: bool) -> str:
    spelt = {
        name: value
        for name, value in layer.arguments().items()
        if not (name in layer.defaults and layer.defaults[name] == value)
    }
    if named:
        spelt["name"] = layer.name
    return f"keras.layers.{layer.keras_class}({_written(spelt)})"
