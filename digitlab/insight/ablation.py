"""What a network answers with some of its channels switched off."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.insight import robustness
from digitlab.networks.graph import Network
from digitlab.networks.passes import LOGITS, forward
from digitlab.networks.predictor import Predictor

Floats = NDArray[np.float32]
DIGITS = robustness.DIGITS
_BATCH = 250


@dataclass(frozen=True)
class Ablation:
    """Before and after.

    Attributes:
        probabilities: float32 [10] of the picture, with the channels off.
        before, after: accuracy on 1,000 test digits, 0..1.
    """

    probabilities: Floats
    before: float
    after: float


def where_off(network: Network, name: str) -> str:
    """The layer whose numbers become 0: the last one that only passes this layer's on, like its ReLU.

    Zeros before batch normalisation would come out of it as other numbers.
    """
    return [name, *(layer.name for layer in network.followers(name))][-1]


def switch_off(predictor: Predictor, name: str, channels: Collection[int], image: Floats) -> Ablation:
    """Switch channels of a layer off, for one picture and for 1,000 test digits.

    Args:
        predictor: of the network.
        name: a layer that is not the last one.
        channels: which of its channels, or of a flat layer's numbers.
        image: float32 [28, 28].
    """
    data = mnist.load()
    chosen = robustness.chosen()
    digits = mnist.scaled(data.x_test[chosen])
    labels = data.y_test[chosen]
    before = predictor.outputs(digits, _BATCH)
    after = logits_without(predictor, name, channels, np.concatenate([image[None], digits]))
    shares = np.exp(after[0] - after[0].max())
    return Ablation(
        (shares / shares.sum()).astype(np.float32),
        float((before.argmax(axis=1) == labels).mean()),
        float((after[1:].argmax(axis=1) == labels).mean()),
    )


def logits_without(predictor: Predictor, name: str, channels: Collection[int], images: Floats) -> Floats:
    """Logits [N, 10] of pictures [N, 28, 28] with channels switched off."""
    from digitlab.backend import tf

    network = predictor.network
    place = where_off(network, name)
    mask = np.ones(network.shapes[place][-1], np.float32)
    mask[list(channels)] = 0

    def change(layer: str, value: Any) -> Any:
        return value * mask if layer == place else value

    parts = []
    for start in range(0, len(images), _BATCH):
        with predictor.lock:
            values = forward(predictor.model, network, tf.constant(images[start : start + _BATCH]), change)
            parts.append(values[LOGITS].numpy())
    return np.concatenate(parts)
