"""Why this answer: which pixels of a picture speak for a class, by four methods.

Each explains a target: ten weights, one a class, whose sum with the logits is the score that is explained. One class is
a 1 among zeros; "3 rather than 8" is 1 for 3 and −1 for 8. Scores are logits, also of networks that end with softmax
(`networks.passes` says why).
"""

import threading
from dataclasses import dataclass, field
from typing import Any, Literal
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import InputError
from digitlab.networks.graph import CLASSES, Network
from digitlab.networks.layers import Convolution
from digitlab.networks.passes import LOGITS, forward
from digitlab.networks.predictor import Predictor
from digitlab.words import Message, message

Floats = NDArray[np.float32]
Method = Literal["saliency", "integrated-gradients", "grad-cam", "occlusion"]

PATCH = 5  # side of the square that occlusion puts on the picture, in pixels
STRIDE = 2  # how far it moves at a time
FIRST_STEPS, MOST_STEPS = 32, 256  # on the way of integrated gradients
AT_ONCE = 16  # steps that are halved together
COMPLETE = 0.01  # how far from complete integrated gradients may be: this share of the difference, or this many logits
SAFETY = 0.8  # of what is allowed, for rounding


@dataclass(frozen=True)
class Text:
    """What a reader should know of a method.

    Attributes:
        title: its name.
        says, says_not: one sentence each, with the limits of the method in the second.
        source: the publication.
    """

    title: Message
    says: Message
    says_not: Message
    source: str


METHODS: dict[Method, Text] = {
    "saliency": Text(
        message("Gradient saliency"),
        message("Bright pixels: a tiny change of ink there changes the score most."),
        message("The map does not show whether the ink is evidence for or against the digit."),
        "Simonyan et al., 2013, arXiv:1312.6034",
    ),
    "integrated-gradients": Text(
        message("Integrated gradients"),
        message("Contribution of each pixel's ink to the score: brown raises the score, blue lowers it."),
        message("Empty pixels get 0, although empty places can be evidence too."),
        "Sundararajan et al., 2017, arXiv:1703.01365",
    ),
    "grad-cam": Text(
        message("Grad-CAM"),
        message("Bright regions: feature maps that raise the score are active there."),
        message("The map is as coarse as the layer's feature maps and shows no evidence against the digit."),
        "Selvaraju et al., 2016, arXiv:1610.02391",
    ),
    "occlusion": Text(
        message("Occlusion"),
        message(
            "A black square of {side}×{side} pixels covers each place in turn. Brown: the score falls. Blue: the score "
            "rises.",
            side=PATCH,
        ),
        message("The map does not show joint effects of two places. Another square size gives another map."),
        "Zeiler and Fergus, 2013, arXiv:1311.2901",
    ),
}
SIGNED: frozenset[Method] = frozenset({"integrated-gradients", "occlusion"})


@dataclass(frozen=True)
class Attribution:
    """What a method says of a picture.

    Attributes:
        method: which.
        map: float32 [28, 28]; signed methods have negative numbers where something speaks against the target.
        score: the picture's score, in logits.
        facts: integrated gradients: "baseline", the empty picture's score, "sum" of the map, and "steps".
    """

    method: Method
    map: Floats
    score: float
    facts: dict[str, float] = field(default_factory=dict)


def target(digit: int, other: int | None = None) -> Floats:
    """float32 [10] for one class, or for one rather than another."""
    weights = np.zeros(CLASSES, np.float32)
    weights[digit] = 1
    if other is not None:
        weights[other] -= 1
    return weights


def camera_layers(network: Network) -> list[str]:
    """The layers that Grad-CAM can look at: those with maps; the last convolution is the usual choice."""
    return [layer.name for layer in network.layers if len(network.shapes[layer.name]) == 3 and not layer.rests]


def usual_camera_layer(network: Network) -> str | None:
    """The last convolution, with its batch normalisation and ReLU where it has them; None without one."""
    last = next((layer.name for layer in reversed(network.layers) if isinstance(layer, Convolution)), None)
    if last is None:
        return None
    followers = [layer.name for layer in network.followers(last) if not layer.rests]
    return followers[-1] if followers else last


