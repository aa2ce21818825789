"""Deleting: the question, what is deleted and what stays."""

import streamlit as st

from digitlab.runs import removal
from digitlab.runs.trainings import KEPT, Training
from digitlab.server.store import store
from digitlab.ui.runs import choice
from digitlab.ui.shared import names, pages, visitor
from digitlab.ui.shared.foreign import plain
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.owners import owner_text
from digitlab.ui.shared.setting_text import STATES
from digitlab.ui.shared.times import duration
from digitlab.words import _, listed

_ASKED = "to_remove"  # session: keys; the question stays open while the page around it follows its runs


def ask_removal(trainings: list[Training]) -> None:
    """Open the question."""
    st.session_state[_ASKED] = [training.key for training in trainings]


def show_question(everything: list[Training], *, leaves: bool = False) -> None:
    """The dialog, once its visitor has asked to delete something that is still there.

    Args:
        everything: what there is.
        leaves: whether the page is about what is deleted, so that it is left afterwards.
    """
    wanted = st.session_state.get(_ASKED, [])
    if trainings := [training for training in everything if training.key in wanted]:
        # Made here: the title is in the reader's language.
        st.dialog(_("Delete?"), icon=":material/delete:", on_dismiss=_forget)(_confirm)(trainings, leaves)


def _forget() -> None:
    st.session_state.pop(_ASKED, None)


def _confirm(trainings: list[Training], leaves: bool) -> None:
    st.markdown("\n".join(f"- {_described(training)}" for training in trainings))
    if any(training.run for training in trainings):
        st.markdown(_("Curves, checkpoints and logs are permanently deleted."))
    running = [plain(names.of_training(training)) for training in trainings if training.active]
    if running:
        sentence = _("Still running, stopped first: {names}.", names=listed(*running))
        st.markdown(f":material/stop_circle: {sentence}")
    with_model = False
    if running or any(_left_a_model(training) for training in trainings):
        with_model = st.checkbox(
            _("Delete the trained model too"),
            key="with_model",
            help=_("Otherwise the model stays on the Draw page, in the table and in DIGITLAB_HOME/models."),
        )
    if any(training.state == KEPT for training in trainings):
        st.markdown(_("A model without a run is deleted with its card."))
    if st.button(_("Delete"), type="primary", icon=":material/delete:", key="confirm_delete"):
        with friendly():
            with st.spinner(_("Stopping and deleting …") if running else _("Deleting …")):
                for training in trainings:
                    removal.remove(visitor.person(), store(), training, with_model=with_model)
            gone = {training.key for training in trainings}
            choice.choose([key for key in choice.now() if key not in gone])
            _forget()
            if leaves:
                pages.go(pages.RUNS)
            st.rerun()


def _described(training: Training) -> str:
    """What goes: number, name and result, whose it is, and what went into it."""
    facts = [f"**{plain(names.of_training(training))}**", plain(owner_text(training.thing))]
    if training.run:
        facts.append(str(STATES[training.state]))
    if training.best_validation is not None:
        facts.append(_("best validation {share:.2%}", share=training.best_validation))
    if training.seconds is not None:
        facts.append(_("trained for {time}", time=duration(training.seconds)))
    return " · ".join(facts)


def _left_a_model(training: Training) -> bool:
    model = training.model() if training.run else None
    return model is not None and model.is_trained_here
