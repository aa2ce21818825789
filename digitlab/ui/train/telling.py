"""Commands to a run, and when each was applied."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.jobs import orders
from digitlab.runs import following
from digitlab.runs.following import Followed
from digitlab.server.store import store as opened_store
from digitlab.store import Store
from digitlab.store.records import ENDED, JobState, Run, SavedCheckpoint, SentCommand
from digitlab.store.rights import Person, may
from digitlab.training.config import TrainingConfig
from digitlab.ui.shared import pages, visitor
from digitlab.ui.shared.foreign import complain
from digitlab.words import _

_PROBLEM = "train_problem"  # session: why the last command could not be given, and to which run
_SENT = "train_sent"  # session: the last command, to which run and in which state
_SHOWN = 5  # of the newest commands


def show_commands(store: Store, followed: Followed, config: TrainingConfig, rate: float) -> None:
    """The buttons that make sense in the run's state.

    Args:
        rate: the learning rate (the schedule's peak) in force.
    """
    run = followed.run
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="commands"):
        may_pause, may_stop, may_change = (
            may(visitor.person(), action, run.job.thing) for action in ("pause", "stop", "change")
        )
        if may_pause and run.state in ("starting", "running"):
            _button(
                "pause",
                _("Pause"),
                "pause",
                store.jobs.pause,
                run,
                _("Writes a checkpoint and frees the machine for others."),
            )
        if may_pause and run.state in ("pausing", "paused", "interrupted"):
            _button("resume", _("Resume"), "play_arrow", store.jobs.resume, run, _("Continues where the run stopped."))
        if may_pause and run.state == "failed":
            _button(
                "try_again", _("Try again"), "replay", store.jobs.resume, run, _("Continues from the last checkpoint.")
            )
        if may_stop and run.state == "queued" and not run.job.beats:
            _button("cancel", _("Cancel"), "cancel", store.jobs.stop, run, _("Takes the run out of the queue."))
        elif may_stop and run.state in ("queued", "starting", "running", "pausing", "paused", "interrupted"):
            _button("stop", _("Stop"), "stop", store.jobs.stop, run, _("Ends the run and keeps its weights."))
        if may_change and run.state in ("queued", "starting", "running", "pausing", "paused"):
            _change_rate(store, run, rate)
        if may_change and run.state in ("finished", "stopped"):
            _more_epochs(store, run, config)
        if followed.checkpoints:
            _fork(run, followed.checkpoints)
        pages.link(pages.TRAIN, _("New run with these settings"), {"like": run.id}, icon=":material/content_copy:")


def show_problem(run: Run) -> bool:
    """Why the last command to this run could not be given; says whether there is such a sentence."""
    about, sentence = st.session_state.get(_PROBLEM, (None, ""))
    if about != run.id:
        return False
    complain(sentence)
    return True


def show_sent(commands: list[SentCommand]) -> None:
    """The newest command with the step after which it was applied, in one line; those before stand behind a "?"."""
    if commands:
        before = [applied(sent) for sent in reversed(commands[-_SHOWN:-1])]
        st.caption(applied(commands[-1]), help="\n\n".join(before) or None)


def applied(sent: SentCommand) -> str:
    """A command and when it was applied: "Pause: applied at step 230 (0.4 s)"."""
    names = {"pause": _("Pause"), "stop": _("Stop"), "set-rate": _("Learning rate {rate}", rate=f"{sent.value or 0:g}")}
    command = names[sent.kind]
    if sent.step is None or sent.taken_at is None:
        waits = _("{command}: sent, not applied yet", command=command)
        return f":material/schedule: {waits}"
    said = _(
        "{command}: applied at step {step} ({seconds:.1f} s)",
        command=command,
        step=sent.step,
        seconds=max(0.0, sent.taken_at - sent.sent_at),
    )
    return f":material/done: {said}"


def _button(name: str, label: str, icon: str, command: Callable[[Person, int], None], run: Run, help_text: str) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"tell_{name}",
        help=help_text,
        on_click=_tell_once,
        args=(run.id, run.state, command),
    )


def _change_rate(store: Store, run: Run, rate: float) -> None:
    with st.popover(_("Learning rate"), icon=":material/speed:", key="rate_box"):
        st.number_input(_("New learning rate"), value=rate, format="%g", step=rate / 10, key=f"rate_{run.id}")
        st.caption(_("Applies from the next step. With a schedule, this is the highest rate."))
        st.button(_("Apply"), key="tell_rate", type="primary", on_click=_tell_rate, args=(store, run.id))


def _more_epochs(store: Store, run: Run, config: TrainingConfig) -> None:
    with st.popover(_("More epochs"), icon=":material/add:", key="epochs_box"):
        done = -(-int(run.job.done) // config.steps_per_epoch)
        st.number_input(_("Total epochs"), value=done + 1, step=1, key=f"epochs_{run.id}")
        st.caption(_("The run continues from its last step, with the same optimizer."))
        st.button(_("Continue"), key="tell_epochs", type="primary", on_click=_tell_epochs, args=(store, run.id))


def _fork(run: Run, checkpoints: list[SavedCheckpoint]) -> None:
    with st.popover(_("Fork"), icon=":material/fork_right:", key="fork_box"):
        by_step = {saved.step: saved for saved in reversed(checkpoints)}
        step = st.selectbox(
            _("Branch off after"),
            list(by_step),
            format_func=lambda step: _named(by_step[step]),
            key=f"fork_{run.id}",
            filter_mode=None,
        )
        st.caption(_("A new run starts from the weights of that step, with its own settings."))
        if step is not None:
            pages.link(pages.TRAIN, _("Choose settings"), {"like": run.id, "at": step}, icon=":material/tune:")


def _named(saved: SavedCheckpoint) -> str:
    if saved.epoch is None:
        return _("step {step}", step=saved.step)
    return _("step {step}, end of epoch {epoch}", step=saved.step, epoch=saved.epoch)


def _tell_rate(store: Store, run: int) -> None:
    rate = st.session_state.get(f"rate_{run}")
    rates = [sent.value for sent in store.jobs.commands(run) if sent.kind == "set-rate"]
    if rate is not None and rates[-1:] != [rate]:  # a page that is busy may report one click twice
        _tell(run, orders.set_rate, visitor.person(), store, run, float(rate))


def _tell_epochs(store: Store, run: int) -> None:
    epochs = st.session_state.get(f"epochs_{run}")
    found = store.runs.get(run)
    if epochs is not None and (found.state in ENDED or found.spec.config.epochs != epochs):
        _tell(run, orders.lengthen, visitor.person(), store, run, int(epochs))


def _tell_once(run: int, state: JobState, command: Callable[[Person, int], None]) -> None:
    """Give a command for which a button stood in this state; a second click on the same button is no error."""
    before = st.session_state.get(_SENT)
    if before == (run, state, command.__name__) and opened_store().jobs.get(run).state != state:
        return
    st.session_state[_SENT] = (run, state, command.__name__)
    _tell(run, command, visitor.person(), run)


def _tell(run: int, command: Callable[..., Any], *arguments: Any) -> None:
    st.session_state.pop(_PROBLEM, None)
    try:
        command(*arguments)
    except DigitLabError as error:
        st.session_state[_PROBLEM] = (run, error.sentence)
    following.look_again(run)
