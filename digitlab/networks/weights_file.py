"""A network's numbers out of its `.keras` file, without Keras: TensorFlow takes seconds to import, h5py a tenth of one.

The file is a zip. Its `config.json` lists the layers in Keras' order, each with its name and settings. Its
`model.weights.h5` has the group `layers/KIND_N/vars` for each of them, whose attribute `name` is the layer's name, with
the arrays `0`, `1` … in the order of Keras' `layer.weights` (`keras/src/saving/saving_lib.py`).
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import keras

CONFIG, ARRAYS = "config.json", "model.weights.h5"


@dataclass(frozen=True)
class LayerWeights:
    """What one layer keeps.

    Attributes:
        arrays: its weights in Keras' order.
        settings: its arguments as Keras writes them.
    """

    arrays: tuple[NDArray[np.float32], ...]
    settings: Mapping[str, Any]


Weights = dict[str, LayerWeights]  # by the layer's name, in Keras' order


def read(file: Path) -> Weights:
    """Every layer's weights.

    Raises:
        ValueError: the file is missing, damaged, or of another form. A layer that is made of other layers is of another
            form as well: which of their weights comes first is known to Keras alone.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            layers = json.loads(archive.read(CONFIG))["config"]["layers"]
            stored = _stored(archive.read(ARRAYS))
        return {
            layer["config"]["name"]: LayerWeights(stored[layer["config"]["name"]], layer["config"]) for layer in layers
        }
    except Exception as error:  # zipfile, zlib, json and h5py each raise their own kinds for a damaged file
        raise ValueError(f"{file.name} cannot be read without Keras") from error


def _stored(content: bytes) -> dict[str, tuple[NDArray[np.float32], ...]]:
    found = {}
    with h5py.File(io.BytesIO(content)) as file:
        for group in file["layers"].values():
            if set(group) != {"vars"}:
                raise ValueError(f"{group.name} is made of other layers")
            arrays = group["vars"]
            found[arrays.attrs["name"]] = tuple(np.asarray(arrays[str(k)], np.float32) for k in range(len(arrays)))
    return found


def of_model(model: "keras.Model") -> Weights:
    """The same of a model that Keras has opened."""
    return {
        layer.name: LayerWeights(
            tuple(np.asarray(weight.numpy(), np.float32) for weight in layer.weights), layer.get_config()
        )
        for layer in model.layers
    }


def hash_of(arrays: Iterable[NDArray[Any]]) -> str:
    """SHA-256 over arrays: each one's shape and its float32 bytes."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(str(array.shape).encode())
        digest.update(array.astype("<f4").tobytes())
    return digest.hexdigest()
