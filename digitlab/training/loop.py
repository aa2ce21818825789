"""The one function that trains: configuration and commands in, events and weights out."""

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from digitlab.data import mnist
from digitlab.training import calibration
from digitlab.training.batches import Split, batches, split
from digitlab.training.best import Best
from digitlab.training.comparable import differences
from digitlab.training.config import TrainingConfig
from digitlab.training.events import (
    Checkpoint,
    Commands,
    Epoch,
    Evaluated,
    Event,
    Failed,
    Finished,
    GoOn,
    Save,
    SetRate,
    Started,
    Step,
    Stop,
    no_commands,
)
from digitlab.training.start import first_model
from digitlab.training.state import Branch, State
from digitlab.training.trainer import Trainer
from digitlab.training.units import Units
from digitlab.words import message

if TYPE_CHECKING:
    import keras

_EVALUATION_BATCH = 500
READ_PLAINLY = 2000  # training digits that are read as they are after an epoch


def train(
    config: TrainingConfig,
    commands: Commands = no_commands,
    resume: State | None = None,
    branch: Branch | None = None,
) -> Iterator[Event]:
    """Train a network from the weights it begins with, or go on from a checkpoint.

    The same configuration gives the same run: the seed sets the first weights and dropout, and the order of the
    digits and their augmentation depend on (seed, epoch, step) alone. A run that goes on from a checkpoint, with the
    commands that came after it at the same steps, ends with the same weights as one that was never interrupted, byte
    for byte on a CPU with the same number of threads.

    Args:
        config: what to train and how.
        commands: asked after every few steps, always after the same ones, what it is to do.
        resume: the state to go on from, of a run with this configuration.
        branch: the state of a run with the same network to begin with; not used where `resume` is given.

    Yields:
        Started, then Step, Epoch and Checkpoint events (a Checkpoint after each epoch and for each Save), then
        Evaluated and Finished; or Failed as the last.

    Raises:
        DataError: MNIST, drawings or strokes are missing or altered, or the state is another network's.
        ModelError: the model to start from is not there or damaged.
        InputError: no layer of that model fits.
    """
    data = mnist.load()
    digits = split(config, data)
    model = first_model(config, fresh=not (resume or branch))
    trainer = Trainer(config, model)
    at = resume or State(step=0, learning_rate=config.learning_rate, variables=[])
    if resume:
        trainer.restore(resume.variables)
    elif branch:
        trainer.branch_off(branch)
    config = replace(config, learning_rate=at.learning_rate)
    units = Units(config.network, model, digits.images)
    plain = (digits.images[:READ_PLAINLY], digits.labels[:READ_PLAINLY]) if differences(config) else None
    yield Started(model.count_params(), config.total_steps, config.digits, partial(_read, config, model))

    begun = time.perf_counter() - at.seconds
    epoch_begun = time.perf_counter() - at.epoch_seconds
    step, stopped = at.step, at.stopped
    best = Best(config, at)
    totals = np.array(at.totals)  # of this epoch: loss, right answers, digits
    result: tuple[keras.Model, float | None] | None = None
    for batch in () if stopped or best.no_more else batches(config, digits.images, digits.labels, step, digits.pen):
        since = time.perf_counter()
        rates = [config.rate_at(step + k) for k in range(len(batch.images))]
        losses, right, layers = trainer.run(batch, rates)
        step += len(losses)
        size = batch.digits
        totals += [losses.sum() * size, right.sum(), size * len(losses)]
        if not np.isfinite(losses).all():
            yield Failed(
                step, message("The loss is no longer a number after step {step}; try a lower learning rate.", step=step)
            )
            return
        if step % config.row_every == 0 or batch.ends_epoch or step == config.total_steps:
            now = time.perf_counter()
            speed = size * len(losses) / (now - since)
            accuracy = float(right[-1]) / size
            yield Step(step, batch.epoch, float(losses[-1]), accuracy, rates[-1], speed, now - begun, layers)
        save = goes_on = False
        for command in commands(step):
            match command:
                case Stop():
                    stopped = True
                case SetRate():
                    config = replace(config, learning_rate=command.rate)
                case Save():
                    save = True
                case GoOn():
                    goes_on = True
        last = stopped or step == config.total_steps
        if batch.ends_epoch or last:
            save = True
            val_loss = val_accuracy = plain_loss = plain_accuracy = None
            if digits.val_images.size:
                if last and not config.keep_best:
                    result = _result(config, trainer.with_weights(trainer.weights()), digits)
                averaged = trainer.with_weights(trainer.weights()) if config.weight_average and not result else None
                now_model = result[0] if result else averaged or model
                val_loss, val_accuracy = evaluate(now_model, config, digits.val_images, digits.val_labels)
                if plain:
                    plain_loss, plain_accuracy = evaluate(now_model, config, *plain)
            if batch.ends_epoch and val_loss is not None and val_accuracy is not None:
                best.look(batch.epoch, val_accuracy, val_loss, trainer.weights)
                best.waited *= not goes_on
                last = last or best.no_more
            dead = units.dead()
            now = time.perf_counter()
            loss, accuracy = (totals[:2] / totals[2]).tolist()
            yield Epoch(
                batch.epoch,
                step,
                loss,
                accuracy,
                val_loss,
                val_accuracy,
                now - epoch_begun,
                dead,
                plain_loss,
                plain_accuracy,
            )
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
                best=best.found,
                waited=best.waited,
                best_weights=best.weights,
            )
            yield Checkpoint(state, batch.ends_epoch)
            away = time.perf_counter() - handed_over  # written by the caller, perhaps paused
            begun, epoch_begun = begun + away, epoch_begun + away
        if last:
            break
    seconds = time.perf_counter() - begun
    trained, threshold = result or _result(config, trainer.with_weights(best.weights or trainer.weights()), digits)
    yield Evaluated(*evaluate(trained, config, data.x_test, data.y_test))
    yield Finished(trained, step, seconds, stopped, threshold, best.kept_epoch, best.no_more)


