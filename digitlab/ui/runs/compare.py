"""What differs between chosen trainings, and their curves over each other."""

import hashlib
from dataclasses import asdict

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.insight.trainings import Training, curves, steps_per_epoch
from digitlab.training.settings import SETTINGS
from digitlab.ui.opened import store
from digitlab.ui.runs.chart import Axis, Line, Measure, overlay
from digitlab.ui.runs.zoom import follow_zoom, keep_zoom
from digitlab.ui.train.waiting import plain

_AXES: dict[Axis, str] = {"step": "Step", "epoch": "Epoch", "time": "Time"}
_LOOK = 5.0  # seconds between two looks at runs that go on


def show_curves(trainings: list[Training]) -> None:
    """Accuracy and loss, by step, epoch or time."""
    with st.container(horizontal=True, vertical_alignment="center", key="axes"):
        axis = st.segmented_control(
            "By",
            list(_AXES),
            default="epoch",
            required=True,
            format_func=lambda name: _AXES[name],
            key="by",
            bind="query-params",
            label_visibility="collapsed",
        )
        training = st.toggle("Training, too", value=len(trainings) < 4, key=f"with_training_{len(trainings) < 4}")
        log = st.toggle("Log axis", key="log", help="The accuracy becomes the share that is read wrong.")
        active = any(one.active for one in trainings)
        follow = active and st.toggle(
            "Follow", value=True, key="follow", help="Draws the curves of running trainings anew every few seconds."
        )

    what = f"{axis} {log} " + " ".join(one.key for one in trainings)
    zoom = "zoom-" + hashlib.sha256(what.encode()).hexdigest()[:12]

    @st.fragment(run_every=_LOOK if follow else None)
    def draw() -> None:
        lines = [Line(title(one), curves(store(), one), steps_per_epoch(one)) for one in trainings]
        if not any(line.curves.epochs or line.curves.steps for line in lines):
            st.caption("Nothing was logged yet.")
            return
        left, right = st.columns(2, gap="large")
        measures: tuple[Measure, Measure] = ("accuracy", "loss")
        for place, measure in zip((left, right), measures, strict=True):
            figure = overlay(lines, measure, axis, training=training, log=log)
            keep_zoom(figure, measure, zoom)
            place.plotly_chart(
                figure, key=measure, alt=f"{measure} of {', '.join(line.name for line in lines)} by {axis}"
            )
        follow_zoom(measures, zoom)
        st.caption(
            "Drag over a part to enlarge it; a double click shows everything, the first epochs too. Solid with marks: "
            "on the validation digits after each epoch. Dotted: on the training digits while it learned; where steps "
            "were kept, each point is the mean of many."
        )

    draw()


def show_differences(trainings: list[Training]) -> None:
    """A table of the settings in which they differ, and no others."""
    columns, unreadable = [], []
    for training in trainings:
        try:
            columns.append((title(training), _facts(training)))
        except DigitLabError:
            unreadable.append(training.name)
    names = list(dict.fromkeys(name for _, facts in columns for name in facts))
    rows = [(name, [facts.get(name, "–") for _, facts in columns]) for name in names]
    different = [(name, values) for name, values in rows if len(set(values)) > 1]
    if unreadable:
        st.caption(f"The settings of {', '.join(unreadable)} are another version's and cannot be read.")
    if not different:
        st.markdown("They have the same settings in everything.")
        return
    head = "| Setting | " + " | ".join(_cell(name) for name, _ in columns) + " |"
    body = [f"| {_cell(name)} | " + " | ".join(_cell(value) for value in values) + " |" for name, values in different]
    with st.container(key="differences"):
        st.markdown("\n".join([head, "|:--|" + ":--|" * len(columns), *body]))
    same = len(rows) - len(different)
    st.caption(f"{same} more settings are the same in all of them." if same else "They differ in everything.")


def _facts(training: Training) -> dict[str, str]:
    """Every setting that does something, by its label."""
    config = training.config()
    network = config.network
    facts = {"Network": f"{network.parameters:,} parameters: " + ", ".join(layer.kind for layer in network.layers)}
    for setting in SETTINGS.values():
        if setting.matters(config):
            label = setting.label[0].upper() + setting.label[1:]
            facts[label] = _value(getattr(config, setting.name))
    for name, group in (("Augmentation", config.augmentation), ("Non-digits", config.exposure)):
        for part, value in asdict(group).items() if group else ():
            facts[f"{name}: {part.replace('_', ' ')}"] = _value(value)
    if training.run and training.run.parent_step is not None:
        facts["Begins as"] = f"run {training.run.parent or '(deleted)'} after step {training.run.parent_step:,}"
    return facts


def _value(value: object) -> str:
    if value is None or value in ("", ()):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def title(training: Training) -> str:
    """Its name, with the number where it is a run: names need not be unique."""
    return f"{training.name} ({training.key})" if training.run else training.name


def _cell(text: str) -> str:
    """Text in a table of Markdown, taken as it is."""
    return plain(" ".join(text.split()))
