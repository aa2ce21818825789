"""How a model sees a digit: its last hidden layer, brought down to 64 numbers, for all 70,000 digits.

The 64 are the principal components with the largest variance over 10,000 training digits (Pearson, 1901). What lies
close together here looks alike to the model. A search compares with all digits; at 64 numbers each that takes
milliseconds.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.data.mnist import SIZES, Part
from digitlab.insight import answers
from digitlab.insight.progress import Report
from digitlab.networks import zoo
from digitlab.networks.graph import CLASSES, INPUT, Network
from digitlab.networks.predictor import Predictor
from digitlab.networks.zoo import Model
from digitlab.store import results
from digitlab.store.results import Result, Wanted

Floats = NDArray[np.float32]

KIND = "features"
SIZE = 64
SAME = 1e-6  # spread of numbers up to which they are the same for every digit
_FITTED_ON = 10_000
_IN_MEMORY = 4  # models, 18 MB each
_CHUNK = 1000


@dataclass(frozen=True)
class Basis:
    """Principal components.

    Attributes:
        mean: float32 [units].
        components: float32 [K, units], unit length, the largest variance first.
        share: how much of the variance they hold, 0..1.
    """

    mean: Floats
    components: Floats
    share: float

    def project(self, values: Floats) -> Floats:
        """[N, units] to [N, K]."""
        return np.asarray((values - self.mean) @ self.components.T)


def fit(values: Floats, size: int = SIZE) -> Basis:
    """The first `size` principal components of [N, units], or all if there are fewer.

    Each points where its largest weight is positive, so that a map never comes out mirrored.
    """
    mean = values.mean(axis=0)
    centred = (values - mean).astype(np.float64)
    variances, vectors = np.linalg.eigh(centred.T @ centred / len(values))
    order = np.argsort(-variances)[:size]
    components = vectors[:, order].T
    signs = np.sign(components[np.arange(len(order)), np.abs(components).argmax(axis=1)])
    share = float(variances[order].sum() / max(float(variances.sum()), 1e-12))
    return Basis(mean.astype(np.float32), (components * signs[:, None]).astype(np.float32), share)


def last_hidden(network: Network) -> str:
    """The layer that the last one reads; layers that are active only during training, like dropout, are skipped."""
    layers = {layer.name: layer for layer in network.layers}
    name = network.layers[-1].inputs[0]
    while name != INPUT and layers[name].rests:
        name = layers[name].inputs[0]
    return name


def wanted(model: Model) -> Wanted:
    return Wanted(KIND, model.hash, {"layer": last_hidden(model.network), "size": SIZE})


def job(asked: Wanted, report: Report) -> Result:
    """Features of all digits; the model's answers, which come out beside them, are kept as well.

    Raises:
        ModelError: the model is gone or damaged.
    """
    model, data = zoo.find(asked.model), mnist.load()
    predictor = zoo.open_model(model.name)
    layer = asked.options["layer"]
    rng = np.random.default_rng(0)
    some = np.sort(rng.choice(len(data.x_train), _FITTED_ON, replace=False))
    total = _FITTED_ON + len(data.x_train) + len(data.x_test)
    values, _ = _outputs(predictor, data.x_train[some], layer, report, 0, total)
    basis = fit(values, asked.options["size"])
    kept: dict[str, NDArray[Any]] = {"mean": basis.mean, "components": basis.components}
    done = _FITTED_ON
    for part in SIZES:
        images, _ = data.of(part)
        kept[part], outputs = _outputs(predictor, images, layer, report, done, total, basis)
        results.keep(answers.wanted(model, part), Result({"outputs": outputs}))
        done += len(images)
    return Result(kept, {"share": basis.share})


def _outputs(
    predictor: Predictor,
    images: mnist.Images,
    layer: str,
    report: Report,
    done: int,
    total: int,
    basis: Basis | None = None,
) -> tuple[NDArray[Any], Floats]:
    """A layer's outputs, projected to half precision if there is a basis, and the last layer's."""
    features, outputs = [], []
    for start in range(0, len(images), _CHUNK):
        report(done + start, total)
        part = mnist.scaled(images[start : start + _CHUNK])
        values, answer = predictor.layer_outputs(part, layer)
        features.append(values if basis is None else basis.project(values).astype(np.float16))
        outputs.append(answer)
    return np.concatenate(features), np.concatenate(outputs)


@dataclass(frozen=True)
class Features:
    """All digits as a model sees them.

    Attributes:
        layer: which layer's outputs they were.
        basis: how a new picture comes here.
        training, test: float32 [60000, K] and [10000, K].
        means: of each class of the training digits, float32 [10, K].
    """

    layer: str
    basis: Basis
    training: Floats
    test: Floats
    means: Floats

    def of(self, part: Part) -> Floats:
        return self.training if part == "training" else self.test

    @property
    def vary(self) -> bool:
        """Whether the layer gives different numbers for different digits."""
        return bool(self.training.std(axis=0).max() > SAME)

    def nearest(self, place: Floats, count: int, but_not: int | None = None) -> tuple[NDArray[np.int64], Floats]:
        """The training digits nearest to a place [K], nearest first: their numbers and distances, [count] each.

        Args:
            but_not: a training digit that is left out, the one that was asked about.
        """
        squares = (self.training**2).sum(axis=1) - 2 * self.training @ place + place @ place
        if but_not is not None:
            squares[but_not] = np.inf
        near = np.argpartition(squares, count)[:count]
        near = near[np.argsort(squares[near], kind="stable")]
        return near, np.sqrt(np.maximum(squares[near], 0))

    def strangeness(self, part: Part) -> Floats:
        """How little each digit looks like its class: the distance to the mean of the training digits of its label."""
        _, labels = mnist.load().of(part)
        return np.asarray(np.linalg.norm(self.of(part) - self.means[labels], axis=1))


def known(model: Model) -> Features | None:
    """The features, if they were computed before."""
    found = results.kept(wanted(model))
    return None if found is None else _remembered.of(model.hash, wanted(model).options["layer"], found)


class _Remembered:
    """The last few models' features, unpacked."""

    def __init__(self) -> None:
        self._features: OrderedDict[str, Features] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, model: str, layer: str, found: Result) -> Features:
        with self._lock:
            if model not in self._features:
                self._features[model] = _unpacked(layer, found)
            self._features.move_to_end(model)
            while len(self._features) > _IN_MEMORY:
                self._features.popitem(last=False)
            return self._features[model]


_remembered = _Remembered()


def _unpacked(layer: str, found: Result) -> Features:
    basis = Basis(found.arrays["mean"], found.arrays["components"], found.facts["share"])
    training, test = (found.arrays[part].astype(np.float32) for part in ("training", "test"))
    labels = mnist.load().y_train
    means = np.stack([training[labels == digit].mean(axis=0) for digit in range(CLASSES)])
    return Features(layer, basis, training, test, means)


def locate(predictor: Predictor, features: Features, image: Floats) -> Floats:
    """Where a new picture, float32 [28, 28] in 0..1, lies among the features: [K]."""
    values, _ = predictor.layer_outputs(image[None], features.layer)
    return np.asarray(features.basis.project(values)[0])
