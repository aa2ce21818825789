"""What explains an answer, against finite differences and the network itself."""

from typing import Any

import numpy as np
import pytest

from digitlab.drawing.preprocess import prepare, stages
from digitlab.drawing.raster import ink
from digitlab.drawing.strokes import Drawing
from digitlab.errors import InputError
from digitlab.insight.attribution import COMPLETE, METHODS, PATCH, Explainer, explainer, target, usual_camera_layer
from digitlab.insight.counterfactual import counterfactual
from digitlab.insight.faithful import faithful
from digitlab.insight.left_out import leave_out
from digitlab.networks import zoo
from digitlab.networks.passes import LOGITS, forward
from digitlab.networks.predictor import Predictor
from harness.networks import Floats, pictures, random_model

SOFTMAX, PLAIN_LOGITS = "two-conv-64-dropout", "pen"


def opened(name: str) -> tuple[Predictor, Explainer]:
    predictor = zoo.open_model(name)
    return predictor, explainer(predictor)


@pytest.mark.parametrize("name", [SOFTMAX, PLAIN_LOGITS])
def test_logits_are_what_the_answer_is_made_of(name: str) -> None:
    predictor, _ = opened(name)
    images = pictures(4)
    logits = forward(predictor.model, predictor.network, images)[LOGITS].numpy()
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    assert shares == pytest.approx(predictor.probabilities(images), abs=1e-5)


@pytest.mark.parametrize("name", ["tutorial", "residual"])
def test_saliency_is_the_slope_of_the_logit(name: str) -> None:
    network, model = random_model(name)
    made = Explainer(Predictor(model, network))
    rng = np.random.default_rng(0)
    image = rng.uniform(0.1, 0.9, (28, 28)).astype(np.float32)  # even areas have ties, where there is no slope
    slopes = made.explain("saliency", image, target(3)).map
    direction = np.sign(made.gradients(image[None], target(3))[1][0]) * (rng.random((28, 28)) < 0.1)
    step = 5e-4
    moved = np.stack([image + step * direction, image - step * direction]).astype(np.float32)
    after, before = made.scores(moved, target(3))
    assert (after - before) / (2 * step) == pytest.approx(float((slopes * np.abs(direction)).sum()), rel=0.05)


@pytest.mark.parametrize("name", [SOFTMAX, PLAIN_LOGITS, "five-by-five-1024"])
def test_integrated_gradients_are_complete(name: str) -> None:
    predictor, made = opened(name)
    for digit, other in ((3, None), (7, None), (3, 8)):
        image = pictures(19)[18]
        found = made.explain("integrated-gradients", image, target(digit, other))
        difference = found.score - found.facts["baseline"]
        assert float(found.map.sum()) == pytest.approx(difference, abs=max(COMPLETE * abs(difference), COMPLETE))
        ends = forward(predictor.model, predictor.network, np.stack([np.zeros_like(image), image]))[LOGITS].numpy()
        assert difference == pytest.approx(float((ends[1] - ends[0]) @ target(digit, other)), abs=1e-3)


def test_grad_cam_weighs_each_map_by_what_raising_it_does() -> None:
    predictor, made = opened(SOFTMAX)
    image = pictures(1)[0]
    name = usual_camera_layer(predictor.network)
    assert name == "conv_2"
    maps = predictor.read(image).activations[name]
    channels, step = maps.shape[-1], 1e-2
    raised = step * np.concatenate([np.eye(channels), -np.eye(channels)]).astype(np.float32)[:, None, None, :]

    def raise_one(layer: str, value: Any) -> Any:
        return value + raised if layer == name else value

    copies = np.repeat(image[None], 2 * channels, axis=0)
    scores = forward(predictor.model, predictor.network, copies, raise_one)[LOGITS].numpy()[:, 7]
    slopes = (scores[:channels] - scores[channels:]) / (2 * step * maps.shape[0] * maps.shape[1])
    camera = np.maximum(maps @ slopes, 0)
    found = made.explain("grad-cam", image, target(7)).map
    assert np.corrcoef(found[4:-4:3, 4:-4:3].ravel(), _looked_up(camera)[4:-4:3, 4:-4:3].ravel())[0, 1] > 0.9
    assert found.max() == pytest.approx(camera.max(), rel=0.15)
    with pytest.raises(InputError, match="needs a layer with maps"):
        made.explain("grad-cam", image, target(7), "dense_1")


