"""Watching a run: its state, its curves as they grow, and the commands to it."""

import streamlit as st

from digitlab.errors import InputError
from digitlab.runs.curves import Logged, Measure, Start, panel, rates, window
from digitlab.runs.following import Followed, follow
from digitlab.runs.trainings import Curves
from digitlab.store import Store
from digitlab.store.records import ACTIVE, Run
from digitlab.training.config import TrainingConfig
from digitlab.ui.shared import line_styles, panels
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.learning import show_learned
from digitlab.ui.train.hinting import show_hint
from digitlab.ui.train.status import show_status
from digitlab.ui.train.telling import show_commands, show_sent
from digitlab.words import _, together

EVERY = 0.9  # seconds between two looks at a run that is at work
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
    # A place of its own for each, so that the charts stay where they are when a command or a hint comes.
    with st.container():
        show_status(store, followed, config)
    with st.container():
        show_commands(store, followed, config, _rate_in_force(followed, config))
    sent, hints = st.container(), st.container()
    with sent:
        show_sent(followed.commands)
    with hints:
        show_hint(followed, config)
    if followed.steps:
        with st.container():
            _show_curves(store, followed, config)
    show_learned(run)
    if not followed.steps and run.state in ACTIVE:
        st.caption(_("The curves begin with the first steps."))


def _rate_in_force(followed: Followed, config: TrainingConfig) -> float:
    set_since = [sent.value for sent in followed.commands if sent.kind == "set-rate" and sent.value is not None]
    return set_since[-1] if set_since else config.learning_rate


def _parent(store: Store, run: Run) -> Logged | None:
    """What the run that this one branched off from had logged by then; None if there is none, or it is gone."""
    if run.parent is None or run.parent_step is None:
        return None
    try:
        before = follow(store, run.parent)
    except InputError:
        return None
    steps = [step for step in before.steps if step.step <= (run.parent_step or 0)]
    per_epoch = round(run.parent_step / run.parent_epochs) if run.parent_epochs else None
    return Logged(Curves(steps, []), per_epoch) if steps else None


def _show_curves(store: Store, followed: Followed, config: TrainingConfig) -> None:
    run = followed.run
    parent = _parent(store, run)
    minutes = parent.curves.steps[-1].seconds / 60 if parent else 0.0
    start = Start(run.parent_step or 0, run.parent_epochs or 0.0, minutes)
    logged = Logged(Curves(followed.steps, followed.epochs), config.steps_per_epoch, start)
    validates = config.validation != "none"
    styles = line_styles.single(parent=parent is not None, validation=validates)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="curve_tools"):
        view = panels.choose_view("step")
    panels.show_legend(styles, batches=True)
    key = f"{run.id}_{view.axis}_{view.log}"
    measures: tuple[Measure, Measure] = ("loss", "accuracy")
    for place, measure in zip(st.columns(2, gap="medium"), measures, strict=True):
        shown = panels.shown(measure, log=view.log)
        rows = panel(logged, measure, smoothing=view.smoothing, log=view.log, parent=parent)
        with place, st.container(key=f"{measure}_panel"):
            panels.show_panel(
                rows,
                window(rows, view.axis),
                shown,
                styles,
                view.axis,
                key=f"{measure}_{key}",
                alt=panels.alt(shown, view.axis, run.name),
            )
    with st.container(key="rate_panel"):
        rows = rates(logged, followed.commands, log=view.log)
        panels.show_panel(
            rows,
            window(rows, view.axis, zero=True),
            "rate",
            styles[:1],
            view.axis,
            key=f"rate_{key}",
            alt=panels.alt("rate", view.axis, run.name),
            height=145,
        )
    panels.show_gestures()
    said = [
        _("Steps continue from run {run}, step {step}.", run=str(run.parent), step=start.step) if parent else "",
        "" if validates else _("This run has no validation digits."),
        _("This run validates on the test digits, as its article does.") if config.validation == "test" else "",
    ]
    if any(said):
        st.caption(together(*filter(None, said)))
