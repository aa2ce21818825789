"""Curves as a CSV file, for tables."""

import csv
import io
from dataclasses import asdict

from digitlab.runs.trainings import Curves

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
