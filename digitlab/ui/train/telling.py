"""Telling a run what to do, and showing that it was taken."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.jobs import training
from digitlab.store import Store
from digitlab.store.records import ENDED, JobState, Run, SavedCheckpoint, SentCommand
from digitlab.training.config import TrainingConfig
from digitlab.ui.opened import store as opened_store
from digitlab.ui.train import following
from digitlab.ui.train.following import Followed
from digitlab.ui.train.waiting import PAGE

_PROBLEM = "train_problem"  # session: why the last command could not be given, and to which run
_TOLD = "train_told"  # session: the last command, to which run and in which state
_SHOWN = 4  # of the newest commands


def show_commands(store: Store, followed: Followed, config: TrainingConfig, rate: float) -> None:
    """The buttons that make sense in the run's state.

    Args:
        rate: the learning rate (the schedule's peak) in force.
    """
    run = followed.run
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="commands"):
        if run.state in ("starting", "running"):
            _button("Pause", "pause", store.jobs.pause, run, "It writes a checkpoint and makes room for others.")
        if run.state in ("pausing", "paused", "interrupted"):
            _button("Resume", "play_arrow", store.jobs.resume, run, "It goes on where it was.")
        if run.state == "failed":
            _button("Try again", "replay", store.jobs.resume, run, "It goes on from its last checkpoint.")
        if run.state == "queued" and not run.job.beats:
            _button("Cancel", "cancel", store.jobs.stop, run, "It leaves the queue before it has begun.")
        elif run.state in ("queued", "starting", "running", "pausing", "paused", "interrupted"):
            _button("Stop", "stop", store.jobs.stop, run, "It ends here and keeps the weights it has.")
        if run.state in ("queued", "starting", "running", "pausing", "paused"):
            _change_rate(store, run, rate)
        if run.state in ("finished", "stopped"):
            _more_epochs(store, run, config)
        if followed.checkpoints:
            _fork(run, followed.checkpoints)
        st.page_link(
            PAGE, label="Start again like this", icon=":material/content_copy:", query_params={"like": str(run.id)}
        )
    problem = st.session_state.get(_PROBLEM)
    if problem and problem[0] == run.id:
        st.error(problem[1], icon=":material/info:")


def show_told(commands: list[SentCommand]) -> None:
    """The newest commands, each with the step after which it was taken."""
    if commands:
        with st.container(key="told", gap=None):
            for sent in reversed(commands[-_SHOWN:]):
                st.caption(told(sent))


def told(sent: SentCommand) -> str:
    """A command in words: "Pause: taken after step 230, 0.4 s later"."""
    what = f"Learning rate {sent.value:g}" if sent.kind == "set-rate" else sent.kind.capitalize()
    if sent.step is None or sent.taken_at is None:
        return f":material/schedule: {what}: sent, not taken yet"
    return (
        f":material/done: {what}: taken after step {sent.step:,}, {max(0.0, sent.taken_at - sent.sent_at):.1f} s later"
    )


def _button(label: str, icon: str, command: Callable[[int], None], run: Run, explained: str) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"tell_{label.lower().replace(' ', '_')}",
        help=explained,
        on_click=_tell_once,
        args=(run.id, run.state, command),
    )


def _change_rate(store: Store, run: Run, rate: float) -> None:
    with st.popover("Learning rate", icon=":material/speed:", key="rate_box"):
        st.number_input("New learning rate", value=rate, format="%g", step=rate / 10, key=f"rate_{run.id}")
        st.caption("It takes effect from the next step on. Where the rate follows a schedule, this is its peak.")
        st.button("Change", key="tell_rate", type="primary", on_click=_tell_rate, args=(store, run.id))


def _more_epochs(store: Store, run: Run, config: TrainingConfig) -> None:
    with st.popover("More epochs", icon=":material/add:", key="epochs_box"):
        done = -(-int(run.job.done) // config.steps_per_epoch)
        st.number_input("Epochs altogether", value=done + 1, step=1, key=f"epochs_{run.id}")
        st.caption("The run goes on from its last step, with the same optimiser.")
        st.button("Train on", key="tell_epochs", type="primary", on_click=_tell_epochs, args=(store, run.id))


def _fork(run: Run, checkpoints: list[SavedCheckpoint]) -> None:
    with st.popover("Fork", icon=":material/fork_right:", key="fork_box"):
        by_step = {saved.step: saved for saved in reversed(checkpoints)}
        step = st.selectbox(
            "Branch off after",
            list(by_step),
            format_func=lambda step: _named(by_step[step]),
            key=f"fork_{run.id}",
            filter_mode=None,
        )
        st.caption("A new run begins with the weights of that moment and goes on with other settings.")
        if step is not None:
            query = {"like": str(run.id), "at": str(step)}
            st.page_link(PAGE, label="Choose its settings", icon=":material/tune:", query_params=query)


def _named(saved: SavedCheckpoint) -> str:
    return f"step {saved.step:,}" + (f", the end of epoch {saved.epoch}" if saved.epoch is not None else "")


def _tell_rate(store: Store, run: int) -> None:
    rate = st.session_state.get(f"rate_{run}")
    rates = [sent.value for sent in store.jobs.commands(run) if sent.kind == "set-rate"]
    if rate is not None and rates[-1:] != [rate]:  # a page that is busy may report one click twice
        _tell(run, training.set_rate, store, run, float(rate))


def _tell_epochs(store: Store, run: int) -> None:
    epochs = st.session_state.get(f"epochs_{run}")
    found = store.runs.get(run)
    if epochs is not None and (found.state in ENDED or found.config["epochs"] != epochs):
        _tell(run, training.lengthen, store, run, int(epochs))


def _tell_once(run: int, state: JobState, command: Callable[[int], None]) -> None:
    """Give a command for which a button stood in this state; told twice, it is no error that the first was taken."""
    before = st.session_state.get(_TOLD)
    if before == (run, state, command.__name__) and opened_store().jobs.get(run).state != state:
        return
    st.session_state[_TOLD] = (run, state, command.__name__)
    _tell(run, command, run)


def _tell(run: int, command: Callable[..., Any], *arguments: Any) -> None:
    st.session_state.pop(_PROBLEM, None)
    try:
        command(*arguments)
    except DigitLabError as error:
        st.session_state[_PROBLEM] = (run, str(error))
    following.look_again(run)
