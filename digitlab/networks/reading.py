"""A Keras graph as layer records."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from digitlab.errors import ModelError
from digitlab.networks.graph import INPUT, Network
from digitlab.networks.layers import Layer, Other, Rests, Shape, Softmax, record_of
from digitlab.networks.passes import LOGITS
from digitlab.words import Message, message

if TYPE_CHECKING:
    import keras

_THIS = message("The model")
_LAYER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
# Layers that vary numbers while a network learns; those called Random… are known by that.
_VARYING = {
    "ActivityRegularization", "AlphaDropout", "AugMix", "CutMix", "GaussianDropout", "GaussianNoise", "Identity",
    "MixUp", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
}  # fmt: skip


def read_network(model: "keras.Model", file: str | Message = _THIS, shared: Mapping[str, str] | None = None) -> Network:
    """The layers of a functional or Sequential model; those that no record describes become `Other`.

    Args:
        model: 28×28×1 in, ten numbers out, each layer used once.
        file: what it came from, for sentences.
        shared: by a layer's name the one whose weights it has.

    Raises:
        ModelError: a layer is used twice, or its name or shape cannot be used here.
    """
    from digitlab.backend import keras

    graph = getattr(model, "_functional", None) or model
    every = [node for nodes in graph._nodes_by_depth.values() for node in nodes]
    made_by = {id(tensor): INPUT for tensor in graph.inputs}  # the tensor: the layer that gives it
    records: list[Layer] = []
    for layer in graph.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        nodes = [node for node in every if node.operation is layer]
        if len(nodes) != 1 or len(nodes[0].output_tensors) != 1:
            raise ModelError(
                message(
                    "{file} uses the layer {layer} more than once. DigitLab cannot show that.",
                    file=file,
                    layer=repr(layer.name[:64]),
                )
            )
        if not _LAYER_NAME.fullmatch(layer.name) or layer.name in (INPUT, LOGITS):
            raise ModelError(
                message("{file} has a layer named {layer}. Rename this layer.", file=file, layer=repr(layer.name[:64]))
            )
        (node,) = nodes
        inputs = tuple(made_by[id(tensor)] for tensor in node.input_tensors)
        record = _record(layer, node, file)
        records.append(replace(record, name=layer.name, inputs=inputs, shares=(shared or {}).get(layer.name, "")))
        made_by[id(node.output_tensors[0])] = layer.name
    if not records or records[-1].name != made_by.get(id(graph.outputs[0])):
        raise ModelError(
            message("The answer of {file} does not come from its last layer. DigitLab cannot show that.", file=file)
        )
    return Network(tuple(records))


def _record(layer: Any, node: Any, file: str | Message) -> Layer:
    reads, gives = (tuple(tensors[0].shape[1:]) for tensors in (node.input_tensors, node.output_tensors))
    if any(side is None for side in gives) or len(gives) not in (1, 2, 3):
        raise ModelError(
            message(
                "{file} has a layer {layer} that gives neither maps nor a row of numbers.",
                file=file,
                layer=repr(layer.name[:64]),
            )
        )
    keras_class, config = type(layer).__name__, layer.get_config()
    if found := record_of(keras_class, config, reads):
        kind, settings = found
        return kind(**settings)
    own = _own_settings(layer, config)
    if reads == gives and (keras_class.startswith("Random") or keras_class in _VARYING):
        return Rests(layer_class=keras_class, settings=own)
    return Other(
        layer_class=keras_class,
        settings=own,
        gives=_shown(gives),
        count=int(layer.count_params()),
        activation="softmax"
        if keras_class == Softmax.keras_class or config.get("activation") == "softmax"
        else "linear",
        many=bool(node.arguments.args) and isinstance(node.arguments.args[0], list | tuple),
    )


def _shown(shape: Shape) -> Shape:
    """Rows without maps, as a recurrent layer gives, are shown as one map."""
    return (*shape, 1) if len(shape) == 2 else shape


def _own_settings(layer: Any, config: Mapping[str, Any]) -> tuple[tuple[str, Any], ...] | None:
    """The arguments that are not Keras' defaults; None where one is more than a number, a word or a list of such."""
    found = []
    for name, parameter in inspect.signature(type(layer).__init__).parameters.items():
        value = config.get(name)
        if name not in config or name.endswith(("_initializer", "_constraint", "_regularizer")) or name == "seed":
            continue
        if value == parameter.default or (isinstance(value, list | tuple) and list(value) == parameter.default):
            continue
        if not _is_plain(value):
            return None
        found.append((name, value))
    return tuple(found)


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(part) for part in value)
    return value is None or isinstance(value, bool | int | float | str)
