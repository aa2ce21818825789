"""Event files as TensorBoard reads them: of an ended training, and kept up to date while runs work."""

import io
import zipfile
from pathlib import Path

import pytest

from digitlab.jobs import orders
from digitlab.runs import event_files, live_events
from digitlab.runs.live_events import LiveEvents
from digitlab.runs.trainings import Curves
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.training.events import Epoch, Step
from digitlab.training.recipes import RECIPES
from tests.waiting import until

STEPS = [Step(10, 1, 0.5, 0.75, 1e-3, 1000.0, 1.5), Step(20, 1, 0.25, 0.875, 2e-3, 1000.0, 3.0)]
LOGGED = Curves(
    STEPS, [Epoch(1, 20, 0.375, 0.8125, 0.3125, 0.9375, 4.0), Epoch(2, 40, 0.125, 0.9, None, None, 4.0)]
)  # fmt: skip


def read(folder: Path) -> dict[tuple[str, str, int], tuple[float, float]]:
    """Value and time of each point, by the part's name, tag and step; every point is there once."""
    from digitlab.backend import tf

    found: dict[tuple[str, str, int], tuple[float, float]] = {}
    for part in folder.iterdir():
        (file,) = part.iterdir()
        assert file.name.startswith("events.out.tfevents.")
        events = list(tf.compat.v1.train.summary_iterator(str(file)))
        assert events[0].file_version == "brain.Event:2"
        for event in events[1:]:
            (value,) = event.summary.value
            assert (part.name, value.tag, event.step) not in found
            found[part.name, value.tag, event.step] = (value.simple_value, event.wall_time)
    return found


def test_event_files_read_back_as_tensorboard_reads_them(tmp_path: Path) -> None:
    packed = event_files.as_archive(LOGGED, "run-1", began=1000.0)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path)
    points = read(tmp_path / "run-1")
    assert points["train", "loss", 10] == (0.5, 1001.5)
    assert points["train", "epoch accuracy", 40] == pytest.approx((0.9, 1008.0))
    assert points["validation", "epoch accuracy", 20] == (0.9375, 1004.0)
    assert ("validation", "epoch loss", 40) not in points


def test_a_folder_follows_runs_at_work_also_back_to_a_checkpoint(tmp_path: Path) -> None:
    with Store() as store:
        job = orders.submit(OPERATOR, store, RECIPES["fast"].config, claimed=True)
        folder = tmp_path / "events"
        folder.mkdir()
        live = LiveEvents(store, folder)
        live.look()
        assert list(folder.iterdir()) == [], "a run without rows has no files"
        store.runs.exchange(job, [STEPS[0]], 10, 50)
        live.look()
        run = folder / f"run-{job.id}"
        assert set(read(run)) == {("train", tag, 10) for tag in ("loss", "accuracy", "learning rate")}
        store.runs.exchange(job, [STEPS[1], LOGGED.epochs[0]], 20, 50)
        live.look()
        assert ("validation", "epoch loss", 20) in read(run)
        store.runs.rewind(job, 10)
        store.runs.exchange(job, [], 10, 50)
        live.look()
        assert set(read(run)) == {("train", tag, 10) for tag in ("loss", "accuracy", "learning rate")}

        store.runs.exchange(job, [STEPS[1]], 20, 50)
        live.close()
        again = LiveEvents(store, folder)  # another process, later
        again.look()
        store.runs.exchange(job, [LOGGED.epochs[0]], 20, 50)
        store.runs.end(job, "finished", {}, test_accuracy=0.5)
        again.look()  # the last rows of a run that has ended
        assert {("train", "loss", 20), ("validation", "epoch loss", 20)} <= set(read(run))


def test_the_folder_is_written_beside_a_supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_TENSORBOARD", str(tmp_path / "events"))
    with Store() as store:
        job = orders.submit(OPERATOR, store, RECIPES["fast"].config, claimed=True)
        store.runs.exchange(job, [STEPS[0]], 10, 50)
        leave = live_events.start()
        try:
            until(lambda: (tmp_path / "events" / f"run-{job.id}" / "train").is_dir())
        finally:
            leave()
    assert ("train", "loss", 10) in read(tmp_path / "events" / f"run-{job.id}")
