"""What a channel looks for and what the network does without it, against the network's own activations."""

import keras
import numpy as np
import pytest

from digitlab.data import mnist
from digitlab.insight import ablation, favourites, robustness
from digitlab.insight.maximise import STEPS, ascend
from digitlab.insight.progress import unheard
from digitlab.networks import zoo
from digitlab.networks.graph import INPUT, Network
from digitlab.networks.layers import Conv, Dense, Flatten, MaxPool
from digitlab.networks.passes import forward
from digitlab.networks.receptive import Field, field_of, receptive_fields
from digitlab.networks.windows import Window
from digitlab.ui.shared.layer_text import sentence
from harness.networks import NETWORKS, pictures, random_model

NAME = "two-conv-64-dropout"


@pytest.mark.parametrize("name", ["residual", "odd-windows", "five-by-five"])
def test_a_number_depends_on_the_pixels_of_its_field_and_on_no_other(name: str) -> None:
    from digitlab.backend import tf

    network, model = random_model(name)
    rng = np.random.default_rng(0)
    image = rng.random((1, 28, 28)).astype(np.float32)
    for layer in network.layers:
        shape = network.shapes[layer.name]
        place = tuple(int(rng.integers(side)) for side in (shape[:2] if len(shape) == 3 else shape))
        with tf.GradientTape() as tape:
            picture = tf.constant(image)
            tape.watch(picture)
            value = tf.reduce_sum(forward(model, network, picture)[layer.name][(0, *place)])
        slope = tape.gradient(value, picture).numpy()[0]
        field = field_of(network, layer.name, place)
        outside = np.ones((28, 28), bool)
        outside[field.top : field.bottom + 1, field.left : field.right + 1] = False
        assert not slope[outside].any(), layer.name


def test_field_of_a_chain_is_what_its_windows_add_up_to() -> None:
    network = Network(NETWORKS["tutorial"])
    assert field_of(network, INPUT, (3, 4)) == Field(3, 4, 3, 4)
    assert field_of(network, "conv_1", (0, 5)) == Field(0, 5, 2, 7)
    assert field_of(network, "max_pool_2", (1, 1)) == Field(4, 4, 13, 13)
    assert field_of(network, "flatten_1", (64 * 6,)) == Field(4, 4, 13, 13)
    assert field_of(network, "dense_1", (0,)) == Field(0, 0, 27, 27)


def test_size_of_a_field_is_that_of_a_number_far_from_the_border() -> None:
    network = Network(NETWORKS["tutorial"])
    assert receptive_fields(network) == {
        "input": 1,
        "conv_1": 3,
        "max_pool_1": 4,
        "conv_2": 8,
        "max_pool_2": 10,
        "flatten_1": 10,
        "dense_1": 28,
        "dropout_1": 28,
        "dense_2": 28,
    }
    for name in ("conv_1", "max_pool_1", "conv_2", "max_pool_2"):
        field = field_of(network, name, (2, 2))
        assert field.bottom - field.top + 1 == receptive_fields(network)[name]


@pytest.mark.parametrize(
    ("window", "side", "outputs", "added"),
    [
        (Window(3, 1, "valid"), 28, 26, 0),
        (Window(3, 1, "same"), 28, 28, 2),
        (Window(2, 2, "valid"), 11, 5, 0),
        (Window(2, 2, "same"), 11, 6, 1),
        (Window(4, 3, "same"), 28, 10, 3),
        (Window(1, 2, "same"), 28, 14, 0),
    ],
)
def test_a_window_stands_where_kerass_does(window: Window, side: int, outputs: int, added: int) -> None:
    assert (window.outputs(side), window.added(side)) == (outputs, added)
    kept = keras.ops.average_pool(np.ones((1, side, 1, 1)), (window.size, 1), (window.stride, 1), window.padding)
    assert kept.shape[1] == outputs


def test_a_layers_sentence_holds_its_own_arithmetic() -> None:
    network = Network((MaxPool(size=3), Conv(filters=2, kernel=2, padding="same"), Flatten(), Dense(units=10)))
    assert "9 = ⌊(28 + 2·0 − 3)/3⌋ + 1" in sentence(network.layers[0], network)
    assert "9 = (9 + 1 − 2)/1 + 1" in sentence(network.layers[1], network)


def test_favourites_are_the_digits_with_the_largest_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    data = mnist.load()
    few = mnist.Mnist(data.x_train, data.y_train, data.x_test[:600], data.y_test[:600])
    monkeypatch.setattr(mnist, "load", lambda: few)
    predictor = zoo.open_model(NAME)
    result = favourites.job(favourites.wanted(zoo.find(NAME)), unheard)
    maps = forward(predictor.model, predictor.network, pictures(600))["conv_2"].numpy()
    for channel in (0, 17):
        found = favourites.favourites(result, predictor.network, "conv_2", channel)
        largest = maps[..., channel].max(axis=(1, 2))
        assert [entry.value for entry in found] == pytest.approx(np.sort(largest)[::-1][:9].tolist(), abs=1e-4)
        best = found[0]
        row, column = np.unravel_index(maps[best.digit, ..., channel].argmax(), maps.shape[1:3])
        assert best.field == field_of(predictor.network, "conv_2", (int(row), int(column)))


def test_climbing_raises_the_channels_mean() -> None:
    predictor = zoo.open_model(NAME)
    for name, channel in (("conv_2", 3), ("dense_2", 7)):
        steps = ascend(predictor, name, channel)
        assert (steps[0].step, steps[-1].step) == (0, STEPS)
        assert steps[-1].value > steps[0].value
        assert 0 <= steps[-1].image.min() <= steps[-1].image.max() <= 1
    assert predictor.read(steps[-1].image).digit == 7


def test_switched_off_channels_are_as_good_as_their_weights_set_to_nought() -> None:
    predictor = zoo.open_model(NAME)
    digits = pictures(50)
    off = ablation.logits_without(predictor, "conv_2", [1, 5, 9], digits)
    layer = predictor.model.get_layer("conv_2")
    kernel, bias = layer.get_weights()
    changed = [kernel.copy(), bias.copy()]
    for array in changed:
        array[..., [1, 5, 9]] = 0
    try:
        layer.set_weights(changed)
        shares = predictor.probabilities(digits)
    finally:
        layer.set_weights([kernel, bias])
    assert np.exp(off) / np.exp(off).sum(axis=1, keepdims=True) == pytest.approx(shares, abs=1e-4)


def test_accuracy_before_and_after_is_that_of_a_thousand_digits() -> None:
    predictor = zoo.open_model(NAME)
    found = ablation.switch_off(predictor, "conv_1", range(32), pictures(1)[0])
    chosen = robustness.chosen()
    labels = mnist.load().y_test[chosen]
    images = mnist.load().x_test[chosen].astype(np.float32) / np.float32(255)
    assert found.before == pytest.approx(float((predictor.outputs(images).argmax(axis=1) == labels).mean()))
    constant = predictor.read(np.zeros((28, 28), np.float32))
    assert found.after < 0.2, f"without any channel every digit looks the same, as {constant.digit} or another"
