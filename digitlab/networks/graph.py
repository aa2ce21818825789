"""A network as a list of layer records.

Everything that describes a network is made from these records (`layers`): the Keras model, its shapes, parameters and
multiply-adds, and the Keras code a reader can copy.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from digitlab.errors import InputError
from digitlab.networks.layers import (
    KINDS,
    Add,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    GlobalAveragePool,
    Initializer,
    Layer,
    Other,
    Pool,
    Relu,
    Shape,
)

if TYPE_CHECKING:
    import keras

Precision = Literal["float32", "bfloat16"]

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
            rows = [f"    {layer.code(named=named)}," for layer in self.layers]
            return "\n".join(["model = keras.Sequential([", f"    keras.Input({INPUT_SHAPE}),", *rows, "])"])
        rows = [f"{INPUT} = keras.Input({INPUT_SHAPE})"]
        for layer in self.layers:
            given = f"[{', '.join(layer.inputs)}]" if isinstance(layer, Add) else layer.inputs[0]
            rows.append(f"{layer.name} = {layer.code(named=named)}({given})")
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
