"""The reader's own runs of a lesson, and what a step shows: such a run, or the shipped weights."""

from dataclasses import dataclass

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.jobs import orders
from digitlab.lessons.lesson import Lesson
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.runs import trainings
from digitlab.runs.following import follow
from digitlab.runs.trainings import Curves
from digitlab.server.store import store
from digitlab.store.records import ENDED, Run
from digitlab.training.card import config_of
from digitlab.training.config import TrainingConfig
from digitlab.ui.shared import names, visitor
from digitlab.ui.shared.choice import one_of
from digitlab.ui.shared.foreign import plain
from digitlab.ui.shared.markdown import small
from digitlab.words import _, message

_STARTED = "lesson_runs"  # session: numbers of the runs that it started
_PROBLEM = "lesson_problem"  # session: why none could be started
_NEWEST = 200  # runs that are looked through
_WEIGHTS = {"own": message("Your run"), "shipped": message("Shipped weights")}


@dataclass(frozen=True)
class Source:
    """What the steps after the training show.

    Attributes:
        run: the reader's own; None for the shipped weights.
        model: the network with its weights; the shipped one as long as the run has none.
        config: what it was trained with.
        curves: what was logged.
        test: accuracy (0..1) and loss on the test digits; None until the run has ended.
    """

    run: Run | None
    model: Model
    config: TrainingConfig
    curves: Curves
    test: tuple[float, float] | None


def newest(*configs: TrainingConfig) -> Run | None:
    """The newest run of this reader with one of these settings."""
    browser, started = visitor.browser(), st.session_state.get(_STARTED, [])
    for run in store().runs.all()[:_NEWEST]:
        mine = run.id in started or (browser is not None and run.job.owner == browser)
        if mine and _config(run) in configs:
            return run
    return None


def of(lesson: Lesson) -> Run | None:
    """The newest run of this reader with the lesson's settings, whole or shortened."""
    return newest(lesson.of.config, lesson.short_config)


def start(lesson: Lesson, config: TrainingConfig) -> None:
    """Put a run into the queue; a button's callback."""
    before = newest(config)
    if before is not None and before.state not in ENDED:
        return  # pressed twice
    name = lesson.recipe if config == lesson.of.config else f"{lesson.recipe}, lesson"
    recipe = lesson.recipe if config.network == lesson.of.network else orders.OWN
    try:
        job = orders.submit(visitor.person(), store(), config, name=name, recipe=recipe)
    except DigitLabError as error:
        st.session_state[_PROBLEM] = error.sentence
    else:
        st.session_state.setdefault(_STARTED, []).append(job.id)


def problem() -> str:
    """Why the last start failed, once; "" if it did not."""
    return str(st.session_state.pop(_PROBLEM, ""))


def source(lesson: Lesson) -> Source:
    """What to show, with the choice between the two where there is one, and a sentence that says which it is."""
    run = of(lesson)
    if run is not None and not run.job.done and run.state in ENDED:
        run = None
    if run is not None and one_of("weights", _WEIGHTS, _("Figures from"), default="own") == "shipped":
        run = None
    shipped = zoo.find(lesson.recipe)
    if run is None:
        said = _("These figures are of the shipped weights, `{model}`, and their history.", model=shipped.name)
        st.markdown(small(said))
        figures = shipped.test_accuracy, float(shipped.card["test"]["loss"])
        return Source(None, shipped, config_of(shipped.card), _history(shipped), figures)
    followed = follow(store(), run.id)
    model = _model(run)
    if model is not None:
        st.caption(_("These figures are of your run: {name}.", name=plain(names.of_run(run))))
    else:
        name = plain(names.of_run(run))
        st.caption(_("{name} has no weights yet. The answers here are those of the shipped weights.", name=name))
    test = None
    if run.test_accuracy is not None and run.test_loss is not None:
        test = (run.test_accuracy, run.test_loss)
    curves = Curves(followed.steps, followed.epochs)
    return Source(run, model or shipped, run.spec.config, curves, test)


def _history(model: Model) -> Curves:
    key = next(
        one for one in trainings.trainings(store(), visitor.person()) if one.run is None and one.name == model.name
    )
    return trainings.curves(store(), key)


def _model(run: Run) -> Model | None:
    try:
        return zoo.find(run.model) if run.model else None
    except DigitLabError:
        return None


def _config(run: Run) -> TrainingConfig | None:
    try:
        return run.spec.config
    except DigitLabError:
        return None
