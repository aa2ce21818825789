"""Every figure about a model, against scikit-learn, SciPy and Keras' own evaluate."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics

from digitlab import cli
from digitlab.data import mnist
from digitlab.errors import InputError
from digitlab.insight import answers
from digitlab.insight.answers import Answers
from digitlab.insight.evaluation import Evaluation, compare, evaluate, interval
from digitlab.networks import zoo
from digitlab.store import results

MODELS = ("two-conv-64-dropout", "pen")  # one gives probabilities, the other logits


@pytest.fixture(scope="module", params=MODELS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def given(name: str) -> Answers:
    """The real answers to the 10,000 test digits."""
    model, data = zoo.find(name), mnist.load()
    outputs = answers.compute(zoo.open_model(name), data.x_test).arrays["outputs"]
    return Answers(outputs, model.network.gives_logits, data.y_test, threshold=model.threshold)


@pytest.fixture(scope="module")
def result(given: Answers) -> Evaluation:
    return evaluate(given)


def test_figures_are_scikit_learns(given: Answers, result: Evaluation) -> None:
    labels, digits = given.labels, given.digits
    assert (result.n, result.right) == (10_000, int((labels == digits).sum()))
    assert result.accuracy == metrics.accuracy_score(labels, digits)
    whole = given.probabilities.astype(float)
    whole /= whole.sum(axis=1, keepdims=True)  # scikit-learn complains of a float32's rounding
    assert result.loss == pytest.approx(metrics.log_loss(labels, whole), rel=1e-3)
    assert result.top_2 == metrics.top_k_accuracy_score(labels, given.probabilities, k=2)
    np.testing.assert_array_equal(result.confusion, metrics.confusion_matrix(labels, digits))
    expected = metrics.precision_recall_fscore_support(labels, digits)
    for row in result.per_class:
        found = (row.precision, row.recall, row.f1, row.n)
        assert found == pytest.approx([values[row.digit] for values in expected])


def test_accuracy_and_loss_are_keras_own(name: str, result: Evaluation) -> None:
    from digitlab.backend import keras

    model, data = zoo.find(name), mnist.load()
    network = keras.saving.load_model(model.file, compile=False)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=model.network.gives_logits)
    network.compile(loss=loss, metrics=["accuracy"])
    inputs = data.x_test[..., None].astype(np.float32) / np.float32(255)
    expected_loss, expected_accuracy = network.evaluate(inputs, data.y_test, batch_size=500, verbose=0)
    assert result.accuracy == pytest.approx(expected_accuracy, abs=1e-6)
    assert result.loss == pytest.approx(expected_loss, abs=1e-5)


def test_bins_hold_all_digits_and_give_the_calibration_error(given: Answers, result: Evaluation) -> None:
    assert sum(row.n for row in result.reliability) == result.n
    assert sum(row.n * row.accuracy for row in result.reliability) == pytest.approx(result.right)
    assert sum(row.n * row.confidence for row in result.reliability) == pytest.approx(given.confidence.sum(), rel=1e-5)
    gaps = [row.n * abs(row.accuracy - row.confidence) for row in result.reliability]
    assert result.calibration_error == pytest.approx(sum(gaps) / result.n)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    sure = np.full((10, 10), 0.1 / 9, np.float32)
    sure[:, 3] = 0.9
    labels = np.array([3] * 6 + [4] * 4, np.uint8)
    assert evaluate(Answers(sure, False, labels)).calibration_error == pytest.approx(0.3, abs=1e-6)


@pytest.mark.parametrize(("right", "n"), [(0, 10), (10, 10), (9885, 10_000), (1, 3)])
def test_the_interval_is_wilsons(right: int, n: int) -> None:
    expected = binomtest(right, n).proportion_ci(method="wilson")
    assert interval(right, n) == pytest.approx((expected.low, expected.high))


def test_mcnemars_test_looks_at_where_two_models_differ_only() -> None:
    first = np.array([True] * 90 + [True] * 8 + [False] * 2)
    second = np.array([True] * 90 + [False] * 8 + [True] * 2)
    found = compare(first, second)
    assert (found.only_first, found.only_second) == (8, 2)
    assert found.p == pytest.approx(2 * sum([1, 10, 45]) / 2**10)
    assert compare(first, first).p == 1


def test_no_digits_are_no_figures() -> None:
    with pytest.raises(InputError, match="no digits"):
        evaluate(Answers(np.zeros((0, 10), np.float32), False, np.zeros(0, np.uint8)))


def test_answers_are_computed_once_in_chunks_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    model = zoo.find("two-conv-64-dropout")
    predictor = zoo.open_model(model.name)
    said: list[tuple[float, float]] = []
    first = answers.answers(predictor, model, "held-out", lambda done, total: said.append((done, total)))
    assert [said[0], said[-1]] == [(0, 6000), (6000, 6000)]
    assert len(said) > 20
    asked: list[int] = []
    monkeypatch.setattr(predictor, "outputs", lambda images: asked.append(len(images)))
    np.testing.assert_array_equal(first.outputs, answers.answers(predictor, model, "held-out").outputs)
    assert not asked
    assert results.kept(answers.wanted(model, "held-out")) is not None
    assert results.kept(answers.wanted(model, "test")) is None


def test_held_out_digits_are_those_that_training_set_aside() -> None:
    data = mnist.load()
    expected = {"two-conv-64-dropout": range(54_000, 60_000), "five-by-five-1024": range(5_000)}
    for name, numbers in expected.items():
        model = zoo.find(name)
        assert answers.held_out(model) == numbers
        images, labels, first = answers.digits_of(model, "held-out")
        np.testing.assert_array_equal(images, data.x_train[numbers])
        np.testing.assert_array_equal(labels, data.y_train[numbers])
        assert first == numbers.start
    for name in ("two-conv-128", "two-conv-128-dropout"):
        assert answers.held_out(zoo.find(name)) is None, "it was validated on the test digits, or not at all"


def test_the_command_line_prints_the_same_figures(
    name: str, given: Answers, result: Evaluation, capsys: pytest.CaptureFixture[str]
) -> None:
    model = zoo.find(name)
    results.keep(answers.wanted(model, "test"), results.Result({"outputs": given.outputs}))
    assert cli.main(["evaluate", "--model", name, "--json"]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert printed == json.loads(json.dumps(asdict(result))) | {"model": name, "hash": model.hash, "on": "test"}


def test_a_model_without_held_out_digits_gives_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", "--model", "two-conv-128", "--on", "held-out"]) == 2
    assert "names no held-out training digits" in capsys.readouterr().err
