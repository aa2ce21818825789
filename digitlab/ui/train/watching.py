"""Watching a run: its state, its curves as they grow, and what it can be told."""

import streamlit as st

from digitlab.errors import InputError
from digitlab.store import Store
from digitlab.store.records import ACTIVE, Run
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Step
from digitlab.ui.friendly import friendly
from digitlab.ui.teach.learning import show_learned
from digitlab.ui.train import curves, panels
from digitlab.ui.train.following import Followed, follow
from digitlab.ui.train.hinting import show_hints
from digitlab.ui.train.status import show_status
from digitlab.ui.train.telling import show_commands, show_told
from digitlab.ui.train.waiting import plain

EVERY = 0.9  # seconds between two looks at a run that is at work
WAITING = 0.4  # and at one that somebody waits for


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
    """A run's state, and whether somebody waits: for the curve to begin, or for a command to be taken."""
    return followed.run.state, not followed.steps or any(sent.step is None for sent in followed.commands)


def rests(state: str) -> bool:
    return state in ("finished", "stopped", "failed")


def _show(store: Store, followed: Followed) -> None:
    run = followed.run
    config = TrainingConfig.from_record(run.config)
    # A place of its own for each, so that the charts stay where they are when a command or a hint comes.
    with st.container():
        show_status(store, followed, config)
    with st.container():
        show_commands(store, followed, config, _rate_in_force(followed, config))
    told, hints = st.container(), st.container()
    with told:
        show_told(followed.commands)
    with hints:
        show_hints(followed, config)
    if followed.steps:
        with st.container():
            _show_curves(store, followed, config)
    show_learned(run)
    if not followed.steps and run.state in ACTIVE:
        st.caption("The curves begin with the first steps.")


def _rate_in_force(followed: Followed, config: TrainingConfig) -> float:
    set_since = [sent.value for sent in followed.commands if sent.kind == "set-rate" and sent.value is not None]
    return set_since[-1] if set_since else config.learning_rate


def _parent(store: Store, run: Run) -> list[Step]:
    """What the run that this one branched off from had logged by then; nothing if it is gone."""
    if run.parent is None or run.parent_step is None:
        return []
    try:
        return [step for step in follow(store, run.parent).steps if step.step <= (run.parent_step or 0)]
    except InputError:
        return []


def _show_curves(store: Store, followed: Followed, config: TrainingConfig) -> None:
    run = followed.run
    parent, offset = _parent(store, run), run.parent_step or 0
    validates = config.validation != "none"
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="curve_tools"):
        with st.container(width="stretch"):
            st.html(panels.legend(parent=bool(parent), validation=validates))
        with st.container(width=230):
            smoothing = st.slider("Smoothing", 0.0, 0.99, 0.9, 0.01, key="smoothing", persist_state="session")
        log = st.toggle("Logarithmic", key="log", persist_state="session", help="Shows small differences near the end.")
    left, right = st.columns(2, gap="medium")
    name = f"run {run.id}, {run.name}"
    with left, st.container(key="loss_panel"):
        rows = curves.panel(followed.steps, followed.epochs, "loss", smoothing=smoothing, parent=parent, offset=offset)
        panels.show_panel(
            rows, "loss", key="loss", log=log, validation=validates, parent=bool(parent), alt=f"Loss of {name} by step"
        )
    with right, st.container(key="accuracy_panel"):
        rows = curves.panel(
            followed.steps,
            followed.epochs,
            "accuracy",
            smoothing=smoothing,
            wrong=log,
            parent=parent,
            offset=offset,
        )
        title = "share wrong" if log else "accuracy"
        panels.show_panel(
            rows,
            title,
            key="accuracy",
            log=log,
            validation=validates,
            parent=bool(parent),
            alt=f"{title.capitalize()} of {name} by step",
        )
    with st.container(key="rate_panel"):
        rows = curves.rates(followed.steps, followed.commands, offset)
        panels.show_rates(rows, key="rates", log=log, alt=f"Learning rate of {name} by step")
    st.caption(
        "Drag to move, Ctrl and the wheel to zoom, double click to see all."
        + (f" Steps count on from run {run.parent}, step {offset:,}." if parent else "")
        + ("" if validates else " This run keeps no digits aside to validate on.")
        + (" The article validates on the test digits, and so does this run." if config.validation == "test" else "")
    )


def heading(run: Run) -> str:
    """The run's number and name for a title."""
    return f"Run {run.id} · {plain(run.name)}"