def _result(config: TrainingConfig, model: "keras.Model", digits: Split) -> tuple["keras.Model", float | None]:
    """A network as it leaves training, and its threshold. It is a model of its own: training may go on one day."""
    return model, _calibrate(config, model, digits)


def evaluate(
    model: "keras.Model", config: TrainingConfig, images: mnist.Images, labels: mnist.Labels
) -> tuple[float, float]:
    """Mean cross-entropy (without label smoothing) and accuracy (0..1) of a model on digits, uint8 [N, 28, 28]."""
    from digitlab.backend import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=config.network.gives_logits)
    answers = outputs(model, images)
    return float(loss(labels, answers)), float((answers.argmax(axis=1) == labels).mean())


def _calibrate(config: TrainingConfig, model: "keras.Model", digits: Split) -> float | None:
    """Fit the temperature and the threshold where the configuration asks for them.

    Both are fitted on the validation digits; the threshold also on the pen digits that were learned from, as scans say
    little about how sure a network is of strokes.
    """
    if config.calibrated:
        temperature = calibration.best_temperature(outputs(model, digits.val_images), digits.val_labels)
        calibration.divide_logits(model, temperature)
    if config.exposure:
        groups = [digits.val_images, *([digits.pen.pictures] if digits.pen else [])]
        found = [calibration.energies(outputs(model, images)) for images in groups]
        return calibration.energy_threshold(found, config.exposure.answered)
    return None


def _read(config: TrainingConfig, model: "keras.Model", images: NDArray[np.float32]) -> NDArray[np.float32]:
    answers = np.asarray(model(images[..., None], training=False), np.float32)
    return np.asarray(softmax(answers, axis=1)) if config.network.gives_logits else answers


def outputs(model: "keras.Model", images: mnist.Images) -> NDArray[np.float32]:
    """The last layer's output for digits, uint8 [N, 28, 28]: float32 [N, 10]."""
    parts = np.split(images, range(_EVALUATION_BATCH, len(images), _EVALUATION_BATCH))
    return np.concatenate([model(part[..., None].astype(np.float32) / 255, training=False).numpy() for part in parts])
