"""What a model answers to MNIST's digits: computed once, kept, and the basis of every metric."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.insight import once
from digitlab.insight.progress import Report, unheard
from digitlab.networks import zoo
from digitlab.networks.predictor import Predictor, energies
from digitlab.networks.zoo import Model
from digitlab.store import results
from digitlab.store.results import Result, Wanted

Part = Literal["test", "held-out", "training"]

KIND = "answers"
CHUNK = 250  # digits between two chances for others to use the predictor
_SMALLEST = 1e-7  # probability at which Keras cuts off, too


@dataclass(frozen=True)
class Answers:
    """A model's answers to N digits.

    Attributes:
        outputs: of the last layer, float32 [N, 10]: logits or probabilities.
        gives_logits: which of the two.
        labels: uint8 [N].
        first: the number of the first digit in its part of MNIST; the others follow.
        threshold: energy above which the model refuses; None where it always answers.
    """

    outputs: NDArray[np.float32]
    gives_logits: bool
    labels: mnist.Labels
    first: int = 0
    threshold: float | None = None

    def at(self, places: NDArray[np.int64]) -> "Answers":
        """The answers to some digits alone, by their places, for figures; their numbers are not known any more."""
        return replace(self, outputs=self.outputs[places], labels=self.labels[places])

    @cached_property
    def probabilities(self) -> NDArray[np.float32]:
        """float32 [N, 10]."""
        return np.exp(self._log_probabilities) if self.gives_logits else self.outputs

    @cached_property
    def digits(self) -> NDArray[np.int64]:
        """The most probable digit, int [N]; of equal ones the smallest."""
        return np.asarray(self.outputs.argmax(axis=1))

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        return np.asarray(self.digits == self.labels)

    @cached_property
    def confidence(self) -> NDArray[np.float32]:
        """The answer's probability, [N]."""
        return np.asarray(self.probabilities.max(axis=1))

    @cached_property
    def mistakes(self) -> NDArray[np.int64]:
        """The places of what is read wrong, the most confident first."""
        wrong = np.flatnonzero(~self.right)
        return np.asarray(wrong[np.argsort(-self.confidence[wrong], kind="stable")])

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """Cross-entropy of each digit in nats, [N], as Keras computes it: probabilities are cut off at 1e-7."""
        given = self._log_probabilities[np.arange(len(self.labels)), self.labels]
        return np.asarray(-given, np.float64)

    @cached_property
    def refused(self) -> NDArray[np.bool_]:
        """Where the model answers "?", bool [N]."""
        if self.threshold is None or not self.gives_logits:
            return np.zeros(len(self.labels), bool)
        return energies(self.outputs) > self.threshold

    @cached_property
    def _log_probabilities(self) -> NDArray[np.float32]:
        if self.gives_logits:
            return np.asarray(self.outputs + energies(self.outputs)[:, None], np.float32)
        return np.log(np.clip(self.outputs, _SMALLEST, 1 - _SMALLEST))


def held_out(model: Model) -> range | None:
    """The numbers of the training digits that the model never learned from; None where its card names none."""
    settings = model.card.get("settings", {})
    size, total = int(settings.get("validation_size") or 0), len(mnist.load().y_train)
    if not 0 < size < total:
        return None
    return {"first": range(size), "last": range(total - size, total)}.get(settings.get("validation"))


def digits_of(model: Model, part: Part) -> tuple[mnist.Images, mnist.Labels, int]:
    """A part's digits, uint8 [N, 28, 28], their labels [N] and the number of the first; none if none are held out."""
    data = mnist.load()
    if part == "test":
        return data.x_test, data.y_test, 0
    numbers = range(len(data.y_train)) if part == "training" else held_out(model) or range(0)
    chosen = slice(numbers.start, numbers.stop)
    return data.x_train[chosen], data.y_train[chosen], numbers.start


def wanted(model: Model, part: Part) -> Wanted:
    return Wanted(KIND, model.hash, {"part": part})


def compute(predictor: Predictor, images: mnist.Images, report: Report = unheard) -> Result:
    """The last layer's outputs for digits, in chunks, so that drawings are answered in between."""
    parts = [np.zeros((0, 10), np.float32)]
    for start in range(0, len(images), CHUNK):
        report(start, len(images))
        parts.append(predictor.outputs(mnist.scaled(images[start : start + CHUNK])))
    report(len(images), len(images))
    return Result({"outputs": np.concatenate(parts)})


def known(model: Model, part: Part) -> Answers | None:
    """The answers, if they were computed before."""
    found = results.kept(wanted(model, part))
    return None if found is None else _answers(model, part, found)


def answers(predictor: Predictor, model: Model, part: Part = "test", report: Report = unheard) -> Answers:
    """The answers, computed here and now unless kept; two requests at once compute them once.

    Raises:
        StoreError: they cannot be kept.
    """
    found = once.get(wanted(model, part), lambda: compute(predictor, digits_of(model, part)[0], report))
    return _answers(model, part, found)


def job(asked: Wanted, report: Report) -> Result:
    """The same as a job of the queue.

    Raises:
        ModelError: the model is gone or damaged.
    """
    model = zoo.find(asked.model)
    return compute(zoo.open_model(model.name), digits_of(model, asked.options["part"])[0], report)


def _answers(model: Model, part: Part, found: Result) -> Answers:
    _, labels, first = digits_of(model, part)
    return Answers(found.arrays["outputs"], model.network.gives_logits, labels, first, model.threshold)
