"""What a training logged after each epoch, as a table with Keras' own names."""

from collections.abc import Mapping, Sequence

import streamlit as st

from digitlab.runs.trainings import Curves
from digitlab.training.events import Epoch
from digitlab.ui.shared.markdown import table
from digitlab.words import _

_FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")
_NONE = "–"


def show_log(curves: Curves, rate: float, beside: Mapping[int, str] | None = None, *, title: str = "") -> None:
    """A row for each epoch; a figure that was not taken is a dash.

    Args:
        curves: what was logged.
        rate: the learning rate of a training that kept no steps.
        beside: one more figure by epoch.
        title: of that figure.
    """
    figures = _figures(curves)
    names = ["epoch", *(name.replace("_", r"\_") for name in figures), _("seconds"), _("rate")]
    rows = []
    for epoch, row in zip(curves.epochs, _rows(curves, rate, figures), strict=True):
        printed = [beside.get(epoch.epoch, _NONE)] if beside else []
        rows.append([*(cell or _NONE for cell in row), *printed])
    with st.container(key="log_table"):
        st.markdown(table([*names, *([title] if beside else [])], rows, left=0))


def as_text(curves: Curves, rate: float) -> str:
    """The same with tabs, for a spreadsheet or pandas; a figure that was not taken is left empty."""
    figures = _figures(curves)
    rows = [["epoch", *figures, "seconds", "rate"], *_rows(curves, rate, figures)]
    return "\n".join("\t".join(row) for row in rows)


def _figures(curves: Curves) -> Sequence[str]:
    """The names of the columns with figures; the plain loss only where it was taken."""
    return (*_FIGURES, *(["plain_loss"] if any(epoch.plain_loss is not None for epoch in curves.epochs) else []))


def _rows(curves: Curves, rate: float, figures: Sequence[str]) -> list[list[str]]:
    rates = {step.epoch: step.learning_rate for step in curves.steps}
    return [
        [
            str(epoch.epoch),
            *(_figure(epoch, name) for name in figures),
            f"{epoch.seconds:.1f}",
            f"{rates.get(epoch.epoch, rate):g}",
        ]
        for epoch in curves.epochs
    ]


def _figure(epoch: Epoch, name: str) -> str:
    value = getattr(epoch, name)
    return "" if value is None else f"{value:.4f}"
