"""Layers of imported models that no record describes: known by their Keras class and what came out of them."""

from dataclasses import dataclass
from typing import Any, ClassVar

from digitlab.networks.layers.base import Activation, Layer, Shape
from digitlab.words import Message, _, message

Settings = tuple[tuple[str, Any], ...]  # names and values


@dataclass(frozen=True, kw_only=True)
class Foreign(Layer):
    """What both kinds have in common.

    Attributes:
        layer_class: the Keras class.
        settings: its arguments where they are not Keras' defaults; None where the layer cannot be made from such.
    """

    keras_class = "Layer"
    title: ClassVar[Message | str] = message("Other layer")

    layer_class: str
    settings: Settings | None = None

    def __post_init__(self) -> None:
        if self.settings is not None:
            object.__setattr__(self, "settings", _tuples(self.settings))  # a card's JSON has lists

    @property
    def class_name(self) -> str:
        return self.layer_class

    def arguments(self) -> dict[str, Any]:
        return dict(self.settings or ())


@dataclass(frozen=True, kw_only=True)
class Rests(Foreign):
    """A layer that varies the numbers while a network learns, as random rotation does, and else passes them on."""

    kind = "rests"
    title = message("Training only")
    by_itself = True
    passes = True
    rests = True

    def sentence(self, *shapes: Shape) -> str:
        return _("{name} is active only during training. The numbers pass unchanged.", name=self.layer_class)


@dataclass(frozen=True, kw_only=True)
class Other(Foreign):
    """Any other layer.

    Attributes:
        gives: its output shape.
        count: its parameters.
        activation: "softmax" where it gives probabilities.
        many: whether it is called with a list of what it reads.
    """

    kind = "other"
    in_browser: ClassVar[bool] = False

    gives: Shape
    count: int
    activation: Activation = "linear"
    many: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "gives", tuple(self.gives))

    @property
    def reads_list(self) -> bool:
        return self.many or len(self.inputs) > 1

    def sees_all(self, shape: Shape) -> bool:
        return True

    def output_shape(self, *shapes: Shape) -> Shape:
        return self.gives

    def parameters(self, shape: Shape) -> int:
        return 0 if self.shares else self.count

    def sentence(self, *shapes: Shape) -> str:
        return _("A layer of the class {name}, which DigitLab does not describe.", name=self.layer_class)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(part) for part in value) if isinstance(value, list | tuple) else value
