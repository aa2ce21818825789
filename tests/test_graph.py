import json

import numpy as np
import pytest

from digitlab.errors import InputError
from digitlab.networks.graph import Network
from digitlab.networks.layers import (
    Add,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalAveragePool,
    Layer,
    MaxPool,
    Relu,
)

RESIDUAL = Network(
    (
        Conv(filters=8, kernel=3, stride=2, padding="same", use_bias=False),
        BatchNorm(),
        Relu(name="stem"),
        Conv(filters=8, kernel=3, padding="same"),
        Add(inputs=("conv_2", "stem")),
        AveragePool(size=3, padding="same"),
        GlobalAveragePool(),
        Dense(units=10),
    )
)


def test_shapes_and_parameters_are_keras_own() -> None:
    model = RESIDUAL.build()
    for layer in RESIDUAL.layers:
        assert model.get_layer(layer.name).output.shape[1:] == RESIDUAL.shapes[layer.name]
    assert model.count_params() == RESIDUAL.parameters


def test_multiply_adds_count_one_for_each_weight_at_each_place() -> None:
    network = Network((Conv(filters=4, kernel=5), MaxPool(), Flatten(), Dense(units=10)))
    assert network.multiply_adds == 24 * 24 * 25 * 4 + 12 * 12 * 4 * 10


def test_records_survive_json() -> None:
    assert Network.from_records(json.loads(json.dumps(RESIDUAL.to_records()))) == RESIDUAL


def test_the_code_builds_the_same_network() -> None:
    import keras

    for network in (RESIDUAL, Network((Conv(filters=2, kernel=3, activation="relu"), Flatten(), Dense(units=10)))):
        names: dict[str, object] = {"keras": keras}
        exec(network.code(), names)
        shown = names["model"]
        assert isinstance(shown, keras.Model)
        assert [weight.shape for weight in shown.weights] == [weight.shape for weight in network.build().weights]
        picture = np.ones((1, 28, 28, 1), np.float32)
        assert shown(picture).shape == (1, 10)


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ((Conv(filters=1, kernel=30), Flatten(), Dense(units=10)), "window larger than its 28×28 input"),
        ((Dense(units=10),), "needs a flat input"),
        ((Flatten(), Conv(filters=1, kernel=3)), "needs maps"),
        ((Flatten(), Dense(units=9)), "must give 10 numbers"),
        ((Flatten(inputs=("nowhere",)), Dense(units=10)), "does not come before"),
        ((Flatten(name="a"), Dense(name="a", units=10)), "same name"),
        ((Flatten(), Dense(units=5), Add(inputs=("flatten_1", "dense_1"))), "different shapes"),
    ],
)
def test_an_impossible_network_is_refused_in_a_sentence(layers: tuple[Layer, ...], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Network(layers)


@pytest.mark.parametrize("record", [{"kind": "lambda"}, {"kind": "dense", "units": 10, "function": "x"}, {}])
def test_an_unknown_record_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(InputError, match="does not know this layer"):
        Network.from_records([record])
