"""The files of a run, and deleting the run."""

import streamlit as st

from digitlab.runs.trainings import Training
from digitlab.store.rights import may
from digitlab.ui.runs.downloads import show_downloads
from digitlab.ui.runs.removing import ask_removal, show_question
from digitlab.ui.shared import visitor
from digitlab.words import _


def show_files(training: Training) -> None:
    """All downloads, and the way to be rid of the run."""
    st.subheader(_("Downloads"), anchor=False)
    show_downloads(training)
    may_delete = training.removable and may(visitor.person(), "delete", training.thing)
    if may_delete and st.button(_("Delete run …"), icon=":material/delete:", key=f"delete_{training.key}"):
        ask_removal([training])
    show_question([training], leaves=True)
