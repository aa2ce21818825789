"""One's own Keras model among the others: checked, read into layer records, measured, and put beside the trained ones.

A model file can hold code. Keras' safe mode refuses to run it, and whoever runs the server does this, never the page.
"""

import json
import os
import re
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from digitlab import home
from digitlab.data import mnist
from digitlab.errors import ModelError
from digitlab.networks import zoo
from digitlab.networks.graph import CLASSES, INPUT, INPUT_SHAPE, Network
from digitlab.networks.layers import (
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
    Other,
    Relu,
)
from digitlab.networks.passes import LOGITS
from digitlab.networks.predictor import Predictor

if TYPE_CHECKING:
    import keras

IMPORTED = "imported"  # the card's recipe
_LAYER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def import_file(path: Path, name: str = "") -> dict[str, Any]:
    """Add a .keras file to the models in DIGITLAB_HOME; returns its card.

    Args:
        path: the file.
        name: what it is called here; "" for the file's name.

    Raises:
        ModelError: it cannot be opened safely, is not 28×28×1 in and ten numbers out, or the name is taken.
    """
    label = name or re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")
    if not zoo.is_name(label):
        raise ModelError(f"{label[:64]!r} is not a model's name; give --name with small letters, digits and hyphens.")
    if any((folder / f"{label}.json").exists() for folder in (home.SHIPPED_MODELS, home.trained_models())):
        raise ModelError(f"There is a model {label!r} already; give another name with --name.")
    model = _opened(path)
    network = read_network(model, path.name)
    predictor = Predictor(model, network)
    data = mnist.load()
    probabilities = predictor.probabilities(mnist.scaled(data.x_test))
    right = np.maximum(probabilities[np.arange(len(data.y_test)), data.y_test], 1e-7)
    card = {
        "name": label,
        "recipe": IMPORTED,
        "summary": f"Imported from {path.name}",
        "article": "",
        "published": {},
        "quirks": ["It was trained elsewhere, and nobody here knows on what."],
        "command": f"python -m digitlab import {path.name}",
        "parameters": network.parameters,
        "multiply_adds": network.multiply_adds,
        "test": {
            "accuracy": float((probabilities.argmax(axis=1) == data.y_test).mean()),
            "loss": float(-np.log(right).mean()),
        },
        "epochs": [],
        "settings": {},
        "abstain": None,
        "trained": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {package: version(package) for package in ("tensorflow", "keras", "numpy")},
        "sha256": zoo.weights_hash(model),
        "network": network.to_records(),
    }
    _write(home.trained_models(), label, model, card)
    return card


def _opened(path: Path) -> "keras.Model":
    from digitlab.backend import keras

    if not path.is_file():
        raise ModelError(f"{path.name} is not there; give the path of a .keras file.")
    if path.suffix != ".keras":
        raise ModelError(f"{path.name} is not a .keras file; save the model with model.save('NAME.keras').")
    try:
        model: keras.Model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception:  # Keras, zipfile and h5py each raise their own kinds
        raise ModelError(
            f"{path.name} cannot be opened safely: it is damaged, or holds code of its own such as a Lambda layer."
        ) from None
    shapes = [tuple(tensor.shape) for tensor in [*(model.inputs or []), *(model.outputs or [])]]
    if shapes != [(None, *INPUT_SHAPE), (None, CLASSES)]:
        found = " and ".join("×".join(str(side) for side in shape[1:]) for shape in shapes) or "nothing fixed"
        raise ModelError(f"{path.name} must take 28×28×1 and give {CLASSES} numbers; it has {found}.")
    return model


