"""What dropout does to numbers in one step of a training."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digitlab.networks.layers.scaling import Dropout

if TYPE_CHECKING:
    Floats = NDArray[np.float32]


def dropped(values: "Floats", layer: Dropout, step: int) -> "Floats":
    """The numbers as the layer passes them on while the network trains: some are 0, the others are larger.

    Args:
        values: what the layer is given, of any shape.
        layer: with its rate.
        step: which numbers are dropped depends on it.
    """
    from digitlab.backend import keras

    made = keras.layers.Dropout(layer.rate, seed=step)(values[None], training=True)
    return np.asarray(keras.ops.convert_to_numpy(made)[0], np.float32)
