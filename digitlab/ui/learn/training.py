"""Live parts about the training: the run in its place, its log, its curves, its test."""

import streamlit as st

from digitlab.jobs import beside
from digitlab.lessons.lesson import Lesson, Step
from digitlab.runs.curves import Logged, Measure, panel
from digitlab.runs.rows import window
from digitlab.runs.trainings import Curves
from digitlab.server.store import store
from digitlab.store.records import ENDED
from digitlab.ui.learn import own
from digitlab.ui.learn.own import Source, source
from digitlab.ui.shared import line_styles, names, pages, panels
from digitlab.ui.shared.foreign import complain, plain
from digitlab.ui.shared.log_table import show_log as show_table
from digitlab.ui.shared.markdown import bold, table
from digitlab.ui.train.expecting import length
from digitlab.ui.train.watching import show_run
from digitlab.words import _, plural

EVERY = 1.0  # seconds between two looks at a run that is at work
_TEST_BATCH = 32  # Keras' own
_ROWS = 20  # of the last hundreds


def show_train(lesson: Lesson, step: Step) -> None:
    """The reader's run, or the buttons that start one."""
    beside.await_a_run()
    run = own.of(lesson)
    if failed := own.problem():
        complain(failed)
    if run is None or run.state in ENDED:
        _offer(lesson)
    if run is None:
        st.markdown(
            _("You need not wait. Without your own run, the next steps show the shipped weights and their history.")
        )
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(bold(plain(names.of_run(run))))
        pages.link(pages.TRAIN, _("On a page of its own"), {"run": run.id})
    st.caption(_("Training goes on while you read. Take the next step when you like."))
    show_run(store(), run.id)


def _offer(lesson: Lesson) -> None:
    whole, short = lesson.of.config, lesson.short_config
    with st.container(border=True, key="lesson_start"):
        for name, config, label, kind in (
            ("short", short, _("Short run"), "primary"),
            ("whole", whole, _("As in the article"), "secondary"),
        ):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    label,
                    key=f"lesson_run_{name}",
                    icon=":material/play_arrow:",
                    type=kind,  # type: ignore[arg-type]
                    on_click=own.start,
                    args=(lesson, config),
                )
                st.markdown(plural("{length}, {n} digit", "{length}, {n} digits", config.digits, length=length(config)))


def _following(lesson: Lesson) -> float | None:
    """How often to look again: while the reader's run is at work."""
    run = own.of(lesson)
    return EVERY if run is not None and run.state not in ENDED else None


def show_log(lesson: Lesson, step: Step) -> None:
    """The log, line by line as it grows, beside the article's where there is one for each epoch."""

    @st.fragment(run_every=_following(lesson))
    def log() -> None:
        made = source(lesson)
        printed = _printed(lesson)
        if made.curves.epochs:
            show_table(made.curves, made.config.learning_rate, printed, title=_("article"))
        else:
            st.markdown(_("The first line comes at the end of the first epoch."))

    log()


def _printed(lesson: Lesson) -> dict[int, str] | None:
    """The validation accuracies that the article prints, by epoch; None unless there is one for each."""
    found = {}
    for name, percent in lesson.of.published:
        last = name.english.rpartition(" ")[2]
        if name.english.startswith("validation") and last.isdecimal():
            found[int(last)] = f"{percent / 100:.4f}"
    return found if len(found) == lesson.of.config.epochs else None


def show_steps(lesson: Lesson, step: Step) -> None:
    """The training accuracy every hundred steps."""
    made = source(lesson)
    if not made.curves.steps:
        st.markdown(
            _("The shipped weights kept their epochs only. A run of your own shows the accuracy every hundred steps.")
        )
        show_table(made.curves, made.config.learning_rate)
        return
    hundreds = [one for one in made.curves.steps if one.step % 100 == 0]
    rows = [(f"{one.step:,}", f"{one.accuracy:.2f}") for one in hundreds[-_ROWS:]]
    st.markdown(table((_("step"), _("accuracy")), rows, left=0))


def show_curves(lesson: Lesson, step: Step) -> None:
    """Loss and accuracy side by side, after each epoch."""
    _show_panels(lesson, ("loss", "accuracy"))


def show_accuracy(lesson: Lesson, step: Step) -> None:
    """The accuracy alone."""
    _show_panels(lesson, ("accuracy",))


def _show_panels(lesson: Lesson, measures: tuple[Measure, ...]) -> None:
    made = source(lesson)
    if not made.curves.epochs:
        st.markdown(_("The first point comes at the end of the first epoch."))
        return
    styles = line_styles.single(parent=False, validation=made.config.validation != "none", steps=False)
    logged = Logged(Curves([], made.curves.epochs), made.config.steps_per_epoch)
    panels.show_legend(styles)
    for place, measure in zip(st.columns(len(measures), gap="medium"), measures, strict=True):
        rows = panel(logged, measure, smoothing=0.0)
        with place, st.container(key=f"{measure}_panel"):
            alt = _("Loss after each epoch") if measure == "loss" else _("Accuracy after each epoch")
            key = f"learn_{measure}_{_name(made)}"
            panels.show_panel(rows, window(rows, "epoch"), measure, styles, "epoch", key=key, alt=alt)


def _name(made: Source) -> str:
    return str(made.run.id) if made.run else made.model.name


def show_evaluate(lesson: Lesson, step: Step) -> None:
    """Accuracy and loss on the test digits, beside what the article prints."""

    @st.fragment(run_every=_following(lesson))
    def test() -> None:
        made = source(lesson)
        if made.test is None:
            st.markdown(_("The test comes at the end of the run."))
            return
        accuracy, loss = made.test
        with st.container(horizontal=True, gap="large", key="lesson_test"):
            st.metric(_("Test accuracy"), f"{accuracy:.2%}", width="content")
            st.metric(_("Test loss"), f"{loss:.4f}", width="content")
            printed = next((value for name, value in lesson.of.published if name.english.startswith("test")), None)
            if printed is not None:
                st.metric(_("The article"), f"{printed:.2f}%", width="content")
        wrong = round((1 - accuracy) * 10_000)
        st.markdown(
            plural("{n} of 10,000 digits is read wrong.", "{n} of 10,000 digits are read wrong.", wrong)
            + " "
            + _(
                "{steps} test steps: 10,000 digits in batches of {batch}.",
                steps=-(-10_000 // _TEST_BATCH),
                batch=_TEST_BATCH,
            )
        )

    test()
