"""A network as a list of layer records.

Everything that describes a network is made from these records (`layers`): the Keras model, its shapes, parameters and
multiply-adds, and the Keras code a reader can copy.
"""

import json
import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from digitlab.errors import InputError
from digitlab.networks.layers import ANSWERS, KINDS, Initializer, Layer, Other, Shape
from digitlab.words import message

if TYPE_CHECKING:
    import keras

Precision = Literal["float32", "bfloat16"]

_NO_DEFAULT = object()
# Settings that the first release does not know: written where they are not what it took for granted.
_NEWER: dict[str, Any] = {"shares": "", "epsilon": 0.001}

INPUT_SHAPE: Shape = (28, 28, 1)
INPUT = "input"
CLASSES = 10


@dataclass(frozen=True)
class Network:
    """Layers in the order in which they are computed; the last one answers.

    Raises:
        InputError: a layer cannot stand where it stands; the sentence names it.
    """

    layers: tuple[Layer, ...] = field()

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", named(self.layers))
        self.shapes  # noqa: B018  checks every layer against its input
        if self.shapes[self.layers[-1].name] != (CLASSES,):
            raise InputError(
                message("The last layer must give {classes} numbers, one for each digit.", classes=CLASSES)
            )

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """Output shape of every layer by name, with "input" first."""
        shapes: dict[str, Shape] = {INPUT: INPUT_SHAPE}
        for layer in self.layers:
            shapes[layer.name] = shape_after(layer, shapes)
        return shapes

    def input_shape(self, layer: Layer) -> Shape:
        return self.shapes[layer.inputs[0]]

    def input_shapes(self, layer: Layer) -> tuple[Shape, ...]:
        """Shapes of all that a layer reads."""
        return tuple(self.shapes[name] for name in layer.inputs)

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
    def last_activation(self) -> str:
        """What the ten numbers went through last, also where layers come after that only lay them out."""
        layers = {layer.name: layer for layer in self.layers}
        last = self.layers[-1]
        while last.passes and last.inputs[0] in layers:
            last = layers[last.inputs[0]]
        return str(getattr(last, "activation", "linear"))

    @property
    def gives_logits(self) -> bool:
        """Whether the network leaves out softmax (or sigmoid) at its end."""
        return self.last_activation not in ANSWERS

    @property
    def is_chain(self) -> bool:
        """Whether every layer reads just the previous layer."""
        before = [INPUT, *(layer.name for layer in self.layers)]
        return all(layer.inputs == (name,) for layer, name in zip(self.layers, before, strict=False))

    def followers(self, name: str) -> list[Layer]:
        """The layers after this one, in order, that change each number by itself and alone read what comes before."""
        found: list[Layer] = []
        while True:
            readers = [layer for layer in self.layers if name in layer.inputs]
            if len(readers) != 1 or not readers[0].by_itself:
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
            if isinstance(layer, Other) and layer.settings is None:
                raise InputError(
                    message(
                        "Layer {layer} is a {name}, which DigitLab cannot build.",
                        layer=layer.name,
                        name=layer.layer_class,
                    )
                )
            arguments = {
                name: getattr(keras.initializers, value.keras_class)(**value.arguments)
                if isinstance(value, Initializer)
                else value
                for name, value in layer.arguments().items()
            }
            given = [made[name] for name in layer.inputs]
            mixed = precision == "bfloat16" and layer is not self.layers[-1]
            dtype = "mixed_bfloat16" if mixed else "float32"
            keras_layer = getattr(keras.layers, layer.class_name)(name=layer.name, dtype=dtype, **arguments)
            made[layer.name] = keras_layer(given if layer.reads_list else given[0])
        return keras.Model(made[INPUT], made[self.layers[-1].name])

    def code(self, *, named: bool = False) -> str:
        """Keras code that builds the same network, in the style of the tutorials; its layers bear names if `named`."""
        if self.is_chain and not any(layer.shares for layer in self.layers):
            rows = [f"    {layer.code(named=named)}," for layer in self.layers]
            return "\n".join(["model = keras.Sequential([", f"    keras.Input({INPUT_SHAPE}),", *rows, "])"])
        names = _identifiers([INPUT, *(layer.name for layer in self.layers)])
        shared = {layer.shares for layer in self.layers if layer.shares}
        rows = [f"{names[INPUT]} = keras.Input({INPUT_SHAPE})"]
        for layer in self.layers:
            given = ", ".join(names[name] for name in layer.inputs)
            made = f"shared_{names[layer.shares]}" if layer.shares else layer.code(named=named)
            if layer.name in shared:
                rows.append(f"shared_{names[layer.name]} = {made}")
                made = f"shared_{names[layer.name]}"
            rows.append(f"{names[layer.name]} = {made}({f'[{given}]' if layer.reads_list else given})")
        return "\n".join([*rows, f"model = keras.Model({names[INPUT]}, {names[self.layers[-1].name]})"])

    def to_records(self) -> list[dict[str, Any]]:
        """The layers as plain data for a card."""
        return [
            {"kind": layer.kind}
            | {name: value for name, value in asdict(layer).items() if _NEWER.get(name, _NO_DEFAULT) != value}
            for layer in self.layers
        ]

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
                raise InputError(
                    message("DigitLab does not know this layer: {record}.", record=json.dumps(record)[:200])
                )
            layers.append(kind(**settings | {"inputs": tuple(settings.get("inputs", ()))}))
        return cls(tuple(layers))


def shape_after(layer: Layer, shapes: Mapping[str, Shape]) -> Shape:
    """The output's shape of a layer.

    Args:
        layer: with its name and inputs.
        shapes: of what comes before it, by name.

    Raises:
        InputError: the layer cannot stand there.
    """
    given = tuple(shapes[name] for name in layer.inputs if name in shapes)
    if len(given) < len(layer.inputs):
        raise InputError(message("Layer {layer} reads a layer that does not come before it.", layer=layer.name))
    if problem := layer.problem(*given):
        raise InputError(problem)
    result = layer.output_shape(*given)
    if min(result) < 1:
        raise InputError(
            message(
                "Layer {layer} has a window larger than its {height}×{width} input.",
                layer=layer.name,
                height=given[0][0],
                width=given[0][1],
            )
        )
    return result


def named(layers: Sequence[Layer]) -> tuple[Layer, ...]:
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
        raise InputError(message("Two layers have the same name. Give each layer its own name."))
    return tuple(result)


def _identifiers(names: Sequence[str]) -> dict[str, str]:
    """A Python name for each layer's, all different."""
    found: dict[str, str] = {}
    for name in names:
        text = re.sub(r"\W", "_", name, flags=re.ASCII)
        text = f"layer_{text}" if not text.isidentifier() or keyword.iskeyword(text) or text == "keras" else text
        while text in found.values():
            text += "_"
        found[name] = text
    return found
