"""One trained network, ready to answer: a forward pass that returns every layer's activations."""

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digitlab.networks.graph import INPUT, Network

if TYPE_CHECKING:
    import keras

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """What a network made of one picture.

    Attributes:
        probabilities: float32 [10], they add up to 1.
        activations: every layer's output by name, without the batch: [height, width, channels] or [units].
        energy: −log Σ exp(logits), low for what the network knows; None where the network gives no logits.
    """

    probabilities: Floats
    activations: dict[str, Floats]
    energy: float | None

    @property
    def digit(self) -> int:
        return int(self.probabilities.argmax())


class Predictor:
    """A network with its weights, compiled and warmed up.

    Keras is not thread-safe, so calls from several sessions take turns behind a lock.

    Attributes:
        network: its layers.
        model: the Keras model.
        threshold: energy above which a picture is refused as no digit; None where the model always answers.
        lock: to be held by callers of the Keras model, or of what was made from it.
    """

    def __init__(self, model: "keras.Model", network: Network, threshold: float | None = None) -> None:
        from digitlab.backend import keras

        self.network = network
        self.threshold = threshold
        self.model = model
        self.lock = threading.Lock()
        self._up_to: dict[str, Any] = {}
        outputs = {layer.name: model.get_layer(layer.name).output for layer in network.layers}
        layers = keras.Model(model.inputs, outputs)
        self._every_layer = _compiled(layers, 1)
        self._answer = _compiled(model, None)
        self.read(np.zeros((28, 28), np.float32))

    def read(self, image: Floats) -> Reading:
        """One forward pass of one picture, float32 [28, 28] in 0..1."""
        with self.lock:
            outputs: dict[str, Any] = self._every_layer(image[None, :, :, None])
        activations = {INPUT: image[:, :, None]} | {
            name: value.numpy()[0].reshape(self.network.shapes[name]) for name, value in outputs.items()
        }
        answer = activations[self.network.layers[-1].name]
        energy = float(energies(answer)) if self.network.gives_logits else None
        return Reading(self.to_probabilities(answer), activations, energy)

    def outputs(self, images: Floats, batch: int = 500) -> Floats:
        """The last layer's answers (logits or probabilities), float32 [N, 10], for pictures [N, 28, 28] in 0..1."""
        parts = []
        for start in range(0, len(images), batch):
            with self.lock:
                parts.append(self._answer(images[start : start + batch, :, :, None]).numpy())
        return np.concatenate(parts) if parts else np.zeros((0, 10), np.float32)

    def probabilities(self, images: Floats) -> Floats:
        """float32 [N, 10] for pictures float32 [N, 28, 28] in 0..1."""
        return self.to_probabilities(self.outputs(images))

    def layer_outputs(self, images: Floats, layer: str, batch: int = 250) -> tuple[Floats, Floats]:
        """What one layer and the last one give: float32 [N, units], maps laid out flat, and [N, 10] as `outputs`.

        Args:
            images: float32 [N, 28, 28] in 0..1.
            layer: its name.
            batch: pictures between two moments in which other sessions get their turn.
        """
        from digitlab.backend import keras

        with self.lock:
            if layer not in self._up_to:
                both = keras.Model(self.model.inputs, [self.model.get_layer(layer).output, self.model.outputs[0]])
                self._up_to[layer] = _compiled(both, None)
        parts = []
        for start in range(0, len(images), batch):
            with self.lock:
                values, answer = self._up_to[layer](images[start : start + batch, :, :, None])
            parts.append((values.numpy().reshape(len(values), -1), answer.numpy()))
        values, answers = zip(*parts, strict=True)
        return np.concatenate(values), np.concatenate(answers)

    def refuses(self, outputs: Floats) -> NDArray[np.bool_]:
        """Which answers, [N, 10] as `outputs` gives them, are refused: bool [N]."""
        if self.threshold is None or not self.network.gives_logits:
            return np.zeros(len(outputs), bool)
        return energies(outputs) > self.threshold

    def to_probabilities(self, answer: Floats) -> Floats:
        """The last layer's answer or answers as probabilities: softmax of logits, else shares of their sum."""
        if not self.network.gives_logits:
            return np.asarray(answer / np.maximum(answer.sum(axis=-1, keepdims=True), 1e-12), np.float32)
        return np.asarray(np.exp(answer - _log_sum_exp(answer)[..., None]), np.float32)


def energies(logits: Floats) -> Floats:
    """−log Σ exp(logits) over the last axis: low for what the network knows (Liu et al., 2020, arXiv:2010.03759)."""
    return -_log_sum_exp(logits)


def _log_sum_exp(logits: Floats) -> Floats:
    top = logits.max(axis=-1)
    return np.asarray(top + np.log(np.exp(logits - top[..., None]).sum(axis=-1)), np.float32)


def _compiled(model: "keras.Model", batch: int | None) -> Any:
    """The model's forward pass on float32 [batch, 28, 28, 1] as a compiled function."""
    from digitlab.backend import tf

    # Not a lambda: TensorFlow tells functions apart by their code, and would warn of the fifth network.
    return tf.function(partial(_forward, model), input_signature=[tf.TensorSpec((batch, 28, 28, 1), tf.float32)])


def _forward(model: "keras.Model", images: Any) -> Any:
    return model(images, training=False)
