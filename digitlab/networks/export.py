"""A network's weights as bytes for the browser.

Layout: "DGLB", the header's length (uint32, little-endian), the header (JSON, padded with spaces so that what follows
is aligned to 4 bytes), then the arrays one after the other. The header has one record for each layer, in order; each
array stands there with its number type, shape and offset from the first array, in bytes. Each layer's settings and
arrays are what its record packs. Kernels have Keras' own axes: [rows, columns, channels in, channels out] and [units
in, units out]. A normalisation is what a trained one does to a channel: times `scale`, plus `shift`.

Two forms of one network:
- to answer: large kernels travel as float16, half the bytes;
- exact: float32 throughout, so that every activation is the network's own.
"""

import json
import struct
from collections.abc import Iterable

import numpy as np

from digitlab.errors import InputError
from digitlab.networks.graph import Network
from digitlab.networks.layers import Layer
from digitlab.networks.weights_file import Weights
from digitlab.words import message

FORMAT = 2  # the page refuses any other
MAGIC = b"DGLB"
HALF_FROM = 4096  # kernels with at least so many numbers travel as float16: the small ones save little and cost most


def can_be_packed(network: Network) -> bool:
    """Whether the browser knows every layer."""
    return all(layer.in_browser for layer in network.layers)


def pack(weights: Weights, network: Network, *, exact: bool = False) -> bytes:
    """The network with its weights, in the module's format.

    Args:
        weights: of layers that bear the names of the network's records.
        network: what the model is made of.
        exact: float32 throughout.
    """
    return _write(network.layers, weights, network, half_from=None if exact else HALF_FROM)


def pack_layer(weights: Weights, network: Network, name: str) -> bytes:
    """One layer and its followers in the exact form: what it takes to examine one of its numbers.

    Raises:
        InputError: the network has no such layer.
    """
    layers = [layer for layer in network.layers if layer.name == name]
    if not layers:
        raise InputError(message("This network has no layer {layer}.", layer=repr(name[:64])))
    return _write([*layers, *network.followers(name)], weights, network, half_from=None)


def _write(layers: Iterable[Layer], weights: Weights, network: Network, half_from: int | None) -> bytes:
    body = bytearray()
    records = []
    for layer in layers:
        settings, arrays = layer.packed(weights[layer.name])
        entries = {}
        for name, array in arrays.items():
            half = half_from is not None and name == "kernel" and array.size >= half_from
            fits = not half or bool(np.abs(array).max(initial=0) < np.finfo(np.float16).max)
            number = "float16" if half and fits else "float32"
            entries[name] = {"type": number, "shape": list(array.shape), "offset": len(body)}
            body += np.ascontiguousarray(array, "<f2" if number == "float16" else "<f4").tobytes()
            body += bytes(-len(body) % 4)
        record = {"kind": layer.kind, "name": layer.name, "inputs": layer.inputs, "shape": network.shapes[layer.name]}
        records.append(record | settings | {"arrays": entries})
    header = {"format": FORMAT, "logits": network.gives_logits, "layers": records}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(MAGIC) + 4 + len(text)) % 4)
    return MAGIC + struct.pack("<I", len(text)) + text + bytes(body)
