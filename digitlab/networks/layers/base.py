"""What every layer record has, activations by name, and how a Keras layer's configuration is read."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from digitlab.networks.weights_file import LayerWeights
from digitlab.networks.windows import Span, Window
from digitlab.words import Message, message

Shape = tuple[int, ...]
Arrays = dict[str, NDArray[Any]]
Activation = Literal[
    "linear", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "tanh", "sigmoid", "softmax"
]
# What each does, as a sentence; digitlab/browser/activations.js computes them.
ACTIVATIONS: dict[Activation, Message | str] = {
    "linear": "",
    "relu": message("ReLU turns negative numbers into 0."),
    "leaky_relu": message("Leaky ReLU multiplies negative numbers by 0.2."),
    "elu": message("ELU bends negative numbers towards −1."),
    "selu": message("SELU multiplies by 1.05 and bends negative numbers towards −1.76."),
    "gelu": message("GELU multiplies each number by the share of a normal distribution below that number."),
    "silu": message("SiLU multiplies each number by its sigmoid."),
    "softplus": message("Softplus is a smooth ReLU: log(1 + eˣ)."),
    "tanh": message("Tanh maps each number to the range from −1 to 1."),
    "sigmoid": message("Sigmoid maps each number to the range from 0 to 1."),
    "softmax": message("Softmax turns the numbers into shares that add up to 1."),
}
ANSWERS: frozenset[str] = frozenset({"softmax", "sigmoid"})  # activations after which a number is a share, no logit

# Arguments that change how a layer learns or what it is called, and not what it computes.
_WITHOUT_EFFECT = ("name", "trainable", "dtype", "seed", "quantization_config", "autocast")
_WITHOUT_EFFECT_ENDS = ("_initializer", "_regularizer", "_constraint")


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer.

    Attributes:
        name: its name in the network; "" lets the network number it by its kind.
        inputs: names of the layers it reads; () means the one before it.
        shares: the layer whose weights it has, where a network uses one layer several times; "" for its own.
    """

    name: str = ""
    inputs: tuple[str, ...] = ()
    shares: str = ""

    kind: ClassVar[str]
    keras_class: ClassVar[str]
    title: ClassVar[Message | str]
    short: ClassVar[Message | str] = ""  # where the title is too long for a tile
    defaults: ClassVar[dict[str, Any]] = {}  # arguments that the code need not spell out
    reads: ClassVar[dict[str, str]] = {}  # which of Keras' arguments stands in which field
    usual: ClassVar[dict[str, Any]] = {}  # what all other arguments must be for a record to say everything
    takes: ClassVar[Literal["maps", "flat", "any"]] = "any"
    last_axis: ClassVar[bool] = False  # what it does to a number depends on which of the maps it stands in
    by_itself: ClassVar[bool] = False  # each number depends on its own number of the input alone
    passes: ClassVar[bool] = False  # the numbers are the input's own
    rests: ClassVar[bool] = False  # active only during training
    in_browser: ClassVar[bool] = True  # whether the browser computes it

    # --- Keras ---

    @property
    def class_name(self) -> str:
        """The Keras layer's class."""
        return self.keras_class

    def arguments(self) -> dict[str, Any]:
        """The Keras layer's arguments, the important one first."""
        return {argument: getattr(self, field) for argument, field in self.reads.items()}

    def code(self, *, named: bool = False) -> str:
        """The Keras code that makes the layer, with its name if `named`."""
        spelt = {
            name: value
            for name, value in self.arguments().items()
            if not (name in self.defaults and self.defaults[name] == value)
        }
        if named:
            spelt["name"] = self.name
        return f"keras.layers.{self.class_name}({_written(spelt)})"

    @classmethod
    def settings_of(cls, config: Mapping[str, Any], shape: Shape) -> dict[str, Any] | None:
        """This record's settings from a Keras layer's own; None where the layer does what no setting says.

        Args:
            config: the Keras layer's `get_config()`.
            shape: what the layer reads.
        """
        found: dict[str, Any] = {}
        for argument, given in config.items():
            if argument in _WITHOUT_EFFECT or argument.endswith(_WITHOUT_EFFECT_ENDS):
                continue
            value = _plain(argument, given, shape)
            if argument in cls.reads:
                if isinstance(value, tuple | list | dict) or (argument == "activation" and value not in ACTIVATIONS):
                    return None
                found[cls.reads[argument]] = value
            elif argument not in cls.usual or cls.usual[argument] != value:
                return None
        return found

    # --- shapes and sizes ---

    @property
    def reads_list(self) -> bool:
        """Whether the Keras layer is called with a list of what it reads."""
        return False

    @property
    def window(self) -> Window | None:
        """What moves over its input's maps, if anything does."""
        return None

    @property
    def step(self) -> float:
        """How far two neighbours of its output are apart in its input."""
        return self.window.stride if self.window else 1

    def before(self, span: Span, side: int, axis: int) -> Span:
        """What a span of its output reads of its input, along rows (axis 0) or columns (1) of so many numbers."""
        return self.window.before(side, span) if self.window else span

    def sees_all(self, shape: Shape) -> bool:
        """Whether one number depends on every place of its input."""
        return False

    def problem(self, *shapes: Shape) -> Message | None:
        """Why the layer cannot read layers of these shapes; None where it can."""
        if self.takes == "maps" and len(shapes[0]) != 3:
            return message("Layer {layer} needs maps, but its input is flat.", layer=self.name)
        if self.takes == "flat" and len(shapes[0]) != 1:
            return message("Layer {layer} needs a flat input. Put a flatten layer before {layer}.", layer=self.name)
        return None

    def output_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """Shapes of the layer's weights, trained or (moving averages) counted, in Keras' order."""
        return ()

    def parameters(self, shape: Shape) -> int:
        """The number of weights for an input of this shape; 0 where another layer keeps them."""
        return 0 if self.shares else sum(math.prod(weight) for weight in self.weight_shapes(shape))

    def multiply_adds(self, shape: Shape) -> int:
        """Multiplications (each with its addition) for one picture."""
        return 0

    # --- the page ---

    def sentence(self, *shapes: Shape) -> str:
        """What the layer does with input of these shapes, in one or two short sentences."""
        raise NotImplementedError

    def packed(self, weights: LayerWeights) -> tuple[dict[str, Any], Arrays]:
        """Its settings and arrays for the browser."""
        return {}, {}


