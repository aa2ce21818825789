"""What the README promises of the default model's reading, where a test can measure it: no pen strokes are needed."""

import numpy as np
import pytest

from benchmarks.nondigits import KINDS_MEASURING, generate
from digitlab.drawing.preprocess import prepare
from digitlab.insight.answers import answers
from digitlab.insight.evaluation import Evaluation, evaluate
from digitlab.networks import zoo

EACH = 60


@pytest.fixture(scope="module")
def on_test_digits() -> Evaluation:
    model = zoo.find(zoo.DEFAULT)
    return evaluate(answers(zoo.open_model(model.name), model, "test"))


def test_the_default_model_is_small_enough_for_a_phone() -> None:
    model = zoo.find(zoo.DEFAULT)
    assert model.network.parameters <= 300_000
    assert model.network.multiply_adds <= 6_000_000


def test_probabilities_on_test_digits_mean_what_they_say(on_test_digits: Evaluation) -> None:
    assert on_test_digits.calibration_error <= 0.005


def test_the_default_model_reads_mnists_test_digits(on_test_digits: Evaluation) -> None:
    assert on_test_digits.accuracy >= 0.997


def test_nine_of_ten_drawings_that_are_no_digit_are_refused_and_most_of_each_kind() -> None:
    predictor, rng = zoo.open_model(zoo.DEFAULT), np.random.default_rng(7)
    refused = {
        kind: float(
            predictor.refuses(
                predictor.outputs(np.stack([prepare(drawing) for drawing in generate(kind, EACH, rng)]))
            ).mean()
        )
        for kind in KINDS_MEASURING
    }
    assert np.mean(list(refused.values())) >= 0.9
    noise = 2 * np.sqrt(0.8 * 0.2 / EACH)  # two standard errors of so few drawings; benchmarks.refusals draws 300 each
    assert {kind: share for kind, share in refused.items() if share < 0.8 - noise} == {}
