"""A run's curves: loss and accuracy beside each other, the learning rate below, what to know about them."""

import streamlit as st

from digitlab.errors import InputError
from digitlab.runs.curves import Logged, Measure, Start, panel, rates
from digitlab.runs.following import Followed, follow
from digitlab.runs.rows import Rows, window
from digitlab.runs.trainings import Curves
from digitlab.store import Store
from digitlab.store.records import Run
from digitlab.training.comparable import differences
from digitlab.training.config import TrainingConfig
from digitlab.ui.shared import line_styles, panels
from digitlab.ui.shared.panel_spec import Shown
from digitlab.ui.shared.panels import View
from digitlab.ui.shared.remarks import remarks
from digitlab.words import _

_RATE = 145  # pixels


def show_curves(store: Store, followed: Followed, config: TrainingConfig) -> tuple[Logged, View]:
    """The tools, the panels and what is said about them; gives what was drawn, and how."""
    run = followed.run
    parent = _parent(store, run)
    minutes = parent.curves.steps[-1].seconds / 60 if parent else 0.0
    start = Start(run.parent_step or 0, run.parent_epochs or 0.0, minutes)
    logged = Logged(
        Curves(followed.steps, followed.epochs), config.steps_per_epoch, start, last_batch=config.last_batch
    )
    validates = config.validation != "none"
    plain = validates and bool(differences(config)) and _reads_plainly(followed)
    styles = line_styles.single(parent=parent is not None, validation=validates, plain=plain)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="curve_tools"):
        view = panels.choose_view("step")
    panels.show_legend(styles, batches=True)
    measures: tuple[Measure, Measure] = ("loss", "accuracy")
    drawn: dict[Shown, Rows] = {
        panels.shown(measure, log=view.log): panel(
            logged, measure, smoothing=view.smoothing, log=view.log, parent=parent
        )
        for measure in measures
    }
    beside = [*drawn.values()]
    for place, measure, (shown, rows) in zip(st.columns(2, gap="medium"), measures, drawn.items(), strict=True):
        with place, st.container(key=f"{measure}_panel"):
            panels.show_panel(
                rows,
                window(rows, view.axis, beside=beside),
                shown,
                styles,
                view.axis,
                key=f"{measure}_{run.id}_{view.axis}_{view.log}",
                alt=panels.alt(shown, view.axis, run.name),
            )
    with st.container(key="rate_panel"):
        rows = rates(logged, followed.commands, log=view.log, parent=parent)
        panels.show_panel(
            rows,
            window(rows, view.axis, zero=True, beside=beside),
            "rate",
            styles,
            view.axis,
            key=f"rate_{run.id}_{view.axis}_{view.log}",
            alt=panels.alt("rate", view.axis, run.name),
            height=_RATE,
        )
    panels.show_gestures()
    if parent:
        st.caption(_("Steps continue from run {run}, step {step}.", run=str(run.parent), step=start.step))
    for said in remarks(config, plain=plain):
        st.caption(said)
    return logged, view


def _reads_plainly(followed: Followed) -> bool:
    """Whether training digits are read as validation digits are: an earlier version did not."""
    return all(epoch.plain_loss is not None for epoch in followed.epochs)


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
