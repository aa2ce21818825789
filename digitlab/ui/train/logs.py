"""The log of a run as a table that can be copied."""

import streamlit as st

from digitlab.runs.following import Followed
from digitlab.runs.trainings import Curves
from digitlab.training.config import TrainingConfig
from digitlab.ui.shared.folding import folded
from digitlab.ui.shared.log_table import as_text, show_log
from digitlab.words import _

_HIGH = 12  # rows that are shown without scrolling


def show_epochs(followed: Followed, config: TrainingConfig) -> None:
    """A row for each epoch, folded; with a button that copies all of them."""
    part = folded(_("Training log"), "table_rows", "training_log")
    if not part.open:
        return
    with part:
        if not followed.epochs:
            st.markdown(_("The first line comes at the end of the first epoch."))
            return
        curves = Curves(followed.steps, followed.epochs)
        with st.container(height=420 if len(followed.epochs) > _HIGH else "content", border=False):
            show_log(curves, config.learning_rate)
        with st.popover(_("Copy the log"), icon=":material/content_copy:", key="log_copy"):
            st.code(as_text(curves, config.learning_rate), language=None, height=240)
            st.caption(_("Columns are separated by tabs, for a spreadsheet or pandas."))
