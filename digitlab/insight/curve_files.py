"""Curves as files for other programs: CSV for tables, event files for TensorBoard."""

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from digitlab.insight.trainings import Curves

COLUMNS = (
    "kind",
    "epoch",
    "step",
    "seconds",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "learning_rate",
    "digits_per_second",
)


def as_csv(curves: Curves) -> str:
    """All rows in the order of steps; `kind` is "step" or "epoch".

    A step's figures are those of its batch, and its seconds count from the start. An epoch's are means over its
    batches, with the validation after it, and its seconds are its own.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    rows = [{"kind": "step"} | asdict(step) for step in curves.steps]
    rows += [{"kind": "epoch"} | asdict(epoch) for epoch in curves.epochs]
    for row in sorted(rows, key=lambda row: (row["step"], row["kind"] == "epoch")):
        writer.writerow({name: "" if value is None else value for name, value in row.items() if name in COLUMNS})
    return out.getvalue()


def as_event_files(curves: Curves, name: str, began: float) -> bytes:
    """A ZIP archive with NAME/train and NAME/validation, an event file in each, for `tensorboard --logdir`.

    Args:
        name: of the folder.
        began: seconds since 1970 that the file's times count from.
    """
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, points in (("train", list(_training(curves))), ("validation", list(_validation(curves)))):
            if points:
                file = Path(scratch) / f"events.out.tfevents.{int(began)}.{part}"
                _write_events(file, points, began)
                archive.write(file, f"{name}/{part}/events.out.tfevents.{int(began)}.digitlab")
    return packed.getvalue()


Point = tuple[str, int, float, float]  # tag, step, seconds since the start, value


def _training(curves: Curves) -> Iterator[Point]:
    for step in curves.steps:
        yield "loss", step.step, step.seconds, step.loss
        yield "accuracy", step.step, step.seconds, step.accuracy
        yield "learning rate", step.step, step.seconds, step.learning_rate
    seconds = 0.0
    for epoch in curves.epochs:
        seconds += epoch.seconds
        yield "epoch loss", epoch.step, seconds, epoch.loss
        yield "epoch accuracy", epoch.step, seconds, epoch.accuracy


def _validation(curves: Curves) -> Iterator[Point]:
    seconds = 0.0
    for epoch in curves.epochs:
        seconds += epoch.seconds
        if epoch.val_loss is not None and epoch.val_accuracy is not None:
            yield "epoch loss", epoch.step, seconds, epoch.val_loss
            yield "epoch accuracy", epoch.step, seconds, epoch.val_accuracy


def _write_events(file: Path, points: list[Point], began: float) -> None:
    """Event records by hand: the calls that do it need the package tensorboard, which is not installed."""
    from digitlab.backend import tf

    event = tf.compat.v1.Event
    with tf.io.TFRecordWriter(str(file)) as writer:
        writer.write(event(wall_time=began, file_version="brain.Event:2").SerializeToString())
        for tag, step, seconds, value in points:
            summary = tf.compat.v1.Summary(value=[tf.compat.v1.Summary.Value(tag=tag, simple_value=value)])
            writer.write(event(wall_time=began + seconds, step=step, summary=summary).SerializeToString())
