"""What a training logged after each epoch, as a table with Keras' own names."""

from collections.abc import Mapping, Sequence

import streamlit as st

from digitlab.runs.trainings import Curves
from digitlab.training.events import Epoch
from digitlab.ui.shared.markdown import table
from digitlab.words import _

_NAMES = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
_NONE = "–"


def show_log(curves: Curves, rate: float, beside: Mapping[int, str] | None = None, *, title: str = "") -> None:
    """A row for each epoch; a figure that was not taken is a dash.

    Args:
        curves: what was logged.
        rate: the learning rate of a training that kept no steps.
        beside: one more figure by epoch.
        title: of that figure.
    """
    rates = {step.epoch: step.learning_rate for step in curves.steps}
    names = [*(name.replace("_", r"\_") for name in _NAMES), _("seconds"), _("rate")]
    rows = []
    for epoch in curves.epochs:
        printed = [beside.get(epoch.epoch, _NONE)] if beside else []
        rows.append([*_figures(epoch), f"{epoch.seconds:.1f}", f"{rates.get(epoch.epoch, rate):g}", *printed])
    with st.container(key="log_table"):
        st.markdown(table([*names, *([title] if beside else [])], rows, left=0))


def _figures(epoch: Epoch) -> Sequence[str]:
    values = (epoch.loss, epoch.accuracy, epoch.val_loss, epoch.val_accuracy)
    return [str(epoch.epoch), *(_NONE if value is None else f"{value:.4f}" for value in values)]
