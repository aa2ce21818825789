"""The steps themselves: a model with its optimizer, many steps in one call of TensorFlow."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitlab.data.augment import NON_DIGIT
from digitlab.errors import DataError
from digitlab.training.batches import Batches
from digitlab.training.config import TrainingConfig
from digitlab.training.state import Branch
from digitlab.words import message

if TYPE_CHECKING:
    import keras


class Ran(NamedTuple):
    """What K steps gave.

    Attributes:
        losses: mean loss of each batch before its step, [K].
        right: number of right answers of each batch before its step, [K].
        layers: sizes (L2 norms) by layer: of the kernels after the last step, and of their gradient in that step.
    """

    losses: NDArray[np.float32]
    right: NDArray[np.float32]
    layers: dict[str, list[float]]


class Trainer:
    """A model with its optimiser; many steps run in one call, which costs Python less."""

    def __init__(self, config: TrainingConfig, model: "keras.Model") -> None:
        from digitlab.backend import keras, tf

        self._config = config
        self._model = model
        self._optimizer = _optimizer(config)
        self._kernels = [weight for weight in model.trainable_variables if weight.name == "kernel"] if config.l2 else []
        self._layers = _kernels_by_layer(model)
        self._optimizer.build(model.trainable_variables)
        loss_class = (
            keras.losses.CategoricalCrossentropy
            if config.loss == "categorical" or config.label_smoothing
            else keras.losses.SparseCategoricalCrossentropy
        )
        one_hot = loss_class is keras.losses.CategoricalCrossentropy
        smoothing = {"label_smoothing": config.label_smoothing} if one_hot else {}
        self._loss = loss_class(from_logits=config.network.gives_logits, **smoothing)
        self._one_hot = one_hot
        self._averages = [tf.Variable(weight) for weight in model.weights] if config.weight_average else []
        self._steps = {
            dtype: tf.function(
                self._run_steps,
                input_signature=[
                    tf.TensorSpec((None, None, 28, 28), dtype),
                    tf.TensorSpec((None, None), tf.uint8),
                    tf.TensorSpec((None,), tf.float32),
                ],
            )
            for dtype in ("uint8", "float32")
        }

    def run(self, batch: Batches, rates: list[float]) -> "Ran":
        """One step a batch."""
        results = self._steps[batch.images.dtype.name](batch.images, batch.labels, np.array(rates, np.float32))
        losses, right, weights, gradients = (result.numpy() for result in results)
        return Ran(losses, right, dict(zip(self._layers, np.stack([weights, gradients], 1).tolist(), strict=True)))

    def variables(self) -> list[NDArray[Any]]:
        """Copies of all that training changes."""
        return [np.copy(variable.numpy()) for variable in self._variables()]

    def restore(self, values: list[NDArray[Any]]) -> None:
        """Undo `variables`.

        Raises:
            DataError: the values are another network's.
        """
        variables = self._variables()
        if not _fit(variables, values):
            raise DataError(message("The checkpoint belongs to another network or optimizer than this run's."))
        _assign(variables, values)

    def branch_off(self, branch: Branch) -> None:
        """Begin where a run with the same network stood.

        Raises:
            DataError: it has another network.
        """
        own, values = self._model.variables, branch.state.variables
        if not _fit(own, values[: len(own)]):
            raise DataError(message("The checkpoint belongs to another network than this run's."))
        weights = {id(weight) for weight in self._model.weights}  # without the states of seed generators
        for variable, value in zip(own, values, strict=False):
            if id(variable) in weights:
                variable.assign(value)
        if self._averages:
            _assign(self._averages, [weight.numpy() for weight in self._model.weights])
        state = self._optimizer.variables
        kept = values[len(own) : len(own) + len(state)]
        if branch.same_optimizer and _fit(state, kept):
            _assign(state, kept)

    def _variables(self) -> list[Any]:
        return [*self._model.variables, *self._optimizer.variables, *self._averages]

    def weights(self) -> list[NDArray[Any]]:
        """Copies of the weights, or of the averages where they are kept."""
        return [np.copy(weight.numpy()) for weight in self._averages or self._model.weights]

    def with_weights(self, weights: list[NDArray[Any]]) -> "keras.Model":
        """The network with these weights, as a model of its own that computes in float32."""
        model = self._config.network.build()
        model.set_weights(weights)
        return model

    def _average(self) -> None:
        """Let the averages follow the weights: quickly at first, so that they forget the fresh ones."""
        from digitlab.backend import tf

        if self._averages:
            steps = tf.cast(self._optimizer.iterations, tf.float32)
            decay = tf.minimum(self._config.weight_average, steps / (steps + 9))
            for average, weight in zip(self._averages, self._model.weights, strict=True):
                average.assign(decay * average + (1 - decay) * weight)

    def _run_steps(self, images: Any, labels: Any, rates: Any) -> tuple[Any, Any, Any, Any]:
        from digitlab.backend import tf

        count = tf.shape(images)[0]
        losses = tf.TensorArray(tf.float32, count)
        right = tf.TensorArray(tf.float32, count)
        sizes = tf.zeros(len(self._layers))  # of the gradients
        for k in tf.range(count):
            pixels = tf.cast(images[k][..., None], tf.float32)
            if images.dtype == tf.uint8:
                pixels /= 255.0
            digits = tf.reduce_sum(tf.cast(labels[k] != NON_DIGIT, tf.int32))
            known = labels[k, :digits]
            truth = tf.one_hot(known, 10) if self._one_hot else known
            with tf.GradientTape() as tape:
                answers = self._model(pixels, training=True)
                if self._config.exposure is None:  # unsliced: on this very tensor Keras finds the logits
                    loss = cost = self._loss(truth, answers)
                else:
                    answers, others = answers[:digits], answers[digits:]
                    loss = self._loss(truth, answers)
                    cost = loss + self._config.exposure.loss(answers, others)
                if self._kernels:
                    squares = [tf.reduce_sum(tf.square(kernel)) for kernel in self._kernels]
                    cost += self._config.l2 * tf.add_n(squares)
            gradients = tape.gradient(cost, self._model.trainable_variables)
            if k == count - 1:  # a row shows the last step alone
                sizes = _sizes([[gradients[number] for number in numbers] for numbers in self._layers.values()])
            self._optimizer.learning_rate.assign(rates[k])
            self._optimizer.apply(gradients, self._model.trainable_variables)
            self._average()
            guess = tf.argmax(answers, axis=1, output_type=tf.int32)
            hits = tf.reduce_sum(tf.cast(guess == tf.cast(known, tf.int32), tf.float32))
            losses = losses.write(k, loss)
            right = right.write(k, hits)
        variables = self._model.trainable_variables
        weights = _sizes([[variables[number] for number in numbers] for numbers in self._layers.values()])
        return losses.stack(), right.stack(), weights, sizes


def _optimizer(config: TrainingConfig) -> Any:
    from digitlab.backend import keras

    rate = config.learning_rate
    match config.optimizer:
        case "adamw":
            return keras.optimizers.AdamW(rate, weight_decay=config.weight_decay, beta_2=config.second_moment)
        case "sgd":
            return keras.optimizers.SGD(rate, momentum=config.momentum, nesterov=config.nesterov)
        case "rmsprop":
            return keras.optimizers.RMSprop(rate)
    return keras.optimizers.Adam(rate, beta_2=config.second_moment)


def _kernels_by_layer(model: "keras.Model") -> dict[str, list[int]]:
    """Where each layer's kernels stand among the variables that are trained; layers without kernels are left out."""
    found: dict[str, list[int]] = {}
    for number, variable in enumerate(model.trainable_variables):
        if "kernel" in variable.name:
            found.setdefault(variable.path.split("/")[-2], []).append(number)
    return found


def _sizes(layers: list[list[Any]]) -> Any:
    """The L2 norm of each layer's tensors taken together, float32 [layers]."""
    from digitlab.backend import tf

    squares = [tf.add_n([tf.reduce_sum(tf.square(tf.cast(one, tf.float32))) for one in layer]) for layer in layers]
    return tf.sqrt(tf.stack(squares)) if squares else tf.zeros(0)


def _fit(variables: list[Any], values: list[NDArray[Any]]) -> bool:
    return [tuple(variable.shape) for variable in variables] == [np.shape(value) for value in values]


def _assign(variables: list[Any], values: list[NDArray[Any]]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
