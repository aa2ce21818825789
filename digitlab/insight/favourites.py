"""The nine test digits that activate each channel most, and where in them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.insight.progress import Report
from digitlab.networks import zoo
from digitlab.networks.graph import Network
from digitlab.networks.layers import Layer
from digitlab.networks.passes import forward
from digitlab.networks.receptive import Field, field_of
from digitlab.networks.zoo import Model
from digitlab.store.results import Result, Wanted

KIND = "favourites"
NINE = 9
_BATCH = 250
_VERSION = 1


@dataclass(frozen=True)
class Favourite:
    """A test digit that excites a channel.

    Attributes:
        digit: its number among the 10,000.
        value: the channel's largest number for it.
        field: the pixels that this number depends on.
    """

    digit: int
    value: float
    field: Field


def wanted(model: Model) -> Wanted:
    return Wanted(KIND, model.hash, {"version": _VERSION})


def has_own_numbers(layer: Layer) -> bool:
    """Whether a layer's channels are not simply those of the layer before."""
    return not layer.passes


def job(asked: Wanted, report: Report) -> Result:
    """For every layer and channel the nine digits, [C, 9], as "digits.NAME", with "values.NAME" and "places.NAME".

    A channel with maps counts with its largest number; its place is row · width + column.

    Raises:
        ModelError: the model is gone or damaged.
    """
    from digitlab.backend import tf

    predictor = zoo.open_model(asked.model)
    network = predictor.network
    layers = [layer.name for layer in network.layers if has_own_numbers(layer)]

    @tf.function(input_signature=[tf.TensorSpec((None, 28, 28), tf.float32)])  # type: ignore[untyped-decorator]
    def largest(images: Any) -> dict[str, tuple[Any, Any]]:
        values = forward(predictor.model, network, images)
        found = {}
        for name in layers:
            flat = tf.reshape(values[name], (tf.shape(images)[0], -1, network.shapes[name][-1]))
            found[name] = tf.reduce_max(flat, axis=1), tf.argmax(flat, axis=1, output_type=tf.int32)
        return found

    images = mnist.load().x_test
    tops: dict[str, list[NDArray[Any]]] = {name: [] for name in layers}
    places: dict[str, list[NDArray[Any]]] = {name: [] for name in layers}
    for start in range(0, len(images), _BATCH):
        report(start, len(images))
        with predictor.lock:
            found = largest(mnist.scaled(images[start : start + _BATCH]))
        for name, (top, place) in found.items():
            tops[name].append(top.numpy())
            places[name].append(place.numpy())
    report(len(images), len(images))
    arrays: dict[str, NDArray[Any]] = {}
    for name in layers:
        values, where = np.concatenate(tops[name]), np.concatenate(places[name])
        order = np.argsort(-values, axis=0, kind="stable")[:NINE]
        arrays[f"digits.{name}"] = order.T.astype(np.int32)
        arrays[f"values.{name}"] = np.take_along_axis(values, order, 0).T
        arrays[f"places.{name}"] = np.take_along_axis(where, order, 0).T
    return Result(arrays)


def favourites(result: Result, network: Network, name: str, channel: int) -> list[Favourite]:
    """One channel's nine digits, the most exciting first."""
    shape = network.shapes[name]
    found = []
    for digit, value, place in zip(
        *(result.arrays[f"{what}.{name}"][channel].tolist() for what in ("digits", "values", "places")), strict=True
    ):
        where = divmod(place, shape[1]) if len(shape) == 3 else (channel,)
        found.append(Favourite(digit, value, field_of(network, name, where)))
    return found
