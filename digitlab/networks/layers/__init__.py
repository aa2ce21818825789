"""Layer records: what each kind of layer is, once.

A record names the Keras layer it stands for and its arguments; shapes, parameters, multiply-adds, the Keras layer, its
code, its sentence and what the browser needs of it are all made from the record. Shapes are (height, width, channels)
or (units,), without the batch. A new kind of layer is a record here, among KINDS, and an entry in
digitlab/browser/more_layers.js or digitlab/browser/elementwise.js.
"""

from collections.abc import Mapping
from typing import Any

from digitlab.networks.layers.base import (
    ACTIVATIONS,
    ANSWERS,
    Activation,
    Arrays,
    Initializer,
    Layer,
    Shape,
    shape_text,
)
from digitlab.networks.layers.foreign import Foreign, Other, Rests
from digitlab.networks.layers.scaling import (
    Activate,
    BatchNorm,
    Dropout,
    Elu,
    LayerNorm,
    LeakyRelu,
    Normalize,
    Relu,
    Rescale,
    Softmax,
)
from digitlab.networks.layers.shaping import (
    Add,
    AveragePool,
    Concatenate,
    Flatten,
    GlobalAveragePool,
    GlobalMaxPool,
    MaxPool,
    Pool,
    Reshape,
    UpSample,
    ZeroPad,
)
from digitlab.networks.layers.weighted import Conv, Convolution, Dense, DepthwiseConv, SeparableConv

__all__ = [
    "ACTIVATIONS",
    "ANSWERS",
    "KINDS",
    "Activate",
    "Activation",
    "Add",
    "Arrays",
    "AveragePool",
    "BatchNorm",
    "Concatenate",
    "Conv",
    "Convolution",
    "Dense",
    "DepthwiseConv",
    "Dropout",
    "Elu",
    "Flatten",
    "Foreign",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "Initializer",
    "Layer",
    "LayerNorm",
    "LeakyRelu",
    "MaxPool",
    "Normalize",
    "Other",
    "Pool",
    "Relu",
    "Rescale",
    "Reshape",
    "Rests",
    "SeparableConv",
    "Shape",
    "Softmax",
    "UpSample",
    "ZeroPad",
    "record_of",
    "shape_text",
]  # fmt: skip

KINDS: dict[str, type[Layer]] = {
    kind.kind: kind
    for kind in (
        Conv, DepthwiseConv, SeparableConv, Dense,
        MaxPool, AveragePool, GlobalAveragePool, GlobalMaxPool, UpSample, ZeroPad, Flatten, Reshape,
        Add, Concatenate,
        BatchNorm, LayerNorm, Normalize, Rescale, Relu, LeakyRelu, Elu, Activate, Softmax, Dropout,
        Rests, Other,
    )
}  # fmt: skip

_BY_CLASS = {kind.keras_class: kind for kind in KINDS.values() if not issubclass(kind, Foreign)}
_OF_THEIR_OWN: dict[str, type[Layer]] = {"relu": Relu, "softmax": Softmax}  # activations with a record


def record_of(keras_class: str, config: Mapping[str, Any], shape: Shape) -> tuple[type[Layer], dict[str, Any]] | None:
    """The record's kind and settings for a Keras layer; None where no record says what the layer does.

    Args:
        keras_class: the layer's class.
        config: its `get_config()`.
        shape: what it reads, as Keras has it.
    """
    kind = _BY_CLASS.get(keras_class)
    if kind is Activate and (own := _OF_THEIR_OWN.get(str(config["activation"]))):
        return own, {}
    if kind is None or (kind.takes == "maps" and len(shape) != 3) or (kind.takes == "flat" and len(shape) != 1):
        return None
    if kind.last_axis and len(shape) == 2:  # rows without maps, which are shown as one map
        return None
    settings = kind.settings_of(config, shape)
    return None if settings is None else (kind, settings)
