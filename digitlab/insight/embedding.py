"""A map of test digits as a model sees them: what lies close together has similar features.

A layer's outputs are brought down to 64 principal components. The map's two directions are the first two of these
(method "pca", at once), or t-SNE lays neighbours beside each other (van der Maaten and Hinton, 2008,
https://jmlr.org/papers/v9/vandermaaten08a.html; computed by openTSNE, Poličar et al., 2024, https://doi.org/10.18637/jss.v109.i03).
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.errors import ModelError
from digitlab.insight import features, once
from digitlab.insight.features import SAME, SIZE, Basis
from digitlab.insight.progress import Report, unheard
from digitlab.networks import zoo
from digitlab.networks.graph import CLASSES
from digitlab.networks.predictor import Predictor
from digitlab.networks.zoo import Model
from digitlab.store import results
from digitlab.store.results import Result, Wanted
from digitlab.words import message

Floats = NDArray[np.float32]
Method = Literal["pca", "t-sne"]

KIND = "map"
DIGITS = 5000
NEIGHBOURS = 10  # between which a new digit is put
PERPLEXITY = 30
_EARLY, _LATE = 120, 250  # rounds of t-SNE with exaggerated attraction, and without
_EVERY = 10  # rounds between two reports
_WIDEST = 2048  # numbers a digit; a wider layer is first projected at random, which keeps distances nearly
_RANDOM = 256
_CHUNK = 250


@dataclass(frozen=True)
class Map:
    """Where test digits lie.

    Attributes:
        layer: whose outputs they are.
        method: how they were laid out.
        numbers: which test digits, int [N].
        places: float32 [N, 2].
        reduced: their principal components, float32 [N, K].
        basis: how a new picture gets such.
    """

    layer: str
    method: Method
    numbers: NDArray[np.int64]
    places: Floats
    reduced: Floats
    basis: Basis


def wanted(model: Model, layer: str, method: Method, digits: int = DIGITS) -> Wanted:
    return Wanted(KIND, model.hash, {"layer": layer, "method": method, "digits": digits})


def known(model: Model, layer: str, method: Method, digits: int = DIGITS) -> Map | None:
    """The map, if computed before."""
    found = results.kept(wanted(model, layer, method, digits))
    return None if found is None else _map(layer, method, found)


def by_components(
    predictor: Predictor, model: Model, layer: str, report: Report = unheard, digits: int = DIGITS
) -> Map:
    """The map of the first two principal components, computed here and now unless kept.

    Raises:
        StoreError: it cannot be kept.
    """
    asked = wanted(model, layer, "pca", digits)
    return _map(layer, "pca", once.get(asked, lambda: _components(predictor, layer, digits, report)))


def job(asked: Wanted, report: Report) -> Result:
    """A map of either method, as a job of the queue.

    Raises:
        ModelError: the model is gone or damaged, or the layer gives the same numbers for every digit.
    """
    model, layer, digits = zoo.find(asked.model), asked.options["layer"], asked.options["digits"]
    rounds = _EARLY + _LATE

    def components_report(done: float, total: float) -> None:
        report(0.1 * rounds * done / total, 1.1 * rounds)

    found = results.kept(wanted(model, layer, "pca", digits))
    if found is None:
        found = _components(zoo.open_model(model.name), layer, digits, components_report)
    if asked.options["method"] == "pca":
        return found
    if not varies(_map(layer, "pca", found)):
        raise ModelError(
            message("Layer {layer} gives the same numbers for every digit, so a map is impossible.", layer=layer)
        )
    places = _tsne(found.arrays["reduced"], lambda done, _: report(0.1 * rounds + done, 1.1 * rounds))
    return Result({**found.arrays, "places": places}, found.facts)


def put(predictor: Predictor, found: Map, images: Floats, count: int = NEIGHBOURS) -> tuple[Floats, NDArray[np.int64]]:
    """Where new pictures belong on a finished map, and which of its digits are nearest to each.

    On a map of principal components they are projected as the others were. On one of t-SNE each is put between its ten
    nearest digits, with weights that fall off as t-SNE's own do; nothing is fitted again.

    Args:
        images: float32 [N, 28, 28] in 0..1.
        count: how many of the nearest are wanted.

    Returns:
        the places, float32 [N, 2], and for each picture the places of its nearest digits among the map's, nearest first
        by the principal components, int [N, count].
    """
    reduced = found.basis.project(_layer(predictor, images, found.layer))
    squares = ((reduced[:, None] - found.reduced[None]) ** 2).sum(axis=2)
    order = np.argsort(squares, axis=1)
    if found.method == "pca":
        return reduced[:, :2], order[:, :count]
    near = order[:, :NEIGHBOURS]
    squares = np.take_along_axis(squares, near, axis=1)
    spread = np.maximum(squares[:, NEIGHBOURS // 2 : NEIGHBOURS // 2 + 1], 1e-9)
    weights = np.exp(-(squares - squares[:, :1]) / spread)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray((weights[:, :, None] * found.places[near]).sum(axis=1), np.float32), order[:, :count]


def varies(found: Map) -> bool:
    """Whether the layer gives different numbers for different digits; one whose units are all dead does not."""
    return bool(found.reduced.std(axis=0).max() > SAME)


def neighbours_alike(found: Map, labels: NDArray[np.uint8]) -> tuple[float, tuple[int, int]]:
    """How well the classes are apart on a map.

    Args:
        labels: of all test digits.

    Returns:
        the share of digits, 0..1, whose nearest neighbour has their label, and the two labels that most often have each
        other's digits for nearest neighbours, the lower one first.
    """
    from scipy.spatial import cKDTree

    mine = labels[found.numbers]
    _, near = cKDTree(found.places).query(found.places, k=2)
    theirs = mine[near[:, 1]]
    low, high = np.minimum(mine, theirs), np.maximum(mine, theirs)
    pairs = np.bincount(low[low != high] * np.int64(CLASSES) + high[low != high], minlength=CLASSES**2)
    return float((mine == theirs).mean()), divmod(int(pairs.argmax()), CLASSES)


def kept_variance(found: Map) -> float:
    """The share, 0..1, of the layer's variance that the two directions of a map of principal components hold."""
    spread = found.reduced.var(axis=0)
    return float(spread[:2].sum() / spread.sum()) * found.basis.share