def read_network(model: "keras.Model", file: str = "The model") -> Network:
    """A Keras graph as layer records; layers that have no record of their own become `Other`.

    Raises:
        ModelError: a layer is used twice, or its name or shape cannot be used here.
    """
    from digitlab.backend import keras

    graph = getattr(model, "_functional", None) or model
    if not hasattr(graph, "_nodes_by_depth"):
        raise ModelError(f"{file} is neither a Sequential nor a functional model, so its layers cannot be listed.")
    every = [node for nodes in graph._nodes_by_depth.values() for node in nodes]
    made_by = {id(tensor): INPUT for tensor in graph.inputs}  # the tensor: the layer that gives it
    records: list[Layer] = []
    for layer in graph.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        nodes = [node for node in every if node.operation is layer]
        if len(nodes) != 1 or len(nodes[0].output_tensors) != 1:
            raise ModelError(f"{file} uses the layer {layer.name[:64]!r} more than once, which cannot be shown here.")
        if not _LAYER_NAME.fullmatch(layer.name) or layer.name in (INPUT, LOGITS):
            raise ModelError(f"{file} has a layer named {layer.name[:64]!r}; give it another name.")
        (node,) = nodes
        inputs = tuple(made_by[id(tensor)] for tensor in node.input_tensors)
        shape = tuple(node.output_tensors[0].shape[1:])
        if not shape or any(side is None for side in shape) or len(shape) not in (1, 3):
            raise ModelError(f"{file} has a layer {layer.name!r} that gives neither maps nor a row of numbers.")
        record = _known(layer, len(node.input_tensors[0].shape) - 1)
        settings = record or (Other, _unknown(layer, shape))
        records.append(settings[0](name=layer.name, inputs=inputs, **settings[1]))
        made_by[id(node.output_tensors[0])] = layer.name
    if not records or records[-1].name != made_by.get(id(graph.outputs[0])):
        raise ModelError(f"{file} does not end with its last layer, which cannot be shown here.")
    return Network(tuple(records))


def _activation(layer: Any) -> str:
    from digitlab.backend import keras

    return str(keras.activations.serialize(layer.activation)) if hasattr(layer, "activation") else "linear"


def _unknown(layer: Any, shape: tuple[int, ...]) -> dict[str, Any]:
    softmax = type(layer).__name__ == "Softmax" or _activation(layer) == "softmax"
    return {
        "layer_class": type(layer).__name__,
        "gives": shape,
        "count": int(layer.count_params()),
        "activation": "softmax" if softmax else "linear",
    }


def _known(layer: Any, rank: int) -> tuple[type[Layer], dict[str, Any]] | None:
    """The record's kind and settings; None where no record says what this layer does."""
    activation = _activation(layer)
    plain = activation in ("linear", "relu", "softmax")
    match type(layer).__name__:
        case "Conv2D":
            square = len(set(layer.kernel_size)) == 1 and len(set(layer.strides)) == 1
            usual = layer.dilation_rate == (1, 1) and layer.groups == 1 and layer.data_format == "channels_last"
            if square and usual and plain and activation != "softmax" and layer.padding in ("valid", "same"):
                return Conv, {
                    "filters": layer.filters,
                    "kernel": layer.kernel_size[0],
                    "stride": layer.strides[0],
                    "padding": layer.padding,
                    "activation": activation,
                    "use_bias": layer.use_bias,
                }
        case "Dense" if rank == 1 and plain:
            return Dense, {"units": layer.units, "activation": activation, "use_bias": layer.use_bias}
        case "MaxPooling2D" | "AveragePooling2D":
            if len({*layer.pool_size, *layer.strides}) == 1 and layer.data_format == "channels_last":
                kind = MaxPool if type(layer).__name__ == "MaxPooling2D" else AveragePool
                return kind, {"size": layer.pool_size[0], "padding": layer.padding}
        case "GlobalAveragePooling2D" if not layer.keepdims and layer.data_format == "channels_last":
            return GlobalAveragePool, {}
        case "BatchNormalization":
            axis = layer.axis if isinstance(layer.axis, int) else layer.axis[0]
            if layer.center and layer.scale and axis in (-1, rank):
                return BatchNorm, {"momentum": layer.momentum}
        case "ReLU" if layer.max_value is None and not layer.negative_slope and not layer.threshold:
            return Relu, {}
        case "Activation" if activation == "relu":
            return Relu, {}
        case "Dropout":
            return Dropout, {"rate": layer.rate}
        case "Flatten" if layer.data_format == "channels_last":
            return Flatten, {}
        case "Add":
            return Add, {}
    return None


def _write(folder: Path, name: str, model: "keras.Model", card: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as scratch:
        weights, text = Path(scratch) / f"{name}.keras", Path(scratch) / f"{name}.json"
        model.save(weights)
        text.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(weights, folder / weights.name)
        os.replace(text, folder / text.name)  # the card last: a model is there once its card is
