"""Watching a run: its state, its curves as they grow, and the commands to it."""

import streamlit as st

from digitlab.runs.following import Followed, follow
from digitlab.store import Store
from digitlab.store.records import ACTIVE
from digitlab.training.config import TrainingConfig
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.learning import show_learned
from digitlab.ui.train.curves import show_curves
from digitlab.ui.train.hinting import show_hint
from digitlab.ui.train.layers import show_layers
from digitlab.ui.train.logs import show_epochs
from digitlab.ui.train.status import show_reason, show_status
from digitlab.ui.train.telling import show_commands, show_problem, show_sent
from digitlab.words import _

EVERY = 0.9  # seconds between two looks at a run that is at work
_NOTES = 68  # pixels: a hint or a problem in one or two lines, and the newest command below it
WAITING = 0.4  # and at one whose next change a visitor waits for


def show_run(store: Store, number: int) -> None:
    """Everything about a run that changes while it goes on; follows it until it comes to rest.

    Raises:
        InputError: there is no such run.
        StoreError: the database cannot be used.
    """
    state, is_awaited = _stands(follow(store, number))
    interval = {"running": EVERY, "paused": 2 * EVERY, "interrupted": 2 * EVERY}.get(state, WAITING)
    if state == "running" and is_awaited:
        interval = WAITING

    @st.fragment(run_every=None if rests(state) else interval, key="live")
    @friendly()
    def live() -> None:
        followed = follow(store, number)
        if _stands(followed) != (state, is_awaited):
            st.rerun()  # other buttons, another interval, and what belongs to the end of a run
        _show(store, followed)

    live()


def _stands(followed: Followed) -> tuple[str, bool]:
    """A run's state, and whether its visitor waits: for the curve to begin, or for a command to be applied."""
    return followed.run.state, not followed.steps or any(sent.step is None for sent in followed.commands)


def rests(state: str) -> bool:
    return state in ("finished", "stopped", "failed")


def _show(store: Store, followed: Followed) -> None:
    run = followed.run
    config = run.spec.config
    # Whatever comes and goes has a place with room for it, or comes last: the charts stay where they are.
    with st.container(key="stands"):
        show_status(store, followed, config)
    with st.container():
        show_commands(store, followed, config, _rate_in_force(followed, config))
    with st.container(key="notes", height=_NOTES, border=False, gap=None):
        with st.container(key="hint"):
            if not (show_problem(run) or show_reason(run)):
                show_hint(followed, config)
        with st.container(key="told"):
            show_sent(followed.commands)
    if followed.steps:
        with st.container():
            logged, view = show_curves(store, followed, config)
        show_epochs(followed, config)
        show_layers(store, followed, logged, view)
    elif run.state in ACTIVE:
        st.caption(_("The curves begin with the first steps."))
    show_learned(run)


def _rate_in_force(followed: Followed, config: TrainingConfig) -> float:
    set_since = [sent.value for sent in followed.commands if sent.kind == "set-rate" and sent.value is not None]
    return set_since[-1] if set_since else config.learning_rate
