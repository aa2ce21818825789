"""The list of all that was trained, deleting from it, and what can be taken along; on real runs."""

import csv
import io
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitlab import home as paths
from digitlab.data.mnist import Mnist
from digitlab.errors import InputError, ModelError
from digitlab.jobs import orders
from digitlab.networks import litert, zoo
from digitlab.runs import curve_files, removal
from digitlab.runs.trainings import Curves, curves, find, trainings
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.training.events import Epoch, Step
from digitlab.training.recipes import RECIPES
from digitlab.work import performing
from digitlab.work.exchange import Exchange
from harness.kept_files import folder
from tests.trained import CONFIG, SECOND
from tests.waiting import until

SHIPPED = {path.stem for path in paths.SHIPPED_MODELS.glob("*.json")}


def test_without_any_run_the_shipped_models_are_listed_with_their_curves() -> None:
    with Store() as store:
        everything = trainings(store, OPERATOR)
        assert {one.key for one in everything} == SHIPPED
        pen = find(everything, "pen")
        assert len(curves(store, pen).epochs) == len(zoo.find("pen").card["epochs"]) == RECIPES["pen"].config.epochs
        assert pen.test_accuracy == zoo.find("pen").test_accuracy
        with pytest.raises(InputError, match="no run or model"):
            find(everything, "1")


def test_a_run_and_its_model_are_one_row_with_one_configuration(home_with_runs: Path) -> None:
    with Store() as store:
        second, first, *others = trainings(store, OPERATOR)
        assert [first.key, second.key] == ["1", "2"]
        assert {one.key for one in others} == SHIPPED
        assert second.config() == SECOND
        assert second.model() == zoo.find(str(second.run and second.run.model))
        assert len(curves(store, first).steps) == 2 * 6
        assert first.seconds is not None


def test_a_deleted_runs_model_goes_or_stays_as_it_was_said(home_with_runs: Path) -> None:
    with Store() as store:
        second, first, *_ = trainings(store, OPERATOR)
        kept = first.model()
        assert kept is not None
        removal.remove(OPERATOR, store, first, with_model=False)
        removal.remove(OPERATOR, store, second, with_model=True)
        assert [path.stem for path in (home_with_runs / "blobs" / "models").iterdir()] == [kept.name] * 2
        assert not folder(1).exists()
        assert not folder(2).exists()
        left = trainings(store, OPERATOR)[0]
        assert (left.key, left.state, left.run) == (kept.name, "model", None)
        removal.remove(OPERATOR, store, left, with_model=False)
        assert not list((home_with_runs / "blobs" / "models").iterdir())
        with pytest.raises(InputError, match="comes with DigitLab"):
            removal.remove(OPERATOR, store, trainings(store, OPERATOR)[0], with_model=True)


def test_a_run_at_work_is_stopped_before_it_is_deleted(home: Path) -> None:
    with Store() as store:
        config = replace(CONFIG, epochs=1000)
        job = orders.submit(OPERATOR, store, config, recipe="two-conv-64-logits", threads=2, claimed=True)

        def work() -> None:
            with Exchange(store, job) as exchange:
                performing.perform(store, exchange)

        worker = threading.Thread(target=work)
        worker.start()
        until(lambda: bool(store.runs.steps(job.id)))
        removal.remove(OPERATOR, store, trainings(store, OPERATOR)[0], with_model=True)
        worker.join()
        assert {one.key for one in trainings(store, OPERATOR)} == SHIPPED
        assert not folder(job.id).exists()
        assert not list((home / "blobs" / "models").iterdir())


def test_a_run_that_does_not_stop_is_not_deleted() -> None:
    with Store() as store:
        job = orders.submit(OPERATOR, store, CONFIG, recipe="pen", threads=2, claimed=True)  # and nobody works at it
        with pytest.raises(InputError, match="has not stopped"):
            removal.remove(OPERATOR, store, trainings(store, OPERATOR)[0], with_model=True, patience=0.0)
        assert store.jobs.get(job.id).state == "stopping"


# --- files ---

LOGGED = Curves(
    [Step(10, 1, 0.5, 0.75, 1e-3, 1000.0, 1.5), Step(20, 1, 0.25, 0.875, 2e-3, 1000.0, 3.0)],
    [Epoch(1, 20, 0.375, 0.8125, 0.3125, 0.9375, 4.0), Epoch(2, 40, 0.125, 0.9, None, None, 4.0)],
)


def test_csv_has_every_row_in_order_and_every_figure_as_it_was() -> None:
    rows = list(csv.DictReader(io.StringIO(curve_files.as_csv(LOGGED))))
    assert [(row["kind"], int(row["step"])) for row in rows] == [
        ("step", 10),
        ("step", 20),
        ("epoch", 20),
        ("epoch", 40),
    ]
    assert float(rows[1]["learning_rate"]) == 2e-3
    assert float(rows[2]["val_accuracy"]) == 0.9375
    assert rows[3]["val_accuracy"] == rows[0]["val_loss"] == ""


def test_litert_file_is_offered_only_after_it_agreed_on_100_digits(digits: Mnist) -> None:
    model = zoo.find("two-conv-64-dropout")
    assert litert.made(model) is None
    made = litert.make(model)
    assert litert.made(model) == made
    assert made.difference <= litert.TOLERANCE
    images = digits.x_test[:100, ..., None].astype(np.float32) / np.float32(255)
    ours = zoo.open_model(model.name).outputs(images[..., 0])
    assert np.abs(litert.answers(made.file, images) - ours).max() <= 1e-4


def test_litert_of_damaged_weights_says_so_and_leaves_nothing(home_with_runs: Path) -> None:
    with Store() as store:
        model = trainings(store, OPERATOR)[0].model()
    assert model is not None
    model.file.write_bytes(b"damaged")
    with pytest.raises(ModelError, match=r"could not be converted to \.tflite: .* are damaged"):
        litert.make(model)
    assert litert.made(model) is None
