"""Networks with every kind of layer and arbitrary weights, and drawings, for tests of what the browser computes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.drawing.strokes import Drawing
from digitlab.networks.graph import Network
from digitlab.networks.layers import (
    Activate,
    Activation,
    Add,
    AveragePool,
    BatchNorm,
    Concatenate,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Elu,
    Flatten,
    GlobalAveragePool,
    GlobalMaxPool,
    Layer,
    LayerNorm,
    LeakyRelu,
    MaxPool,
    Normalize,
    Relu,
    Rescale,
    Reshape,
    Rests,
    SeparableConv,
    Softmax,
    UpSample,
    ZeroPad,
)

Floats = NDArray[np.float32]


def _block(filters: int, stride: int = 1, **names: Any) -> tuple[Layer, ...]:
    conv = Conv(filters=filters, kernel=3, stride=stride, padding="same", use_bias=False, **names)
    return conv, BatchNorm(), Relu()


NETWORKS: dict[str, tuple[Layer, ...]] = {
    "tutorial": (
        Conv(filters=32, kernel=3, activation="relu"),
        MaxPool(),
        Conv(filters=64, kernel=3, activation="relu"),
        MaxPool(),
        Flatten(),
        Dense(units=64, activation="relu"),
        Dropout(rate=0.5),
        Dense(units=10, activation="softmax"),
    ),
    "five-by-five": (
        Conv(filters=8, kernel=5, padding="same", activation="relu"),
        MaxPool(),
        Conv(filters=12, kernel=5, padding="same", activation="relu"),
        MaxPool(),
        Flatten(),
        Dense(units=100, activation="relu"),
        Dense(units=10, activation="softmax"),
    ),
    "batch-norm": (
        *_block(16),
        *_block(32, stride=2),
        *_block(32, stride=2),
        Flatten(),
        Dense(units=64, use_bias=False),
        BatchNorm(),
        Relu(),
        Dense(units=10),
    ),
    "odd-windows": (
        Conv(filters=7, kernel=4, stride=3, padding="same"),
        AveragePool(size=3, padding="same"),
        BatchNorm(),
        Relu(),
        Conv(filters=9, kernel=2, padding="same", activation="relu"),
        MaxPool(padding="same"),
        GlobalAveragePool(),
        Dropout(rate=0.1),
        BatchNorm(),
        Dense(units=10),
    ),
    "residual": (
        *_block(16),
        Conv(name="first", filters=16, kernel=3, padding="same", use_bias=False),
        BatchNorm(name="first_norm"),
        Relu(name="first_relu"),
        Conv(name="second", filters=16, kernel=3, padding="same", use_bias=False),
        BatchNorm(name="second_norm"),
        Add(name="sum", inputs=("second_norm", "relu_1")),
        Relu(name="sum_relu"),
        Conv(name="third", filters=24, kernel=3, stride=2, padding="same"),
        BatchNorm(name="third_norm"),
        Conv(name="shortcut", filters=24, kernel=1, stride=2, inputs=("sum_relu",)),
        Add(name="last_sum", inputs=("third_norm", "shortcut")),
        Dropout(rate=0.2),
        Relu(),
        GlobalAveragePool(),
        Dense(units=10),
    ),
}
_OTHERS: tuple[Activation, ...] = ("leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "tanh", "sigmoid")
NETWORKS["imported"] = (
    Rests(layer_class="GaussianNoise", settings=(("stddev", 0.1),)),
    ZeroPad(rows=(2, 3), columns=(1, 0)),
    Rescale(scale=2.0, offset=-0.5),
    Normalize(),
    Conv(name="stem", filters=6, kernel=3, stride=2, padding="same"),
    LeakyRelu(name="leaky", slope=0.1),
    DepthwiseConv(name="own", kernel=3, padding="same", multiplier=2, activation="elu"),
    LayerNorm(name="level", epsilon=0.01),
    SeparableConv(name="apart", filters=9, kernel=3, stride=2, activation="gelu", inputs=("leaky",)),
    UpSample(name="larger", size=2),
    Elu(name="bent", alpha=0.7),
    Conv(name="fit", filters=3, kernel=2, activation="tanh", inputs=("level",)),
    Concatenate(name="beside", inputs=("fit", "bent")),
    ZeroPad(name="border", rows=(2, 1), columns=(0, 1)),
    Softmax(name="shares"),
    GlobalMaxPool(name="tops"),
    Flatten(name="row", inputs=("beside",)),
    Dense(name="few", units=12, activation="sigmoid"),
    Concatenate(name="both", inputs=("tops", "few")),
    LayerNorm(name="flat_level"),
    Reshape(name="square", target=(4, 3, 2)),
    Reshape(name="again", target=(24,)),
    *(layer for name in _OTHERS for layer in (Dense(units=24), Activate(activation=name))),
    Dense(units=10),
    Softmax(name="answer"),
)


def random_model(name: str) -> tuple[Network, Any]:
    """One of NETWORKS and a Keras model of it; batch normalisation is as uneven as after training."""
    from digitlab.backend import keras

    rng = np.random.default_rng(len(name))
    network = Network(NETWORKS[name])
    model = network.build()
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            count = layer.gamma.shape[0]
            spread = [rng.uniform(0.5, 1.5, count), rng.uniform(0.3, 1.2, count)]
            layer.set_weights([spread[0], rng.normal(0, 0.3, count), rng.normal(0, 0.3, count), spread[1]])
        elif layer.get_weights():
            layer.set_weights([weight + rng.normal(0, 0.02, weight.shape) for weight in layer.get_weights()])
        if isinstance(layer, keras.layers.Normalization):
            layer.set_weights([np.array([0.2]), np.array([0.3]), np.array(0)])
            layer.finalize_state()
    return network, model


def pictures(count: int) -> Floats:
    """Test digits, float32 [count, 28, 28] in 0..1."""
    return np.asarray(mnist.load().x_test[:count], np.float32) / np.float32(255)


def activations_of(model: Any, network: Network, images: Floats) -> dict[str, Floats]:
    """What Keras computes in every layer, by name."""
    from digitlab.backend import keras

    layers = keras.Model(model.inputs, {layer.name: model.get_layer(layer.name).output for layer in network.layers})
    return {name: np.asarray(value) for name, value in layers([images[..., None]], training=False).items()}


def random_drawings(count: int) -> list[Drawing]:
    """Wandering strokes, dots, straight lines, several brushes and none."""
    rng = np.random.default_rng(5)
    drawings = []
    for number in range(count):
        strokes = []
        for _ in range(rng.integers(1, 4)):
            steps = rng.normal(0, 12, (rng.integers(1, 40), 2)).cumsum(axis=0)
            strokes.append(rng.uniform(20, 260, 2) + steps)
        if number % 6 == 0:
            strokes = [rng.uniform(20, 260, (1, 2))]  # a dot
        width = float(rng.choice([0, 6, 18, 40]))
        drawings.append(Drawing(tuple(strokes), (width,) * len(strokes)))
    return drawings
