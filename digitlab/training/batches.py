"""The digits of a run: which are trained on and which are held out, in which order, in which batches."""

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.data import drawn, mnist, pen_digits
from digitlab.data.augment import NON_DIGIT, augment
from digitlab.data.augmentation import Augmentation
from digitlab.data.fields import distance_fields
from digitlab.data.pen_digits import PenDigitSet
from digitlab.data.pen_variation import varied
from digitlab.training import exposure
from digitlab.training.config import TrainingConfig
from digitlab.training.settings import TRAINING_DIGITS

_AT_ONCE = 1280  # digits that are computed in one call: in between commands are heard, within a second or two


@dataclass(frozen=True)
class Split:
    """Digits that are trained on, and those that are looked at after each epoch: uint8 [N, 28, 28] and [N].

    `pen` are those that are trained on as strokes.
    """

    images: mnist.Images
    labels: mnist.Labels
    val_images: mnist.Images
    val_labels: mnist.Labels
    pen: PenDigitSet | None = None


def split(config: TrainingConfig, data: mnist.Mnist) -> Split:
    """A run's digits.

    Raises:
        DataError: drawings or strokes of the configuration are not here any more.
    """
    size = config.validation_size
    trained_on, held_out = slice(0, TRAINING_DIGITS - size), slice(TRAINING_DIGITS - size, TRAINING_DIGITS)
    if config.validation == "first":
        trained_on, held_out = slice(size, TRAINING_DIGITS), slice(0, size)
    images, labels = data.x_train[trained_on], data.y_train[trained_on]
    if config.train_size is not None:
        # One order for all runs: a smaller choice is a part of a larger one, and seeds can be compared.
        chosen = np.sort(np.random.default_rng(0).permutation(len(images))[: config.train_size])
        images, labels = images[chosen], labels[chosen]
    if config.drawings:
        shown, used = drawn.load(config.drawings), ~config.drawings.is_held_out
        images = np.concatenate([images, shown.images[used].repeat(config.drawings.copies, axis=0)])
        labels = np.concatenate([labels, shown.labels[used].repeat(config.drawings.copies)])
    pen = pen_digits.load(config.strokes) if config.strokes else None
    if config.validation == "test":
        return Split(images, labels, data.x_test, data.y_test, pen)
    return Split(images, labels, data.x_train[held_out], data.y_train[held_out], pen)


@dataclass(frozen=True)
class Batches:
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


def batches(
    config: TrainingConfig,
    images: mnist.Images,
    labels: mnist.Labels,
    step: int,
    pen: PenDigitSet | None = None,
) -> Iterator[Batches]:
    """All batches of the run from a step on; augmented ones are made by a thread while the network computes."""
    made = _in_order(config, _Source(config, images, labels, pen), step)
    return _ahead(made) if config.augmentation or config.exposure else made