def _map(layer: str, method: Method, found: Result) -> Map:
    basis = Basis(found.arrays["mean"], found.arrays["components"], found.facts["share"])
    return Map(layer, method, found.arrays["numbers"], found.arrays["places"], found.arrays["reduced"], basis)


def _components(predictor: Predictor, layer: str, digits: int, report: Report) -> Result:
    data = mnist.load()
    numbers = np.sort(np.random.default_rng(0).choice(len(data.x_test), digits, replace=False))
    parts = []
    for start in range(0, digits, _CHUNK):
        report(start, digits)
        images = mnist.scaled(data.x_test[numbers[start : start + _CHUNK]])
        parts.append(_layer(predictor, images, layer))
    values = np.concatenate(parts)
    basis = features.fit(values, SIZE)
    reduced = basis.project(values)
    report(digits, digits)
    arrays: dict[str, NDArray[Any]] = {"numbers": numbers, "reduced": reduced, "places": reduced[:, :2]}
    return Result(arrays | {"mean": basis.mean, "components": basis.components}, {"share": basis.share})


def _layer(predictor: Predictor, images: Floats, layer: str) -> Floats:
    """A layer's outputs, at most 2,048 a picture: a wider layer's are projected at random."""
    values, _ = predictor.layer_outputs(images, layer)
    return values if values.shape[1] <= _WIDEST else values @ _random(layer, values.shape[1])


@lru_cache(maxsize=2)
def _random(layer: str, units: int) -> Floats:
    """Directions that keep distances nearly (Johnson and Lindenstrauss, 1984), the same ones in every process."""
    seed = int.from_bytes(hashlib.sha256(layer.encode()).digest()[:4])
    return np.random.default_rng(seed).standard_normal((units, _RANDOM), np.float32) / np.float32(np.sqrt(_RANDOM))


def _tsne(reduced: Floats, report: Report) -> Floats:
    import openTSNE

    neighbours = openTSNE.affinity.PerplexityBasedNN(
        reduced, perplexity=min(PERPLEXITY, len(reduced) // 4), method="exact", random_state=0
    )
    first = openTSNE.initialization.rescale(reduced[:, :2].astype(np.float64))
    laid_out = openTSNE.TSNEEmbedding(first, neighbours, random_state=0, negative_gradient_method="fft")
    done = 0
    # In short stretches rather than with a callback, which openTSNE would let end a stretch but not the whole.
    for rounds, exaggeration, momentum in ((_EARLY, 12, 0.5), (_LATE, None, 0.8)):
        for _ in range(rounds // _EVERY):
            report(done, _EARLY + _LATE)
            laid_out.optimize(_EVERY, exaggeration=exaggeration, momentum=momentum, inplace=True)
            done += _EVERY
    report(done, _EARLY + _LATE)
    return np.asarray(laid_out, np.float32)
