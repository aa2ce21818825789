"""Dead units: those whose ReLU gives 0 whatever the network is shown, so that no gradient changes them any more."""

from typing import TYPE_CHECKING

import numpy as np

from digitlab.data import mnist
from digitlab.networks.graph import Network
from digitlab.networks.layers import Relu

if TYPE_CHECKING:
    import keras

LOOKED_AT = 500  # digits


class Units:
    """The units (channels) behind every ReLU of a model that is being trained."""

    def __init__(self, network: Network, model: "keras.Model", images: mnist.Images) -> None:
        """The digits that are shown are the first of `images`, uint8 [N, 28, 28]."""
        from digitlab.backend import keras

        names = [
            layer.name
            for layer in network.layers
            if isinstance(layer, Relu) or getattr(layer, "activation", "") == "relu"
        ]
        self._images = images[:LOOKED_AT, :, :, None].astype(np.float32) / np.float32(255)
        outputs = {name: model.get_layer(name).output for name in names}
        self._layers = keras.Model(model.input, outputs) if outputs else None

    def dead(self) -> dict[str, float]:
        """Share of the units of each layer with a ReLU, 0..1, that are 0 everywhere for every digit looked at."""
        if self._layers is None:
            return {}
        shares = {}
        for name, output in self._layers(self._images, training=False).items():
            values = np.asarray(output, np.float32)
            alive = values.reshape(-1, values.shape[-1]).max(axis=0) > 0
            shares[name] = float(1 - alive.mean())
        return shares
