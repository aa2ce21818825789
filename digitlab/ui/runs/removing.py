"""Deleting: the question, what goes and what stays, and the deed."""

import streamlit as st

from digitlab import home
from digitlab.insight.trainings import KEPT, Training
from digitlab.jobs import removal
from digitlab.ui.friendly import friendly
from digitlab.ui.opened import store
from digitlab.ui.runs import choice
from digitlab.ui.train.waiting import plain

_ASKED = "to_remove"  # session: keys; the question stays open while the page around it follows its runs


def ask_removal(trainings: list[Training]) -> None:
    """Open the question."""
    st.session_state[_ASKED] = [training.key for training in trainings]


def show_question(everything: list[Training]) -> None:
    """The dialog, where somebody has asked to delete something that is still there."""
    wanted = st.session_state.get(_ASKED, [])
    if trainings := [training for training in everything if training.key in wanted]:
        _confirm(trainings)


def _forget() -> None:
    st.session_state.pop(_ASKED, None)


@st.dialog("Delete?", icon=":material/delete:", on_dismiss=_forget)
def _confirm(trainings: list[Training]) -> None:
    names = ", ".join(f"**{plain(training.name)}**" for training in trainings)
    st.markdown(f"{names}: curves, checkpoints and log are deleted for ever.")
    running = [plain(training.name) for training in trainings if training.active]
    if running:
        st.markdown(f":material/stop_circle: {', '.join(running)} is at work and is stopped first.")
    with_model = False
    if running or any(_left_a_model(training) for training in trainings):
        with_model = st.checkbox(
            "Delete the trained model, too",
            key="with_model",
            help="Else it stays in DIGITLAB_HOME/models, on the Draw page and in the table.",
        )
    if any(training.state == KEPT for training in trainings):
        st.markdown("A model without a run is deleted with its card.")
    if st.button("Delete", type="primary", icon=":material/delete:", key="confirm_delete"):
        with friendly():
            with st.spinner("It is stopped and deleted …" if running else "It is deleted …"):
                for training in trainings:
                    removal.remove(store(), training, with_model=with_model)
            gone = {training.key for training in trainings}
            choice.choose([key for key in choice.now() if key not in gone])
            _forget()
            st.rerun()


def _left_a_model(training: Training) -> bool:
    model = training.model() if training.run else None
    return model is not None and model.file.parent == home.trained_models()
