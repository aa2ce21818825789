"""The one function that trains: configuration and commands in, events and weights out."""

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.data.augment import NON_DIGIT, Augmentation, augment, distance_fields
from digitlab.errors import DataError
from digitlab.training import calibration, exposure
from digitlab.training.config import TrainingConfig
from digitlab.training.events import (
    Checkpoint,
    Commands,
    Epoch,
    Evaluated,
    Event,
    Failed,
    Finished,
    Save,
    SetRate,
    Started,
    Step,
    Stop,
    no_commands,
)
from digitlab.training.state import State

if TYPE_CHECKING:
    import keras

_EVALUATION_BATCH = 500
_AT_ONCE = 1280  # digits that are computed in one call: in between commands are heard, within a second or two


def train(config: TrainingConfig, commands: Commands = no_commands, resume: State | None = None) -> Iterator[Event]:
    """Train a network from fresh weights, or go on from a checkpoint.

    The same configuration gives the same run: the seed sets the first weights and dropout, and the order of the
    digits and their augmentation depend on (seed, epoch, step) alone. A run that goes on from a checkpoint, with the
    commands that came after it at the same steps, ends with the same weights as one that was never interrupted, byte
    for byte on a CPU with the same number of threads.

    Args:
        config: what to train and how.
        commands: asked after every few steps, always after the same ones, what it is to do.
        resume: the state to go on from, of a run with this configuration.

    Yields:
        Started, then Step, Epoch and Checkpoint events (a Checkpoint after each epoch and for each Save), then
        Evaluated and Finished; or Failed as the last.

    Raises:
        DataError: MNIST is missing or altered, or the state is another network's.
    """
    from digitlab.backend import keras

    data = mnist.load()
    split = _split(config, data)
    keras.utils.set_random_seed(config.seed)
    model = config.network.build(config.precision)
    trainer = _Trainer(config, model)
    at = resume or State(step=0, learning_rate=config.learning_rate, variables=[])
    if resume:
        trainer.restore(resume.variables)
    config = replace(config, learning_rate=at.learning_rate)
    yield Started(model.count_params(), config.total_steps, config.digits)

    begun = time.perf_counter() - at.seconds
    epoch_begun = time.perf_counter() - at.epoch_seconds
    step, stopped = at.step, at.stopped
    totals = np.array(at.totals)  # of this epoch: loss, right answers, digits
    trained: keras.Model | None = None
    threshold: float | None = None
    for batch in () if stopped else _batches(config, split.images, split.labels, step):
        since = time.perf_counter()
        rates = [config.rate_at(step + k) for k in range(len(batch.images))]
        losses, right = trainer.run(batch, rates)
        step += len(losses)
        size = batch.digits
        totals += [losses.sum() * size, right.sum(), size * len(losses)]
        if not np.isfinite(losses).all():
            yield Failed(step, f"The loss is no longer a number after step {step}; try a lower learning rate.")
            return
        if step % config.log_every == 0 or batch.ends_epoch or step == config.total_steps:
            now = time.perf_counter()
            speed = size * len(losses) / (now - since)
            yield Step(step, batch.epoch, float(losses[-1]), float(right[-1]) / size, rates[-1], speed, now - begun)
        save = False
        for command in commands(step):
            match command:
                case Stop():
                    stopped = True
                case SetRate():
                    config = replace(config, learning_rate=command.rate)
                case Save():
                    save = True
        last = stopped or step == config.total_steps
        if batch.ends_epoch or last:
            save = True
            if last:
                trained, threshold = _result(config, trainer, split)
            val_loss, val_accuracy = (
                evaluate(trained or model, config, split.val_images, split.val_labels)
                if split.val_images.size
                else (None, None)
            )
            now = time.perf_counter()
            loss, accuracy = (totals[:2] / totals[2]).tolist()
            yield Epoch(batch.epoch, step, loss, accuracy, val_loss, val_accuracy, now - epoch_begun)
            if batch.ends_epoch:  # else it was stopped within, and may go on one day
                epoch_begun, totals = now, np.zeros(3)
        if save:
            handed_over = time.perf_counter()
            state = State(
                step=step,
                learning_rate=config.learning_rate,
                variables=trainer.variables(),
                stopped=stopped,
                totals=(float(totals[0]), float(totals[1]), float(totals[2])),
                seconds=handed_over - begun,
                epoch_seconds=handed_over - epoch_begun,
            )
            yield Checkpoint(state, batch.ends_epoch)
            away = time.perf_counter() - handed_over  # written by the caller, perhaps paused
            begun, epoch_begun = begun + away, epoch_begun + away
        if last:
            break
    seconds = time.perf_counter() - begun
    if trained is None:  # it goes on from its very end
        trained, threshold = _result(config, trainer, split)
    yield Evaluated(*evaluate(trained, config, data.x_test, data.y_test))
    yield Finished(trained, step, seconds, stopped, threshold)


