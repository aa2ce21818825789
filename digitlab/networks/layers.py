"""Layer records: what each kind of layer is, once.

A record names the Keras layer it stands for and its arguments; shapes, parameters, multiply-adds, the Keras layer
and its code are all made from it. Shapes are (height, width, channels) or (units,), without the batch.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Shape = tuple[int, ...]
Padding = Literal["valid", "same"]
Activation = Literal["linear", "relu", "softmax"]


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

    def code(self, *, named: bool = False) -> str:
        """The Keras code that makes it, with its name if `named`."""
        spelt = {
            name: value
            for name, value in self.arguments().items()
            if not (name in self.defaults and self.defaults[name] == value)
        }
        if named:
            spelt["name"] = self.name
        return f"keras.layers.{self.keras_class}({_written(spelt)})"

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
        return (math.prod(shape),)


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


def _written(arguments: dict[str, Any]) -> str:
    return ", ".join(
        f"{name}={value.code() if isinstance(value, Initializer) else repr(value)}" for name, value in arguments.items()
    )
