import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitlab import home as paths
from digitlab.data.mnist import Mnist
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import Drawing
from digitlab.errors import ModelError
from digitlab.insight.answers import answers
from digitlab.insight.evaluation import evaluate
from digitlab.kept import Kept
from digitlab.networks import zoo
from digitlab.networks.graph import Network
from digitlab.training.recipes import RECIPES, find
from harness import kept_files

SHIPPED = sorted(path.stem for path in paths.SHIPPED_MODELS.glob("*.json"))


def test_every_recipe_is_shipped_trained() -> None:
    assert set(SHIPPED) == set(RECIPES)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_model_is_what_its_card_says(name: str) -> None:
    model = zoo.find(name)
    recipe = find(model.card["recipe"])
    assert model.network == recipe.network
    assert model.parameters == recipe.network.parameters
    options = " --strokes STROKES.npz" if model.card["settings"].get("strokes") else ""
    assert model.card["command"] == f"python -m digitlab train {name}{options} --out models"
    result = evaluate(answers(zoo.open_model(name), model))  # opening it compares the weights' hash
    assert result.accuracy == pytest.approx(model.test_accuracy, abs=2e-4)  # processors round differently
    assert result.loss == pytest.approx(model.card["test"]["loss"], abs=1e-3)


def test_one_pass_returns_every_layer_and_what_keras_computes(digits: Mnist) -> None:
    predictor = zoo.open_model("two-conv-64-dropout")
    image = digits.x_test[0].astype(np.float32) / np.float32(255)
    reading = predictor.read(image)
    for layer in predictor.network.layers:
        assert reading.activations[layer.name].shape == predictor.network.shapes[layer.name]
    expected = predictor.model.predict(image[None, :, :, None], verbose=0)[0]
    np.testing.assert_allclose(reading.probabilities, expected, atol=1e-6)
    assert reading.digit == digits.y_test[0]


def test_logits_become_probabilities_and_an_energy(digits: Mnist) -> None:
    predictor = zoo.open_model("two-conv-64-logits")
    image = digits.x_test[0].astype(np.float32) / np.float32(255)
    reading = predictor.read(image)
    logits = reading.activations[predictor.network.layers[-1].name].astype(float)
    assert reading.probabilities.sum() == pytest.approx(1, abs=1e-6)
    assert reading.energy == pytest.approx(-np.log(np.exp(logits).sum()), abs=1e-4)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_drawn_three_and_seven_are_read(name: str, three: Drawing, seven: Drawing) -> None:
    images = np.stack([prepare(three), prepare(seven)])
    assert zoo.open_model(name).probabilities(images).argmax(axis=1).tolist() == [3, 7]


def test_a_model_is_found_by_name_and_by_hash() -> None:
    model = zoo.find("two-conv-128")
    assert zoo.find(model.hash) == model
    assert zoo.find(str(model.card["sha256"])) == model


@pytest.mark.parametrize("name", ["", "nobody", "../models/pen", "a" * 80, "abcdef012345", "two-conv-128.json"])
def test_a_name_that_is_no_models_gives_a_sentence(name: str) -> None:
    with pytest.raises(ModelError, match="digitlab models"):
        zoo.find(name)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("no weights", "are missing"),
        ("cut weights", "are damaged"),
        ("other weights", "do not match their card"),
        ("cut card", "is missing or damaged"),
        ("card without hash", "is missing or damaged"),
    ],
)
def test_a_damaged_model_gives_a_sentence_and_is_not_listed_as_whole(damage: str, said: str) -> None:
    folder = kept_files.models()
    folder.mkdir(parents=True)
    weights, card = folder / "mine.keras", folder / "mine.json"
    shutil.copy(paths.SHIPPED_MODELS / "two-conv-128.keras", weights)
    shutil.copy(paths.SHIPPED_MODELS / "two-conv-128.json", card)
    match damage:
        case "no weights":
            weights.unlink()
        case "cut weights":
            weights.write_bytes(weights.read_bytes()[:-1000])
        case "other weights":
            shutil.copy(paths.SHIPPED_MODELS / "two-conv-128-dropout.keras", weights)
        case "cut card":
            card.write_bytes(card.read_bytes()[:-100])
        case "card without hash":
            card.write_text(json.dumps({"name": "mine"}))
    with pytest.raises(ModelError, match=said):
        zoo.open_model("mine")
    assert {model.name for model in zoo.models()} >= set(SHIPPED)


def test_a_file_in_the_place_of_models_does_not_break_the_list(home: Path) -> None:
    (home / "blobs").mkdir(parents=True)
    (home / "blobs" / "models").write_text("not a folder")
    assert {model.name for model in zoo.models()} == set(SHIPPED)


def test_the_documents_tables_are_the_cards() -> None:
    from benchmarks.readme import tables

    stale = [name for document, name, table in tables() if table not in document.read_text(encoding="utf-8")]
    assert stale == []


def test_the_default_models_card_says_what_was_measured_on_which_digits() -> None:
    model = zoo.find(zoo.DEFAULT)
    measured = model.card["measured"]
    assert measured["strokes"]["doi"] in (paths.ROOT / "README.md").read_text(encoding="utf-8")
    figures = {row["what"]: row["value"] for row in measured["figures"]}
    assert figures["MNIST's test digits read right"] == model.test_accuracy
    at = model.card["abstain"]["at_threshold"]
    assert next(value for what, value in figures.items() if what.startswith("answered: ")) == at["answered"]
    assert at["threshold"] == pytest.approx(model.threshold, abs=1e-3)


def test_opening_many_models_makes_tensorflow_complain_of_nothing(caplog: pytest.LogCaptureFixture) -> None:
    from digitlab.backend import tf

    logger = tf.get_logger()
    logger.addHandler(caplog.handler)
    try:
        for model in zoo.models():
            zoo.open_model(model.name).outputs(np.zeros((2, 28, 28), np.float32))
    finally:
        logger.removeHandler(caplog.handler)
    assert not caplog.records


def test_all_shipped_models_stay_open(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    class Opened:
        def __init__(self, network: Network) -> None:
            self.network = network

    def open_one(model: zoo.Model) -> Any:
        opened.append(model.name)
        return Opened(model.network)

    monkeypatch.setattr(zoo, "_open", open_one)
    monkeypatch.setattr(zoo, "_predictors", Kept(zoo._OPEN_BYTES, zoo._bytes_of))
    names = [model.name for model in zoo.models()]
    for name in [*names, *names]:
        zoo.open_model(name)
    assert opened == names