class Explainer:
    """A predictor with its gradients; one for each predictor, from `explainer`."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._margins: Any = None

    def _values(self, images: Any) -> dict[str, Any]:
        """A pass without compiling, which would take longer than the few calls for one picture."""
        return forward(self._predictor.model, self._predictor.network, images)

    def scores(self, images: Floats, towards: Floats) -> Floats:
        """float32 [N] for pictures float32 [N, 28, 28] and a target [10]."""
        from digitlab.backend import tf

        with self._predictor.lock:
            logits = self._values(tf.constant(images))[LOGITS].numpy()
        return np.asarray(logits @ towards)

    def gradients(self, images: Floats, towards: Floats) -> tuple[Floats, Floats]:
        """Scores [N] and their gradients [N, 28, 28]."""
        from digitlab.backend import tf

        with self._predictor.lock, tf.GradientTape() as tape:
            pictures = tf.constant(images)
            tape.watch(pictures)
            scores = tf.linalg.matvec(self._values(pictures)[LOGITS], towards)
            gradients = tape.gradient(scores, pictures)
        return scores.numpy(), gradients.numpy()

    def margin(self, image: Floats, digit: int) -> tuple[float, Floats]:
        """log p − log(1 − p) of a digit, which is 0 at a probability of ½, and its gradient [28, 28]."""
        from digitlab.backend import tf

        if self._margins is None:  # called often, so compiling is worth its time

            def margins(picture: Any, towards: Any) -> tuple[Any, Any]:
                with tf.GradientTape() as tape:
                    tape.watch(picture)
                    logits = self._values(picture[None])[LOGITS][0]
                    others = tf.reduce_logsumexp(tf.where(towards > 0, -np.inf, logits))
                    result = tf.reduce_sum(logits * towards) - others
                return result, tape.gradient(result, picture)

            shapes = [tf.TensorSpec((28, 28), tf.float32), tf.TensorSpec((CLASSES,), tf.float32)]
            self._margins = tf.function(margins, input_signature=shapes)
        with self._predictor.lock:
            result, gradient = self._margins(image, target(digit))
        return float(result), gradient.numpy()

    def explain(self, method: Method, image: Floats, towards: Floats, layer: str | None = None) -> Attribution:
        """One method on one picture.

        Args:
            method: which.
            image: float32 [28, 28] in 0..1.
            towards: the target [10].
            layer: for Grad-CAM; None for the usual one.

        Raises:
            InputError: Grad-CAM on a layer without maps.
        """
        if method == "grad-cam":
            return self._grad_cam(image, towards, layer)
        if method == "integrated-gradients":
            return self._integrated(image, towards)
        if method == "occlusion":
            return self._occlusion(image, towards)
        scores, gradients = self.gradients(image[None], towards)
        return Attribution(method, np.abs(gradients[0]), float(scores[0]))

    def _integrated(self, image: Floats, towards: Floats) -> Attribution:
        """The gradient's mean on the straight way from an empty picture, times the ink.

        What one step of the way should add is known, for it is how much the score grows there. So the steps that are
        off most are halved until the sum equals the difference of the two scores to COMPLETE.
        """
        ends = np.linspace(0, 1, FIRST_STEPS + 1, dtype=np.float32)
        edges = self.scores(_on_the_way(image, ends), towards)
        baseline, score = float(edges[0]), float(edges[-1])
        starts, widths, grown = ends[:-1], np.diff(ends), np.diff(edges)
        slopes = self._slopes(image, starts + widths / 2, towards)
        allowed = max(COMPLETE * abs(score - baseline), COMPLETE) * SAFETY
        while True:
            added = (slopes * image).sum(axis=(1, 2), dtype=np.float64) * widths
            off = added - grown
            if abs(off.sum()) <= allowed or len(starts) >= MOST_STEPS:
                break
            worst = np.argsort(-np.abs(off))[:AT_ONCE]
            rest = np.setdiff1d(np.arange(len(starts)), worst)
            halves = widths[worst] / 2
            middle = self.scores(_on_the_way(image, starts[worst] + halves), towards)
            before = self.scores(_on_the_way(image, starts[worst]), towards)
            new_starts = np.concatenate([starts[worst], starts[worst] + halves])
            new_widths = np.tile(halves, 2)
            new_grown = np.concatenate([middle - before, grown[worst] - (middle - before)])
            new_slopes = self._slopes(image, new_starts + new_widths / 2, towards)
            starts = np.concatenate([starts[rest], new_starts])
            widths = np.concatenate([widths[rest], new_widths])
            grown = np.concatenate([grown[rest], new_grown])
            slopes = np.concatenate([slopes[rest], new_slopes])
        result = np.tensordot(widths.astype(np.float64), slopes, 1) * image
        facts = {"baseline": baseline, "sum": float(result.sum()), "steps": float(len(starts))}
        return Attribution("integrated-gradients", result.astype(np.float32), score, facts)

    def _slopes(self, image: Floats, at: NDArray[np.floating[Any]], towards: Floats) -> Floats:
        """Gradients [N, 28, 28] at these shares of the way."""
        return self.gradients(_on_the_way(image, at), towards)[1]

    def _grad_cam(self, image: Floats, towards: Floats, layer: str | None) -> Attribution:
        network = self._predictor.network
        name = layer or usual_camera_layer(network)
        if name not in camera_layers(network):
            layers = ", ".join(camera_layers(network))
            if not layers:
                raise InputError(message("Grad-CAM needs a layer with maps. This network has none."))
            raise InputError(
                message(
                    "Grad-CAM needs a layer with maps, and {layer} has none. Layers with maps: {layers}.",
                    layer=repr(name),
                    layers=layers,
                )
            )
        from digitlab.backend import tf

        with self._predictor.lock, tf.GradientTape() as tape:
            picture = tf.constant(image[None])
            tape.watch(picture)
            values = self._values(picture)
            score = tf.linalg.matvec(values[LOGITS], towards)[0]
            slopes = tape.gradient(score, values[name], unconnected_gradients=tf.UnconnectedGradients.ZERO)
        shape = network.shapes[name]
        weights = slopes.numpy().reshape(shape).mean(axis=(0, 1))
        camera = np.maximum(values[name].numpy().reshape(shape) @ weights, 0)
        return Attribution("grad-cam", enlarged(camera), float(score))

    def _occlusion(self, image: Floats, towards: Floats) -> Attribution:
        """The mean fall of the score over all squares that cover a pixel."""
        starts = range(-PATCH + 1, 28, STRIDE)
        windows = [
            (slice(max(0, row), row + PATCH), slice(max(0, column), column + PATCH))
            for row in starts
            for column in starts
        ]
        # A square that covers no ink changes nothing; its score is known.
        inked = [window for window in windows if image[window].any()]
        covered = np.repeat(image[None], 1 + len(inked), axis=0)
        for picture, window in zip(covered[1:], inked, strict=True):
            picture[window] = 0
        scores = self.scores(covered, towards)
        falls, counts = np.zeros((28, 28)), np.zeros((28, 28))
        for window in windows:
            counts[window] += 1
        for window, score in zip(inked, scores[1:], strict=True):
            falls[window] += scores[0] - score
        return Attribution("occlusion", (falls / counts).astype(np.float32), float(scores[0]))


def _on_the_way(image: Floats, at: NDArray[np.floating[Any]]) -> Floats:
    """The picture with these shares [N] of its ink, float32 [N, 28, 28]."""
    return at.astype(np.float32)[:, None, None] * image


def enlarged(small: Floats, side: int = 28) -> Floats:
    """A map [height, width] as [side, side], linearly between its cells' centres."""
    for axis in (0, 1):
        count = small.shape[axis]
        at = np.clip((np.arange(side) + 0.5) * count / side - 0.5, 0, count - 1)
        low = np.minimum(at.astype(int), max(count - 2, 0))
        share = np.expand_dims(at - low, 1 - axis)
        high = np.minimum(low + 1, count - 1)
        small = np.take(small, low, axis) * (1 - share) + np.take(small, high, axis) * share
    return small.astype(np.float32)


_made: "WeakKeyDictionary[Predictor, Explainer]" = WeakKeyDictionary()
_making = threading.Lock()


def explainer(predictor: Predictor) -> Explainer:
    """The predictor's explainer, made once."""
    with _making:
        if predictor not in _made:
            _made[predictor] = Explainer(predictor)
        return _made[predictor]
