"""A foreign Keras model as a network of this project: 28×28×1 in, ten numbers out, one list of layers.

The layers are rebuilt with their weights. What the model does not take as it is given here gets layers in front:
padding, another range of pixels, another shape. Models within the model are taken apart, a layer that is used twice
becomes two with the same weights, and maps that come first are put last.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from digitlab.errors import ModelError
from digitlab.networks.form import Form, choose_output, clean, form_of
from digitlab.networks.found import Feed
from digitlab.networks.graph import CLASSES, INPUT, INPUT_SHAPE
from digitlab.networks.passes import LOGITS
from digitlab.words import message

if TYPE_CHECKING:
    import keras

_MAP_AXIS = ("BatchNormalization", "LayerNormalization", "Concatenate", "Normalization", "Softmax")
_SCALAR_OPERATIONS: dict[str, Callable[[float], tuple[float, float]]] = {
    "Add": lambda value: (1.0, value),
    "Subtract": lambda value: (1.0, -value),
    "Multiply": lambda value: (value, 0.0),
    "TrueDivide": lambda value: (1 / value, 0.0),
    "Divide": lambda value: (1 / value, 0.0),
}
_ACTIVATIONS = {
    "Relu": "relu",
    "Softmax": "softmax",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Elu": "elu",
    "Gelu": "gelu",
}


@dataclass(frozen=True)
class Canonical:
    """A rebuilt model.

    Attributes:
        model: 28×28×1 in, ten numbers out.
        core: the same from the padded picture on, before its range is changed.
        form: what the file's model takes.
        flattened: names of the models within it.
        shared: by a layer's name the one whose weights it has.
        channels_first: whether maps came first.
    """

    model: "keras.Model"
    core: "keras.Model"
    form: Form
    flattened: tuple[str, ...]
    shared: dict[str, str]
    channels_first: bool


def canonical(model: "keras.Model", file: str, output: str, feed: Feed) -> Canonical:
    """The rebuilt model.

    Args:
        model: as the file has it.
        file: its name, for sentences.
        output: one of `choose_output`'s.
        feed: what its first layer is given.

    Raises:
        ModelError: it takes several inputs, or does what layers here cannot.
    """
    from digitlab.backend import keras

    graph = _graph(model)
    if graph is None:
        raise ModelError(message("{file} is a subclassed Keras model, so its layers cannot be listed.", file=file))
    if len(graph.inputs) != 1:
        raise ModelError(
            message(
                "{file} takes {count} inputs. A network in DigitLab gets one image.", file=file, count=len(graph.inputs)
            )
        )
    walk = _Walk(file, any(layer.get_config().get("data_format") == "channels_first" for layer in _all_layers(graph)))
    form = form_of(tuple(graph.inputs[0].shape[1:]), file)
    picture = keras.Input(INPUT_SHAPE, name=INPUT)
    padded = given = walk.padded(picture, form)
    if not feed.as_it_is:
        given = walk.add(keras.layers.Rescaling, "pixels", given, scale=feed.scale, offset=feed.offset)
    found = walk.through(graph, [walk.shaped(given, form)])
    names = choose_output(model, file, output)[1]
    answer = found[names.index(output)]
    if answer.shape[1:] != (CLASSES,):
        answer = walk.add(keras.layers.Flatten, "answer", answer)
    return Canonical(
        keras.Model(picture, answer),
        keras.Model(padded, answer),
        form,
        tuple(walk.flattened),
        walk.shared,
        walk.channels_first,
    )


def _graph(model: Any) -> Any:
    """A Sequential's or functional model's graph; None of another model."""
    graph = getattr(model, "_functional", None) or model
    return graph if hasattr(graph, "_nodes_by_depth") else None


def _all_layers(graph: Any) -> Iterator[Any]:
    for layer in graph.layers:
        inner = _graph(layer)
        yield from _all_layers(inner) if inner is not None else [layer]


@dataclass
class _Walk:
    """Goes through a graph and calls a copy of each layer on the copies' outputs."""

    file: str
    channels_first: bool
    names: set[str] = field(default_factory=lambda: {INPUT, LOGITS})
    copies: dict[int, str] = field(default_factory=dict)  # by the original layer's id the first copy's name
    shared: dict[str, str] = field(default_factory=dict)
    flattened: list[str] = field(default_factory=list)
    laid_out: dict[int, tuple[Any, Any]] = field(default_factory=dict)  # tensors that hold an earlier one's numbers

    def padded(self, picture: Any, form: Form) -> Any:
        from digitlab.backend import keras

        if not form.padded:
            return picture
        first, last = form.padded // 2, form.padded - form.padded // 2
        return self.add(keras.layers.ZeroPadding2D, "padded", picture, padding=((first, last), (first, last)))

    def shaped(self, given: Any, form: Form) -> Any:
        """The padded picture in the shape that the model takes."""
        from digitlab.backend import keras

        if form.colours > 1:
            given = self.add(keras.layers.Concatenate, "colours", [given] * form.colours)
        if tuple(given.shape[1:]) == form.shape or (self.channels_first and len(form.shape) == 3):
            return given
        if len(form.shape) == 1:
            return self._same_numbers(self.add(keras.layers.Flatten, "row", given), given)
        return self._same_numbers(self.add(keras.layers.Reshape, "shape", given, target_shape=form.shape), given)

    def add(self, kind: Any, name: str, given: Any, **settings: Any) -> Any:
        """A layer that the file does not have, called on `given`."""
        return kind(name=self._name(name), **settings)(given)

    def through(self, graph: Any, tensors: list[Any]) -> list[Any]:
        """What a graph makes of tensors."""
        from digitlab.backend import keras

        values = {id(old): new for old, new in zip(graph.inputs, tensors, strict=True)}
        for depth in sorted(graph._nodes_by_depth, reverse=True):
            for node in graph._nodes_by_depth[depth]:
                if node.is_input or isinstance(node.operation, keras.layers.InputLayer):
                    continue
                args, kwargs = node.arguments.fill_in(values)
                made = self._called(node.operation, args, kwargs)
                values |= {id(old): new for old, new in zip(node.outputs, made, strict=True)}
        return [values[id(tensor)] for tensor in graph.outputs]

    def _called(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        from digitlab.backend import keras

        if isinstance(operation, keras.Model):
            graph = _graph(operation)
            if graph is None:
                raise ModelError(
                    message(
                        "{file} contains {name}, a subclassed Keras model, so its layers cannot be listed.",
                        file=self.file,
                        name=repr(operation.name[:64]),
                    )
                )
            if clean(operation.name) not in self.flattened:
                self.flattened.append(clean(operation.name))
            return self.through(graph, keras.tree.flatten(args))
        if not isinstance(operation, keras.layers.Layer):
            return [self._operation(operation, args, kwargs)]
        made: list[Any] = keras.tree.flatten(self._copied(operation, args, kwargs))
        if len(made) != 1:
            raise ModelError(
                message(
                    "{file} has a layer {layer} with {count} outputs. A layer in DigitLab has one.",
                    file=self.file,
                    layer=repr(operation.name[:64]),
                    count=len(made),
                )
            )
        return made

    def _copied(self, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        given: Any = args[0] if args else None
        kind = type(layer).__name__
        if kind in ("Flatten", "Reshape", "Permute"):
            given = self._turned_back(layer, given)
            shape = tuple(layer.compute_output_shape(given.shape))
            if kind != "Permute":
                given = self.laid_out.get(id(given), (given, given))[1]  # the same numbers, before they were laid out
                if shape == tuple(given.shape):
                    return given
            args = (given, *args[1:])
        name = self._name(layer.name)
        config = layer.get_config() | {"name": name, "dtype": "float32"}
        if self.channels_first:
            config = _channels_last(config, kind, given)
        weights = layer.get_weights()
        if kind == "Normalization" and (layer.input_mean is not None or not layer.axis):
            weights = [_for_each_map(values, given.shape[-1]) for values in (layer.mean, layer.variance)]
            weights.append(np.array(0))
            config |= {"mean": None, "variance": None, "axis": -1}
        copy = type(layer).from_config(config)
        made = copy(*args, **{key: value for key, value in kwargs.items() if key not in ("training", "mask")})
        if weights:
            copy.set_weights(weights)
        if hasattr(copy, "finalize_state"):
            copy.finalize_state()
        first = self.copies.setdefault(id(layer), name)
        if first != name and weights:
            self.shared[name] = first
        return self._same_numbers(made, given) if kind in ("Flatten", "Reshape") else made

    def _turned_back(self, layer: Any, given: Any) -> Any:
        """Maps first again, before a layer that lays numbers out in a row of this order."""
        from digitlab.backend import keras

        if (
            not self.channels_first
            or len(given.shape) != 4
            or layer.get_config().get("data_format") == "channels_first"
        ):
            return given
        return self.add(keras.layers.Permute, "maps_first", given, dims=(3, 1, 2))

    def _operation(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A function of Keras, such as `x / 255`, as a layer."""
        from digitlab.backend import keras

        kind = type(operation).__name__
        tensors = [value for value in args if isinstance(value, keras.KerasTensor)]
        numbers = [value for value in (*args, *kwargs.values()) if isinstance(value, int | float)]
        if kind == "Add" and len(tensors) == 2:
            return self.add(keras.layers.Add, "add", tensors)
        if kind in _SCALAR_OPERATIONS and len(tensors) == len(numbers) == 1:
            scale, offset = _SCALAR_OPERATIONS[kind](float(numbers[0]))
            if args[0] is tensors[0] or kind in ("Add", "Multiply"):
                return self.add(keras.layers.Rescaling, "rescaling", tensors[0], scale=scale, offset=offset)
            if kind == "Subtract":  # a number less x
                return self.add(keras.layers.Rescaling, "rescaling", tensors[0], scale=-scale, offset=-offset)
        if kind in _ACTIVATIONS and len(tensors) == 1:
            return self.add(keras.layers.Activation, kind.lower(), tensors[0], activation=_ACTIVATIONS[kind])
        raise ModelError(
            message(
                "{file} uses the function {name} outside a layer. DigitLab cannot show that.", file=self.file, name=kind
            )
        )

    def _same_numbers(self, made: Any, given: Any) -> Any:
        self.laid_out[id(made)] = (made, self.laid_out.get(id(given), (given, given))[1])
        return made

    def _name(self, name: str) -> str:
        """A name that can stand in an address and that no other layer has."""
        base = clean(name)
        found, number = base, 2
        while found in self.names:
            found, number = f"{base}_{number}", number + 1
        self.names.add(found)
        return found


def _for_each_map(values: Any, count: int) -> Any:
    return np.broadcast_to(np.asarray(values).reshape(-1), (count,))


def _channels_last(config: dict[str, Any], kind: str, given: Any) -> dict[str, Any]:
    """A layer's configuration for maps that come last."""
    changed = dict(config)
    if "data_format" in changed:
        changed["data_format"] = "channels_last"
    tensor = given[0] if isinstance(given, list | tuple) else given
    if kind in _MAP_AXIS and len(tensor.shape) == 4 and changed.get("axis") in (1, [1], (1,), -3):
        changed["axis"] = -1
    return changed