def _result(config: TrainingConfig, trainer: "_Trainer", split: "_Split") -> tuple["keras.Model", float | None]:
    """The network as it leaves training, and its threshold.

    It is a model of its own, so that training could go on from its last step.
    """
    model = trainer.trained()
    return model, _calibrate(config, model, split)


def evaluate(
    model: "keras.Model", config: TrainingConfig, images: mnist.Images, labels: mnist.Labels
) -> tuple[float, float]:
    """Mean cross-entropy (without label smoothing) and accuracy (0..1) of a model on digits, uint8 [N, 28, 28]."""
    from digitlab.backend import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=config.network.gives_logits)
    answers = _answers(model, images)
    return float(loss(labels, answers)), float((answers.argmax(axis=1) == labels).mean())


def _calibrate(config: TrainingConfig, model: "keras.Model", split: "_Split") -> float | None:
    """Fit the temperature and the threshold on the validation digits, where the configuration asks for them."""
    if config.calibrated:
        temperature = calibration.best_temperature(_answers(model, split.val_images), split.val_labels)
        calibration.divide_logits(model, temperature)
    if config.exposure:
        return calibration.energy_threshold(_answers(model, split.val_images), config.exposure.answered)
    return None


def _answers(model: "keras.Model", images: mnist.Images) -> NDArray[np.float32]:
    """The last layer's output for digits, uint8 [N, 28, 28]: float32 [N, 10]."""
    parts = np.split(images, range(_EVALUATION_BATCH, len(images), _EVALUATION_BATCH))
    return np.concatenate([model(part[..., None].astype(np.float32) / 255, training=False).numpy() for part in parts])


@dataclass(frozen=True)
class _Split:
    images: mnist.Images
    labels: mnist.Labels
    val_images: mnist.Images
    val_labels: mnist.Labels


def _split(config: TrainingConfig, data: mnist.Mnist) -> _Split:
    size = config.validation_size
    if config.validation == "test":
        return _Split(data.x_train, data.y_train, data.x_test, data.y_test)
    if config.validation == "first":
        return _Split(data.x_train[size:], data.y_train[size:], data.x_train[:size], data.y_train[:size])
    at = len(data.x_train) - size
    return _Split(data.x_train[:at], data.y_train[:at], data.x_train[at:], data.y_train[at:])


@dataclass(frozen=True)
class _Batches:
    """K batches in a row.

    Attributes:
        images: [K, B, 28, 28], uint8, or float32 in 0..1 when augmented.
        labels: uint8 [K, B]; digits come first, NON_DIGIT stands for what is shown beside them.
        digits: digits in each batch.
        epoch: counted from 1.
        ends_epoch: whether the last one ends it.
    """

    images: NDArray[Any]
    labels: mnist.Labels
    digits: int
    epoch: int
    ends_epoch: bool


def _batches(config: TrainingConfig, images: mnist.Images, labels: mnist.Labels, step: int) -> Iterator[_Batches]:
    """All batches of the run from a step on; augmented ones are made by a thread while the network computes."""
    made = _in_order(config, len(images), _Source(config, images, labels), step)
    return _ahead(made) if config.augmentation or config.exposure else made


class _Source:
    """Picks and varies the pictures of batches."""

    def __init__(self, config: TrainingConfig, images: mnist.Images, labels: mnist.Labels) -> None:
        self._images, self._labels = images, labels
        self._exposure = config.exposure
        self._augmentation = config.augmentation or Augmentation()
        self._varies = config.augmentation is not None
        self._others = exposure.pool(config.seed, images, labels) if config.exposure else images[:0]
        self._fields = self._other_fields = images[:0]
        if self._augmentation.needs_fields:
            # The non-digits' too: drawn with the same pen as the digits, or the network would tell them by their lines.
            self._fields, self._other_fields = distance_fields(images), distance_fields(self._others)

    def take(
        self, chosen: NDArray[np.int64], count: int, rng: np.random.Generator
    ) -> tuple[NDArray[Any], mnist.Labels]:
        """The chosen digits as `count` batches, each with its non-digits: images [K, B, 28, 28] and labels [K, B]."""
        digits = len(chosen) // count
        others = self._exposure.others(digits) if self._exposure else 0
        beside = rng.integers(0, max(1, len(self._others)), (count, others))
        images = _beside(self._images[chosen], self._others, beside)
        labels = np.pad(self._labels[chosen].reshape(count, -1), ((0, 0), (0, others)), constant_values=NON_DIGIT)
        if not self._varies:
            return images, labels
        fields = None
        if self._augmentation.needs_fields:
            fields = _beside(self._fields[chosen], self._other_fields, beside).reshape(-1, 28, 28)
        varied = augment(images.reshape(-1, 28, 28), labels.reshape(-1), rng, self._augmentation, fields)
        return varied.reshape(images.shape), labels


