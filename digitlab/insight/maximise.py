"""An input that excites a channel much, by gradient ascent (Erhan and others, 2009, report 1341, Montréal)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitlab.networks.passes import LOGITS, forward
from digitlab.networks.predictor import Predictor

Floats = NDArray[np.float32]

STEPS = 32
SHOWN = (0, 1, 2, 4, 8, 16, 32)
_STEP = 0.08  # how far the steepest pixel goes in one step, in ink
_STARTS, _INKS = 4, (0.25, 0.5, 1.0)  # noises to begin with, coarse and fine, and how dark each is


@dataclass(frozen=True)
class Ascent:
    """A picture on its way up.

    Attributes:
        step: how many steps were taken.
        image: float32 [28, 28] in 0..1.
        value: the mean of the channel's numbers for it; the logit where the channel is a softmax's.
    """

    step: int
    image: Floats
    value: float


def ascend(predictor: Predictor, name: str, channel: int) -> list[Ascent]:
    """The pictures after SHOWN steps, each step along the gradient of the channel's mean, within 0..1.

    It begins with the one of several noises that excites the channel most.

    Args:
        predictor: of the network.
        name: a layer.
        channel: one of its channels, or one of a flat layer's numbers.
    """
    from digitlab.backend import tf

    network = predictor.network
    is_answer = name == network.layers[-1].name
    starts = _noises()
    read = LOGITS if is_answer else name
    with predictor.lock:
        values = forward(predictor.model, network, tf.constant(starts), until="" if is_answer else name)
    excited = values[read].numpy()[..., channel].reshape(len(starts), -1).mean(axis=1)
    image = starts[int(excited.argmax())]
    found = []
    for step in range(STEPS + 1):
        with predictor.lock, tf.GradientTape() as tape:
            picture = tf.constant(image[None])
            tape.watch(picture)
            values = forward(predictor.model, network, picture, until="" if is_answer else name)
            value = tf.reduce_mean(values[read][..., channel])
            slope = tape.gradient(value, picture).numpy()[0]
        if step in SHOWN:
            found.append(Ascent(step, image, float(value)))
        image = np.clip(image + _STEP * slope / max(float(np.abs(slope).max()), 1e-12), 0, 1).astype(np.float32)
    return found


def _noises() -> Floats:
    """Pictures to begin with, [N, 28, 28]: where one finds a ReLU shut, and so no slope, another may not."""
    rng = np.random.default_rng(0)
    fine = rng.random((_STARTS, 28, 28))
    coarse = rng.random((_STARTS, 7, 7)).repeat(4, axis=1).repeat(4, axis=2)
    return np.concatenate([ink * noise for ink in _INKS for noise in (fine, coarse)]).astype(np.float32)
