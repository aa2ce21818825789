"""What differs between chosen trainings, and their curves over each other."""

import hashlib
from dataclasses import replace

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.runs.curves import PLAIN_LINE, Logged, Measure, overlay, panel
from digitlab.runs.rows import BATCH, window
from digitlab.runs.trainings import Training, curves, readable_config
from digitlab.server.store import store
from digitlab.ui.shared import line_styles, panels
from digitlab.ui.shared.foreign import plain
from digitlab.ui.shared.names import of_training as title
from digitlab.ui.shared.remarks import remarks
from digitlab.ui.shared.setting_facts import NONE, facts, first_weights
from digitlab.ui.shared.times import duration
from digitlab.words import _, listed, plural

_LOOK = 5.0  # seconds between two looks at runs that go on
_HEIGHT = 315  # pixels of a panel


def show_curves(trainings: list[Training]) -> None:
    """Accuracy and loss, by step, epoch or time; of a single one as the Train page draws them."""
    alone = len(trainings) == 1
    groups = by_seed(trainings)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="curve_tools"):
        view = panels.choose_view("epoch")
        training = alone or st.toggle(
            _("Training curve"), value=len(trainings) < 4, key=f"with_training_{len(trainings) < 4}"
        )
        whole = st.toggle(
            _("All epochs"), key="whole", help=_("Also shows the first epochs, which hide small differences later.")
        )
        if len(groups) < len(trainings) and not st.toggle(
            _("Seeds as a band"),
            value=True,
            key="band",
            persist_state="session",
            help=_("Runs that differ in the seed alone become one line: their mean, with their range as a band."),
        ):
            groups = [[one] for one in trainings]
        active = any(one.active for one in trainings)
        follow = active and st.toggle(
            _("Live"), value=True, key="follow", help=_("Updates the curves of running trainings every few seconds.")
        )
    names = [_group_title(group) for group in groups]
    config = readable_config(trainings[0]) if alone else None
    styles = line_styles.single(parent=False, validation=True, plain=True) if alone else line_styles.compared(names)
    what = hashlib.sha256(repr([[one.key for one in group] for group in groups]).encode()).hexdigest()[:8]

    @st.fragment(run_every=_LOOK if follow else None)
    def draw() -> None:
        logged = [[_logged(one) for one in group] for group in groups]
        if not any(one.curves.epochs or one.curves.steps for group in logged for one in group):
            st.caption(_("Nothing is logged yet."))
            return
        measures: tuple[Measure, Measure] = ("accuracy", "loss")
        drawn = {
            measure: panel(logged[0][0], measure, smoothing=view.smoothing, log=view.log)
            if alone
            else overlay(logged, measure, smoothing=view.smoothing, log=view.log, training=training)
            for measure in measures
        }
        lines = {line for rows in drawn.values() for line in rows.line}
        batches = any(BATCH in rows.kind for rows in drawn.values())
        panels.show_legend([style for style in styles if style.line in lines], batches)
        for place, (measure, rows) in zip(st.columns(2, gap="large"), drawn.items(), strict=True):
            shown = panels.shown(measure, log=view.log)
            with place, st.container(key=f"{measure}_panel"):
                panels.show_panel(
                    rows,
                    window(rows, view.axis, whole=whole),
                    shown,
                    styles,
                    view.axis,
                    key=f"{measure}_{what}_{view.axis}_{view.log}",
                    alt=panels.alt(shown, view.axis, listed(*names)),
                    height=_HEIGHT,
                )
        panels.show_gestures()
        if alone:
            for said in remarks(config, plain=PLAIN_LINE in lines) if config else ():
                st.caption(said)
            return
        st.caption(
            _(
                "Validation: on the held-out digits, after each epoch. Training: on the training digits; the mean of "
                "each epoch where no steps were kept. Both are smoothed over the same number of steps."
            )
        )

    draw()


def by_seed(trainings: list[Training]) -> list[list[Training]]:
    """The trainings in groups: those that differ in the seed alone are one group, in the place of the first."""
    groups: dict[object, list[Training]] = {}
    for one in trainings:
        config = readable_config(one)
        begun = (one.run.parent, one.run.parent_step) if one.run else None
        same = (replace(config, seed=0), begun) if config and one.run else one.key
        groups.setdefault(same, []).append(one)
    return list(groups.values())


def _logged(training: Training) -> Logged:
    config = readable_config(training)
    if config is None:
        return Logged(curves(store(), training), None)
    return Logged(curves(store(), training), config.steps_per_epoch, last_batch=config.last_batch)


def _group_title(group: list[Training]) -> str:
    if len(group) == 1:
        return title(group[0])
    numbers = listed(*(one.key for one in group))
    return plural(
        "{name}, mean of {n} seed ({runs})",
        "{name}, mean of {n} seeds ({runs})",
        len(group),
        name=group[0].name,
        runs=numbers,
    )


def show_differences(trainings: list[Training]) -> None:
    """A table of their results, and of the settings in which they differ."""
    known, unreadable = [], []
    for training in trainings:
        try:
            known.append(facts(training.config()) | (first_weights(training.run) if training.run else {}))
        except DigitLabError:
            known.append({})
            unreadable.append(plain(training.name))
    labels = list(dict.fromkeys(label for found in known for label in found))
    rows = [(label, [found.get(label, NONE) for found in known]) for label in labels]
    different = [(label, values) for label, values in rows if len(set(values)) > 1]
    results = [_results(training) for training in trainings]
    rows_of_results = [(label, [found[label] for found in results]) for label in results[0]]
    table = [(_("Name"), [title(training, figure=False) for training in trainings]), *rows_of_results, *different]
    lines = ["| " + " | ".join(_cell(cell) for cell in (label, *values)) + " |" for label, values in table]
    with st.container(key="differences"):
        st.markdown("\n".join([lines[0], "|:--|" + ":--|" * len(trainings), *lines[1:]]))
    if unreadable:
        st.caption(_("Settings of another version that cannot be read: {names}.", names=listed(*unreadable)))
    if not different:
        st.markdown(_("All settings are the same."))
    elif same := len(rows) - len(different):
        st.caption(plural("{n} other setting is the same.", "{n} other settings are the same.", same))


def _results(training: Training) -> dict[str, str]:
    """What came of a training, by label; what is not known yet is a dash."""
    test, best = training.test_accuracy, training.best_validation
    return {
        _("Test accuracy"): NONE if test is None else _("{share:.2%}", share=test),
        _("Best validation"): NONE if best is None else _("{share:.2%}", share=best),
        _("Parameters"): NONE if training.parameters is None else _("{n}", n=training.parameters),
        _("Time of training"): NONE if training.seconds is None else duration(training.seconds),
    }


def _cell(text: str) -> str:
    """Text in a table of Markdown, taken as it is."""
    return plain(" ".join(text.split()))