def _beside(digits: mnist.Images, others: mnist.Images, rows: NDArray[np.int64]) -> mnist.Images:
    """Digits [K · B, 28, 28], in K batches, each followed by its rows [K, E] of the others: [K, B + E, 28, 28]."""
    batches = digits.reshape(len(rows), -1, 28, 28)
    return np.concatenate([batches, others[rows]], axis=1) if rows.size else batches


def _in_order(config: TrainingConfig, size: int, source: _Source, step: int) -> Iterator[_Batches]:
    while step < config.total_steps:
        epoch, done = step // config.steps_per_epoch + 1, step % config.steps_per_epoch
        order = np.random.default_rng([config.seed, epoch]).permutation(size)
        at = done * config.batch_size
        while at < len(order) and step < config.total_steps:
            whole = (len(order) - at) // config.batch_size
            until_logged = config.log_every - step % config.log_every
            at_once = max(1, _AT_ONCE // config.batch_size)
            count = min(until_logged, at_once, whole, config.total_steps - step)
            chosen = order[at : at + count * config.batch_size] if count else order[at:]  # the last batch may be small
            count = max(count, 1)
            at += len(chosen)
            rng = np.random.default_rng([config.seed, epoch, step])
            pictures, answers = source.take(chosen, count, rng)
            step += count
            yield _Batches(pictures, answers, len(chosen) // count, epoch, ends_epoch=at == len(order))


def _ahead(batches: Iterator[_Batches], depth: int = 4) -> Iterator[_Batches]:
    """Run an iterator in a thread, `depth` items ahead; its exceptions arrive here."""
    waiting: queue.Queue[_Batches | BaseException | None] = queue.Queue(depth)
    closed = threading.Event()

    def put(item: _Batches | BaseException | None) -> None:
        while not closed.is_set():
            with suppress(queue.Full):
                waiting.put(item, timeout=0.1)
                return

    def fill() -> None:
        try:
            for item in batches:
                put(item)
                if closed.is_set():
                    return
            put(None)
        except BaseException as error:
            put(error)

    thread = threading.Thread(target=fill, name="augment", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        closed.set()
        thread.join()


class _Trainer:
    """A model with its optimiser; many steps run in one call, which costs Python less."""

    def __init__(self, config: TrainingConfig, model: "keras.Model") -> None:
        from digitlab.backend import keras, tf

        self._config = config
        self._model = model
        self._optimizer = keras.optimizers.Adam(config.learning_rate, beta_2=config.second_moment)
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

    def run(self, batch: _Batches, rates: list[float]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """One step a batch. Returns each batch's mean loss and number of right answers before its step, [K]."""
        results = self._steps[batch.images.dtype.name](batch.images, batch.labels, np.array(rates, np.float32))
        losses, right = (result.numpy() for result in results)
        return losses, right

    def variables(self) -> list[NDArray[Any]]:
        """Copies of all that training changes."""
        return [np.copy(variable.numpy()) for variable in self._variables()]

    def restore(self, values: list[NDArray[Any]]) -> None:
        """Undo `variables`.

        Raises:
            DataError: the values are another network's.
        """
        variables = self._variables()
        if [np.shape(value) for value in values] != [tuple(variable.shape) for variable in variables]:
            raise DataError("The checkpoint is of another network or optimiser than this run's.")
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def _variables(self) -> list[Any]:
        return [*self._model.variables, *self._optimizer.variables, *self._averages]

    def trained(self) -> "keras.Model":
        """The network with its last weights, or with the averages where they are kept; it computes in float32."""
        model = self._config.network.build()
        model.set_weights([weight.numpy() for weight in self._averages or self._model.weights])
        return model

    def _average(self) -> None:
        """Let the averages follow the weights: quickly at first, so that they forget the fresh ones."""
        from digitlab.backend import tf

        if self._averages:
            steps = tf.cast(self._optimizer.iterations, tf.float32)
            decay = tf.minimum(self._config.weight_average, steps / (steps + 9))
            for average, weight in zip(self._averages, self._model.weights, strict=True):
                average.assign(decay * average + (1 - decay) * weight)

    def _run_steps(self, images: Any, labels: Any, rates: Any) -> tuple[Any, Any]:
        from digitlab.backend import tf

        count = tf.shape(images)[0]
        losses = tf.TensorArray(tf.float32, count)
        right = tf.TensorArray(tf.float32, count)
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
            gradients = tape.gradient(cost, self._model.trainable_variables)
            self._optimizer.learning_rate.assign(rates[k])
            self._optimizer.apply(gradients, self._model.trainable_variables)
            self._average()
            guess = tf.argmax(answers, axis=1, output_type=tf.int32)
            hits = tf.reduce_sum(tf.cast(guess == tf.cast(known, tf.int32), tf.float32))
            losses = losses.write(k, loss)
            right = right.write(k, hits)
        return losses.stack(), right.stack()