@dataclass(frozen=True)
class Initializer:
    """A Keras initializer by class name and arguments, so that it can be made and written as code."""

    keras_class: str
    arguments: dict[str, Any]

    def code(self) -> str:
        return f"keras.initializers.{self.keras_class}({_written(self.arguments)})"


def initial(stddev: float | None, bias: float) -> dict[str, Any]:
    """Arguments for first weights from a normal distribution, and first biases of one value."""
    arguments: dict[str, Any] = {}
    if stddev is not None:
        arguments["kernel_initializer"] = Initializer("TruncatedNormal", {"stddev": stddev})
    if bias:
        arguments["bias_initializer"] = Initializer("Constant", {"value": bias})
    return arguments


def bias_of(rest: Sequence[NDArray[Any]], count: int) -> NDArray[Any]:
    """The bias among a layer's arrays after its kernels, or zeros."""
    return rest[0] if rest else np.zeros(count)


def shape_text(shape: Shape) -> str:
    """26×26×32, or 128."""
    return "×".join(f"{side:,}" for side in shape)


def _plain(argument: str, value: Any, shape: Shape) -> Any:
    """3 for (3, 3), -1 for the last axis, "relu" for Keras' own word for it."""
    if isinstance(value, list | tuple) and value and all(part == value[0] for part in value):
        value = value[0]
    if argument == "axis" and value == len(shape):
        return -1
    return {"swish": "silu"}.get(value, value) if isinstance(value, str) else value


def _written(arguments: dict[str, Any]) -> str:
    return ", ".join(
        f"{name}={value.code() if isinstance(value, Initializer) else repr(value)}" for name, value in arguments.items()
    )