class _Source:
    """Picks and varies the pictures of batches: of the digits [N], followed by the copies of pen digits [C · M]."""

    def __init__(
        self, config: TrainingConfig, images: mnist.Images, labels: mnist.Labels, pen: PenDigitSet | None
    ) -> None:
        self._images, self._labels, self._pen = images, labels, pen
        if pen:
            self._labels = np.concatenate([labels, np.tile(pen.labels, pen.copies)])
        self._exposure = config.exposure
        self._augmentation = config.augmentation or Augmentation()
        self._varies = config.augmentation is not None
        self._others = _non_digits(config, images, labels) if config.exposure else images[:0]
        self._fields = self._other_fields = images[:0]
        if self._augmentation.needs_fields:
            # The non-digits' too: drawn with the same pen as the digits, or the network would tell them by their lines.
            self._fields, self._other_fields = distance_fields(images), distance_fields(self._others)

    def __len__(self) -> int:
        return len(self._labels)

    def take(
        self, chosen: NDArray[np.int64], count: int, rng: np.random.Generator, progress: float
    ) -> tuple[NDArray[Any], mnist.Labels]:
        """The chosen digits as `count` batches, each with its non-digits: images [K, B, 28, 28] and labels [K, B].

        They are varied as they are when `progress`, 0..1, of the run is done.
        """
        digits = len(chosen) // count
        others = self._exposure.others(digits) if self._exposure else 0
        beside = rng.integers(0, max(1, len(self._others)), (count, others))
        images = _beside(self._plain(chosen), self._others, beside)
        labels = np.pad(self._labels[chosen].reshape(count, -1), ((0, 0), (0, others)), constant_values=NON_DIGIT)
        if not self._varies:
            return images, labels
        by_pen = np.pad((chosen >= len(self._images)).reshape(count, -1), ((0, 0), (0, others))).reshape(-1)
        scans, answers = images.reshape(-1, 28, 28), labels.reshape(-1)
        fields = None
        if self._augmentation.needs_fields:
            rows = np.minimum(chosen, len(self._images) - 1)
            fields = _beside(self._fields[rows], self._other_fields, beside).reshape(-1, 28, 28)[~by_pen]
        settings = self._augmentation.at(progress)
        made = augment(scans[~by_pen], answers[~by_pen], rng, settings, fields)
        if self._pen and by_pen.any():
            which = (chosen[chosen >= len(self._images)] - len(self._images)) % len(self._pen.labels)
            drawn_ones = varied(self._pen.strokes, which, answers[by_pen], rng, settings, self._pen.coarse)
            both = np.empty(scans.shape, np.float32)
            both[~by_pen], both[by_pen] = made, drawn_ones
            made = both
        return made.reshape(images.shape), labels

    def _plain(self, chosen: NDArray[np.int64]) -> mnist.Images:
        """The chosen digits without any variation."""
        if self._pen is None:
            return self._images[chosen]
        pictures = np.empty((len(chosen), 28, 28), np.uint8)
        by_pen = chosen >= len(self._images)
        pictures[~by_pen] = self._images[chosen[~by_pen]]
        pictures[by_pen] = self._pen.pictures[(chosen[by_pen] - len(self._images)) % len(self._pen.labels)]
        return pictures


def _non_digits(config: TrainingConfig, images: mnist.Images, labels: mnist.Labels) -> mnist.Images:
    """A run on drawings is short: it shows each of a quarter of them once or twice."""
    return exposure.pool(config.seed, images, labels, 0.25 if config.drawings else 1.0)


def _beside(digits: mnist.Images, others: mnist.Images, rows: NDArray[np.int64]) -> mnist.Images:
    """Digits [K · B, 28, 28], in K batches, each followed by its rows [K, E] of the others: [K, B + E, 28, 28]."""
    batches = digits.reshape(len(rows), -1, 28, 28)
    return np.concatenate([batches, others[rows]], axis=1) if rows.size else batches


def _in_order(config: TrainingConfig, source: _Source, step: int) -> Iterator[Batches]:
    while step < config.total_steps:
        epoch, done = step // config.steps_per_epoch + 1, step % config.steps_per_epoch
        order = np.random.default_rng([config.seed, epoch]).permutation(len(source))
        at = done * config.batch_size
        while at < len(order) and step < config.total_steps:
            whole = (len(order) - at) // config.batch_size
            until_logged = config.row_every - step % config.row_every
            at_once = max(1, _AT_ONCE // config.batch_size)
            count = min(until_logged, at_once, whole, config.total_steps - step)
            chosen = order[at : at + count * config.batch_size] if count else order[at:]  # the last batch may be small
            count = max(count, 1)
            at += len(chosen)
            rng = np.random.default_rng([config.seed, epoch, step])
            pictures, answers = source.take(chosen, count, rng, step / config.total_steps)
            step += count
            yield Batches(pictures, answers, len(chosen) // count, epoch, ends_epoch=at == len(order))


def _ahead(batches: Iterator[Batches], depth: int = 4) -> Iterator[Batches]:
    """Run an iterator in a thread, `depth` items ahead; its exceptions arrive here."""
    waiting: queue.Queue[Batches | BaseException | None] = queue.Queue(depth)
    closed = threading.Event()

    def put(item: Batches | BaseException | None) -> None:
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
