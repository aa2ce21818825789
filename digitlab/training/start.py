"""What a run begins with: fresh weights, the same fresh ones as another run, or those of a trained model."""

from typing import TYPE_CHECKING

from digitlab.errors import InputError
from digitlab.networks import zoo
from digitlab.networks.graph import Network
from digitlab.training.config import TrainingConfig
from digitlab.words import message

if TYPE_CHECKING:
    import keras


def first_model(config: TrainingConfig, *, fresh: bool = True) -> "keras.Model":
    """The network to be trained, its frozen layers frozen.

    Args:
        fresh: whether its weights matter; if not, the caller puts others in their place.

    Raises:
        ModelError: the model to start from is not there or damaged.
        InputError: no layer of that model fits.
    """
    from digitlab.backend import keras

    keras.utils.set_random_seed(config.seed)
    model = config.network.build(config.precision)  # draws dropout's seeds, too: these are always of `seed`
    if fresh and config.weights_seed is not None:
        keras.utils.set_random_seed(config.weights_seed)
        model.set_weights(config.network.build().get_weights())
    if fresh and config.start_model:
        other = zoo.find(config.start_model)
        trained = zoo.open_weights(other)
        for name in fitting_layers(config.network, other):
            model.get_layer(name).set_weights(trained.get_layer(name).get_weights())
    for name in config.frozen:
        model.get_layer(name).trainable = False
    return model


def fitting_layers(network: Network, other: zoo.Model) -> list[str]:
    """The layers that can begin with a model's weights: same name, same shapes.

    Raises:
        InputError: there is none.
    """
    names = network.fitting(other.network)
    if not names:
        raise InputError(
            message("No layer of {model} has the name and shape of one of this network's layers.", model=other.name)
        )
    return names
