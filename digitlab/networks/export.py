"""A network's weights as bytes for the browser.

Layout: "DGLB", the header's length (uint32, little-endian), the header (JSON, padded with spaces so that what follows
is aligned to 4 bytes), then the arrays one after the other. The header lists the layers in order; each array stands
there with its number type, shape and offset from the first array, in bytes. Kernels have Keras' own axes: [rows,
columns, channels in, channels out] and [units in, units out].

Two forms of one network:
- to answer: dropout is left out, batch normalisation is folded into the layer before it, ReLU rides on the layer before
  it, and large kernels travel as float16;
- exact: one record for each layer and float32 throughout, so that every activation is the network's own.
"""

import json
import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import InputError
from digitlab.networks.graph import Network
from digitlab.networks.layers import BatchNorm, Conv, Dense, Dropout, Layer, Pool, Relu

if TYPE_CHECKING:
    import keras

FORMAT = 1  # the page refuses any other
MAGIC = b"DGLB"
HALF_FROM = 4096  # kernels with at least so many numbers travel as float16: the small ones save little and cost most


@dataclass
class _Step:
    """One thing the browser does: a layer with what was folded into it."""

    kind: str
    name: str
    inputs: list[str]
    shape: tuple[int, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def can_take(self, layer: Layer) -> bool:
        """Whether a layer that follows directly can be folded in."""
        if self.settings.get("activation", "linear") != "linear":
            return False
        if isinstance(layer, BatchNorm):
            return "kernel" in self.arrays
        return self.kind in ("conv", "dense", "batch_norm", "add")


def pack_layer(model: "keras.Model", network: Network, name: str) -> bytes:
    """One layer and its followers in the exact form: what it takes to examine one of its numbers.

    Raises:
        InputError: the network has no such layer.
    """
    layers = [layer for layer in network.layers if layer.name == name]
    if not layers:
        raise InputError(f"There is no layer {name[:64]!r} in this network.")
    return _write([_exact(layer, network, model) for layer in [*layers, *network.followers(name)]], network, None)


def pack(model: "keras.Model", network: Network, *, exact: bool = False) -> bytes:
    """The network with its weights, in the module's format.

    Args:
        model: a Keras model whose layers bear the names of the network's records.
        network: what the model is made of.
        exact: one record a layer and float32, instead of the folded form.
    """
    steps: list[_Step] = []
    made_by: dict[str, _Step] = {}  # the layer's name: the step whose output is the layer's
    readers = Counter(name for layer in network.layers for name in layer.inputs)
    for layer in network.layers:
        before = made_by.get(layer.inputs[0])
        alone = readers[layer.inputs[0]] == 1  # nobody else wants the value before this layer
        if not exact and before and isinstance(layer, Dropout):
            # What dropout passes on has one more reader than the step it came from.
            readers[layer.name] += readers[layer.inputs[0]] - 1
            made_by[layer.name] = before
        elif not exact and before and alone and isinstance(layer, BatchNorm) and before.can_take(layer):
            scale, shift = _scale_and_shift(model.get_layer(layer.name))
            before.arrays["kernel"] = before.arrays["kernel"] * scale
            before.arrays["bias"] = before.arrays["bias"] * scale + shift
            made_by[layer.name] = before
        elif not exact and before and alone and isinstance(layer, Relu) and before.can_take(layer):
            before.settings["activation"] = "relu"
            made_by[layer.name] = before
        else:
            inputs = [made_by[name].name if name in made_by else name for name in layer.inputs]
            step = _Step(layer.kind, layer.name, inputs, network.shapes[layer.name], *_parts(layer, model))
            steps.append(step)
            made_by[layer.name] = step
    return _write(steps, network, half_from=None if exact else HALF_FROM)


def _exact(layer: Layer, network: Network, model: "keras.Model") -> _Step:
    return _Step(layer.kind, layer.name, list(layer.inputs), network.shapes[layer.name], *_parts(layer, model))


def _parts(layer: Layer, model: "keras.Model") -> tuple[dict[str, Any], dict[str, NDArray[np.float64]]]:
    """A layer's settings and arrays for its record."""
    keras_layer = model.get_layer(layer.name)
    if isinstance(layer, Conv | Dense):
        kernel = np.asarray(keras_layer.kernel, np.float64)
        bias = np.asarray(keras_layer.bias, np.float64) if layer.use_bias else np.zeros(kernel.shape[-1])
        settings: dict[str, Any] = {"activation": layer.activation}
        if isinstance(layer, Conv):
            settings |= {"kernel": layer.kernel, "stride": layer.stride, "padding": layer.padding}
        return settings, {"kernel": kernel, "bias": bias}
    if isinstance(layer, BatchNorm):
        scale, shift = _scale_and_shift(keras_layer)
        return {"activation": "linear"}, {"scale": scale, "shift": shift}
    if isinstance(layer, Pool):
        return {"size": layer.size, "padding": layer.padding}, {}
    return ({"activation": "linear"} if layer.kind == "add" else {}), {}


def _scale_and_shift(batch_norm: "keras.layers.BatchNormalization") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a trained batch normalisation does to a channel: times a number, plus a number."""
    variance = np.asarray(batch_norm.moving_variance, np.float64)
    mean = np.asarray(batch_norm.moving_mean, np.float64)
    scale = 1 / np.sqrt(variance + batch_norm.epsilon)
    if batch_norm.scale:
        scale = scale * np.asarray(batch_norm.gamma, np.float64)
    shift = -mean * scale
    if batch_norm.center:
        shift = shift + np.asarray(batch_norm.beta, np.float64)
    return scale, shift


def _write(steps: list[_Step], network: Network, half_from: int | None) -> bytes:
    body = bytearray()
    records = []
    for step in steps:
        arrays = {}
        for name, array in step.arrays.items():
            half = half_from is not None and name == "kernel" and array.size >= half_from
            fits = not half or bool(np.abs(array).max(initial=0) < np.finfo(np.float16).max)
            number = "float16" if half and fits else "float32"
            arrays[name] = {"type": number, "shape": list(array.shape), "offset": len(body)}
            body += np.ascontiguousarray(array, "<f2" if number == "float16" else "<f4").tobytes()
            body += bytes(-len(body) % 4)
        record = {"kind": step.kind, "name": step.name, "inputs": step.inputs, "shape": list(step.shape)}
        records.append(record | step.settings | {"arrays": arrays})
    header = {"format": FORMAT, "logits": network.gives_logits, "layers": records}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(MAGIC) + 4 + len(text)) % 4)
    return MAGIC + struct.pack("<I", len(text)) + text + bytes(body)
