"""A network that has learned nothing: fresh weights, the same ones each time."""

from functools import lru_cache

from digitlab.networks.predictor import Predictor
from digitlab.networks.zoo import Model

_KEPT = 4


def untrained(model: Model) -> Predictor:
    """The model's network before any training, warmed up; its weights follow from seed 0 and each layer's place.

    Raises:
        InputError: the network has a layer that cannot be made from its record.
    """
    return _untrained(_ByHash(model))


class _ByHash:
    """A model as a key: its weights' hash."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByHash) and other.model.hash == self.model.hash

    def __hash__(self) -> int:
        return hash(self.model.hash)


@lru_cache(maxsize=_KEPT)
def _untrained(key: _ByHash) -> Predictor:
    network = key.model.network
    made = network.build()
    for number, layer in enumerate(made.layers):
        if hasattr(layer, "kernel_initializer"):
            settings = layer.kernel_initializer.get_config() | {"seed": number}
            layer.kernel.assign(type(layer.kernel_initializer).from_config(settings)(layer.kernel.shape))
    return Predictor(made, network)
