import numpy as np

from digitlab.data.mnist import Mnist
from digitlab.networks.graph import Network
from digitlab.networks.layers import Conv, Dense, Flatten, Relu
from digitlab.training.units import Units


def test_a_unit_that_answers_nothing_to_any_digit_is_dead(digits: Mnist) -> None:
    network = Network(
        (
            Conv(filters=4, kernel=3, stride=5),
            Relu(),
            Flatten(),
            Dense(units=8, activation="relu"),
            Dense(units=10),
        )
    )
    model = network.build()
    kernel, _ = model.get_layer("conv_1").get_weights()
    model.get_layer("conv_1").set_weights([np.abs(kernel), np.array([0, -100, 0, -100], np.float32)])
    kernel, _ = model.get_layer("dense_1").get_weights()
    model.get_layer("dense_1").set_weights([kernel * 0, np.array([1] * 6 + [-1] * 2, np.float32)])
    assert Units(network, model, digits.x_train).dead() == {"relu_1": 0.5, "dense_1": 0.25}
