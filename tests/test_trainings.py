"""The list of all that was trained, deleting from it, and what can be taken along; on real runs."""

import csv
import io
import math
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitlab import home as places
from digitlab.data.mnist import Mnist
from digitlab.errors import InputError, ModelError
from digitlab.insight import curve_files
from digitlab.insight.trainings import Curves, curves, find, trainings
from digitlab.jobs import performing, removal, training
from digitlab.jobs.link import Link
from digitlab.networks import litert, zoo
from digitlab.store import Store
from digitlab.store.runs import folder
from digitlab.training.events import Epoch, Step
from digitlab.training.recipes import RECIPES
from digitlab.ui.runs.chart import Line, overlay, worth_seeing
from digitlab.ui.runs.zoom import zoomed
from tests.trained import CONFIG, SECOND
from tests.waiting import until

SHIPPED = {path.stem for path in places.SHIPPED_MODELS.glob("*.json")}


def test_without_any_run_the_shipped_models_are_listed_with_their_curves() -> None:
    with Store() as store:
        everything = trainings(store)
        assert {one.key for one in everything} == SHIPPED
        pen = find(everything, "pen")
        assert len(curves(store, pen).epochs) == len(zoo.find("pen").card["epochs"]) == RECIPES["pen"].config.epochs
        assert pen.test_accuracy == zoo.find("pen").test_accuracy
        with pytest.raises(InputError, match="no run or model"):
            find(everything, "1")


def test_a_run_and_its_model_are_one_row_with_one_configuration(home_with_runs: Path) -> None:
    with Store() as store:
        second, first, *others = trainings(store)
        assert [first.key, second.key] == ["1", "2"]
        assert {one.key for one in others} == SHIPPED
        assert second.config() == SECOND
        assert second.model() == zoo.find(str(second.run and second.run.model))
        assert len(curves(store, first).steps) == 2 * 6
        assert first.seconds is not None


def test_a_deleted_runs_model_goes_or_stays_as_it_was_said(home_with_runs: Path) -> None:
    with Store() as store:
        second, first, *_ = trainings(store)
        kept = first.model()
        assert kept is not None
        removal.remove(store, first, with_model=False)
        removal.remove(store, second, with_model=True)
        assert [path.stem for path in (home_with_runs / "models").iterdir()] == [kept.name] * 2
        assert not folder(1).exists()
        assert not folder(2).exists()
        left = trainings(store)[0]
        assert (left.key, left.state, left.run) == (kept.name, "model", None)
        removal.remove(store, left, with_model=False)
        assert not list((home_with_runs / "models").iterdir())
        with pytest.raises(InputError, match="comes with DigitLab"):
            removal.remove(store, trainings(store)[0], with_model=True)


def test_a_run_at_work_is_stopped_before_it_is_deleted(home: Path) -> None:
    with Store() as store:
        config = replace(CONFIG, epochs=1000)
        job = training.submit(store, config, recipe="two-conv-64-logits", threads=2, claimed=True)

        def work() -> None:
            with Link(store, job) as link:
                performing.perform(store, link)

        worker = threading.Thread(target=work)
        worker.start()
        until(lambda: bool(store.runs.steps(job.id)))
        removal.remove(store, trainings(store)[0], with_model=True)
        worker.join()
        assert {one.key for one in trainings(store)} == SHIPPED
        assert not folder(job.id).exists()
        assert not list((home / "models").iterdir())


def test_a_run_that_does_not_stop_is_not_deleted() -> None:
    with Store() as store:
        job = training.submit(store, CONFIG, recipe="pen", threads=2, claimed=True)  # and nobody works at it
        with pytest.raises(InputError, match="has not stopped"):
            removal.remove(store, trainings(store)[0], with_model=True, patience=0.0)
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


def test_event_files_read_back_as_tensorboard_reads_them(tmp_path: Path) -> None:
    from digitlab.backend import tf

    packed = curve_files.as_event_files(LOGGED, "run-1", began=1000.0)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path)
    read = {}
    for part in ("train", "validation"):
        (file,) = (tmp_path / "run-1" / part).iterdir()
        assert file.name.startswith("events.out.tfevents.")
        events = list(tf.compat.v1.train.summary_iterator(str(file)))
        assert events[0].file_version == "brain.Event:2"
        for event in events[1:]:
            (value,) = event.summary.value
            read[part, value.tag, event.step] = (value.simple_value, event.wall_time)
    assert read["train", "loss", 10] == (0.5, 1001.5)
    assert read["train", "epoch accuracy", 40] == (pytest.approx(0.9), 1008.0)
    assert read["validation", "epoch accuracy", 20] == (0.9375, 1004.0)
    assert ("validation", "epoch loss", 40) not in read


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
        model = trainings(store)[0].model()
    assert model is not None
    model.file.write_bytes(b"damaged")
    with pytest.raises(ModelError, match=r"could not be made a \.tflite file: .* are damaged"):
        litert.make(model)
    assert litert.made(model) is None


# --- the picture ---


@pytest.mark.parametrize(("axis", "x"), [("step", [20]), ("epoch", [1]), ("time", [4 / 60])])
def test_overlay_has_validation_at_the_ends_of_epochs_on_every_axis(axis: str, x: list[float]) -> None:
    figure = overlay([Line("a", LOGGED, 20), Line("b", LOGGED, 20)], "accuracy", axis)  # type: ignore[arg-type]
    solid = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert [trace.name for trace in solid] == ["a", "b"]
    assert list(solid[0].x) == pytest.approx(x)
    assert list(solid[0].y) == [0.9375]
    assert solid[0].marker.symbol != solid[1].marker.symbol, "they can be told apart without colours"
    assert len(figure.data) == 4, "a training line for each"


def test_ten_names_in_the_legend_do_not_take_their_height_from_the_curves() -> None:
    two, ten = (overlay([Line(f"run {n}", LOGGED, 20) for n in range(count)], "loss", "epoch") for count in (2, 10))
    assert ten.layout.height - two.layout.height >= 100, "on a phone nine fill six rows of 29 pixels"


def test_the_first_epochs_do_not_decide_what_is_seen_of_the_others() -> None:
    learns, better = [0.3, 0.9, 0.95, 0.96, 0.97, 0.97, 0.975, 0.98], [0.5, 0.97, 0.98, 0.985]
    seen = worth_seeing([learns, better])
    assert seen
    assert 0.93 < seen[0] < 0.95
    assert 0.985 < seen[1] < 0.99
    assert worth_seeing([learns, [0.1] * 8]) is None, "one that learns nothing is seen"
    assert worth_seeing([[0.98, 0.99]]) is None
    assert worth_seeing([[0.5, math.nan]]) is None
    assert worth_seeing([]) is None


@pytest.mark.parametrize(
    "said", [None, 3, {"loss": [1, 2]}, {"loss": {"x": ["a", 2], "y": [1]}}, {"loss": {"x": [1, math.nan]}}]
)
def test_a_zoom_that_makes_no_sense_is_none(said: object) -> None:
    assert zoomed(said, "loss") == {}


def test_a_zoom_is_taken_axis_by_axis() -> None:
    assert zoomed({"loss": {"x": [1, 2.5], "y": None}}, "loss") == {"x": [1.0, 2.5]}


def test_on_the_log_axis_accuracy_is_the_share_read_wrong() -> None:
    figure = overlay([Line("a", LOGGED, 20)], "accuracy", "step", log=True)
    assert list(figure.data[-1].y) == pytest.approx([0.0625])
    assert figure.layout.yaxis.type == "log"
