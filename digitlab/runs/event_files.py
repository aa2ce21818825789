"""Curves as event files, which TensorBoard reads."""

import io
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from digitlab.runs.trainings import Curves


class Point(NamedTuple):
    """One figure; `seconds` count from the start of the training."""

    tag: str
    step: int
    seconds: float
    value: float


class EventFile:
    """One event file, open for writing.

    The records are written by hand: the calls that would do so need the package tensorboard, which is not installed.
    """

    def __init__(self, folder: Path, began: float) -> None:
        """Begin a file in a folder that exists.

        Args:
            began: seconds since 1970 that the times of the points count from.

        Raises:
            OSError: the folder cannot be written to.
        """
        from digitlab.backend import tf

        self.path = folder / f"events.out.tfevents.{int(began)}.digitlab"
        self.path.touch()  # TensorFlow's writer raises an error of its own
        self._event, self._summary, self._began = tf.compat.v1.Event, tf.compat.v1.Summary, began
        self._writer = tf.io.TFRecordWriter(str(self.path))
        self._writer.write(self._event(wall_time=began, file_version="brain.Event:2").SerializeToString())
        self._written: dict[str, int] = {}  # the last step of each tag

    def add(self, points: Iterable[Point]) -> None:
        """Write the points whose steps come after the last of their tag, so that they are on the disk."""
        for tag, step, seconds, value in points:
            if step > self._written.get(tag, -1):
                self._written[tag] = step
                summary = self._summary(value=[self._summary.Value(tag=tag, simple_value=value)])
                event = self._event(wall_time=self._began + seconds, step=step, summary=summary)
                self._writer.write(event.SerializeToString())
        self._writer.flush()

    def goes_back(self, points: Iterable[Point]) -> bool:
        """Whether these points end before what was written: a run that continued from a checkpoint."""
        last: dict[str, int] = {}
        for point in points:
            last[point.tag] = max(point.step, last.get(point.tag, -1))
        return any(last.get(tag, -1) < step for tag, step in self._written.items())

    def close(self) -> None:
        self._writer.close()


def parts(curves: Curves) -> dict[str, list[Point]]:
    """The points of each event file, by the name of its folder; files without a point are left out."""
    found = {"train": list(_training(curves)), "validation": list(_validation(curves))}
    return {part: points for part, points in found.items() if points}


def as_archive(curves: Curves, name: str, began: float) -> bytes:
    """A ZIP archive with NAME/train and NAME/validation, an event file in each, for `tensorboard --logdir`.

    Args:
        name: of the folder.
        began: seconds since 1970 that the times count from.
    """
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, points in parts(curves).items():
            folder = Path(scratch, part)
            folder.mkdir()
            file = EventFile(folder, began)
            file.add(points)
            file.close()
            archive.write(file.path, f"{name}/{part}/{file.path.name}")
    return packed.getvalue()


def _training(curves: Curves) -> Iterator[Point]:
    for step in curves.steps:
        yield Point("loss", step.step, step.seconds, step.loss)
        yield Point("accuracy", step.step, step.seconds, step.accuracy)
        yield Point("learning rate", step.step, step.seconds, step.learning_rate)
    seconds = 0.0
    for epoch in curves.epochs:
        seconds += epoch.seconds
        yield Point("epoch loss", epoch.step, seconds, epoch.loss)
        yield Point("epoch accuracy", epoch.step, seconds, epoch.accuracy)


def _validation(curves: Curves) -> Iterator[Point]:
    seconds = 0.0
    for epoch in curves.epochs:
        seconds += epoch.seconds
        if epoch.val_loss is not None and epoch.val_accuracy is not None:
            yield Point("epoch loss", epoch.step, seconds, epoch.val_loss)
            yield Point("epoch accuracy", epoch.step, seconds, epoch.val_accuracy)