def _looked_up(camera: Floats) -> Floats:
    at = (np.arange(28) + 0.5) * camera.shape[0] / 28
    return np.asarray(camera[at.astype(int)][:, at.astype(int)])


def test_occlusion_is_the_mean_fall_under_all_squares_over_a_pixel() -> None:
    _, made = opened(SOFTMAX)
    image = pictures(1)[0]
    found = made.explain("occlusion", image, target(7))
    row, column, falls = 14, 15, []
    for top in range(-PATCH + 1, 28, 2):
        for left in range(-PATCH + 1, 28, 2):
            if top <= row < top + PATCH and left <= column < left + PATCH:
                covered = image.copy()
                covered[max(top, 0) : top + PATCH, max(left, 0) : left + PATCH] = 0
                falls.append(found.score - float(made.scores(covered[None], target(7))[0]))
    assert found.map[row, column] == pytest.approx(np.mean(falls), abs=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_picture_gets_a_map_of_finite_numbers(method: str) -> None:
    _, made = opened(SOFTMAX)
    found = made.explain(method, np.zeros((28, 28), np.float32), target(0))  # type: ignore[arg-type]
    assert np.isfinite(found.map).all()


@pytest.mark.parametrize("name", [SOFTMAX, PLAIN_LOGITS, "resnet"])
def test_a_small_change_makes_it_another_digit_and_less_of_it_does_not(name: str) -> None:
    predictor, made = opened(name)
    image = pictures(1)[0]
    found = counterfactual(made, image, 3)
    assert found.found
    assert found.settled
    assert 0 <= found.image.min() <= found.image.max() <= 1
    assert found.distance == pytest.approx(float(np.abs(found.image - image).sum()))
    assert predictor.read(found.image).probabilities[3] == pytest.approx(found.probability, abs=1e-3)
    assert 0.5 <= found.probability < 0.52
    for pixel in np.argwhere(np.abs(found.change) > 0.2):
        less = found.change.copy()
        less[tuple(pixel)] *= 0.9
        assert predictor.read(image + less).probabilities[3] < 0.5, "every part of the change is needed"


def test_a_map_that_names_what_matters_is_trusted_more_than_its_opposite() -> None:
    predictor, made = opened(SOFTMAX)
    image = pictures(1)[0]
    digit = predictor.read(image).digit
    right = made.explain("integrated-gradients", image, target(digit)).map
    found = faithful(predictor, image, {"integrated-gradients": right, "occlusion": -right}, digit)
    best, worst = found["integrated-gradients"], found["occlusion"]
    assert best.deletion < worst.deletion
    assert best.insertion > worst.insertion
    assert faithful(predictor, np.zeros_like(image), {"occlusion": right}, digit) == {}


def test_each_strokes_effect_is_what_the_network_says_without_it(three: Drawing, seven: Drawing) -> None:
    predictor, made = opened(SOFTMAX)
    drawing = Drawing(three.strokes + seven.strokes, three.widths + seven.widths)
    found = leave_out(made, drawing, target(3))
    assert len(found.effects) == len(drawing.strokes)
    last = stages(drawing)[-1]
    count = len(drawing.strokes[0]) - 1
    without = ink(last.segments[count:], last.widths[count:])
    logits = forward(predictor.model, predictor.network, np.stack([prepare(drawing), without]))[LOGITS].numpy()
    assert found.effects[0] == pytest.approx(float(logits[0, 3] - logits[1, 3]), abs=1e-3)
