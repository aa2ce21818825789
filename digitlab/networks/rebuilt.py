"""Keras code of a trained network that is known to be right: the network is made from it and answers as it should."""

from typing import TYPE_CHECKING, Any

import numpy as np

from digitlab.data import mnist
from digitlab.networks.graph import INPUT_SHAPE, Network
from digitlab.networks.predictor import Predictor

if TYPE_CHECKING:
    import keras

DIGITS = 50  # test digits that both answer
_TOLERANCE = 1e-4  # of the largest answer: by how much any answer may differ


def checked_code(predictor: Predictor) -> str | None:
    """Code that makes the predictor's network, named layer by layer; None where code and network answer differently.

    The code is run, gets the network's weights layer by layer, and both answer DIGITS test digits and as much noise.
    """
    code = predictor.network.code(named=True)
    try:
        made = _made(code, predictor.network, predictor.model)
    except Exception:  # whatever Keras raises for arguments that a layer does not take
        return None
    digits = mnist.scaled(mnist.load().x_test[:DIGITS])
    noise = np.random.default_rng(0).random((DIGITS, *INPUT_SHAPE[:2]), np.float32)
    images = np.concatenate([digits, noise])
    wanted = predictor.outputs(images)
    given = np.asarray(made(images[..., None], training=False))
    if given.shape != wanted.shape or not np.isfinite(given).all():
        return None
    off = float(np.abs(given - wanted).max())
    return code if off <= _TOLERANCE * max(float(np.abs(wanted).max()), 1e-3) else None


def _made(code: str, network: Network, model: "keras.Model") -> "keras.Model":
    """The code's model with the network's weights."""
    from digitlab.backend import keras

    names: dict[str, Any] = {"keras": keras}
    exec(code, names)  # written by `Network.code` from numbers, and from names made Python's own
    made: keras.Model = names["model"]
    for layer in network.layers:
        if layer.shares:
            continue
        copy = made.get_layer(layer.name)
        copy.set_weights(model.get_layer(layer.name).get_weights())
        if hasattr(copy, "finalize_state"):  # normalisation takes its mean from its weights only when asked to
            copy.finalize_state()
    return made
