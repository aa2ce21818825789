"""The end of a lesson: experiments one press away, three questions, and the network on the other pages."""

from collections.abc import Mapping

import streamlit as st

from digitlab.jobs import draft_query
from digitlab.lessons.lesson import Lesson, Question, Step, Tip
from digitlab.networks import zoo
from digitlab.server.store import store
from digitlab.store.records import ENDED
from digitlab.ui.learn.own import newest
from digitlab.ui.search.form import prepare
from digitlab.ui.shared import names, pages, visitor
from digitlab.ui.shared.foreign import plain
from digitlab.ui.shared.markdown import bold
from digitlab.words import _, message

_SAME = 0.002  # of the test accuracy: so much may be chance with 10,000 digits
_GUESSES = {"higher": message("Higher"), "same": message("About the same"), "lower": message("Lower")}
_SEARCH = "lesson_search"  # session: whether the search was asked for just now


def show_tips(lesson: Lesson, step: Step) -> None:
    """Each experiment with its press."""
    for number, tip in enumerate(lesson.tips):
        with st.container(border=True, key=f"lesson_tip_{number}", gap="xsmall"):
            st.markdown(str(tip.text))
            if tip.page == "search":
                _offer_search(tip, number)
            else:
                pages.link(pages.TRAIN, str(tip.label), _with_hash(tip.query))
    if lesson.note:
        st.caption(str(lesson.note))


def _offer_search(tip: Tip, number: int) -> None:
    label = str(tip.label)
    st.button(label, icon=":material/search:", key=f"lesson_search_{number}", on_click=_prepare, args=(tip,))
    if st.session_state.pop(_SEARCH, False):
        pages.go(pages.RUNS, {"view": "search"})


def _prepare(tip: Tip) -> None:
    prepare(tip.query)
    st.session_state[_SEARCH] = True


def _with_hash(query: Mapping[str, str]) -> dict[str, str]:
    """A model by its name becomes a model by its hash, as the form of a run wants it."""
    start = query.get("start_model")
    return {**query, "start_model": zoo.find(start).hash} if start else dict(query)


def show_questions(lesson: Lesson, step: Step) -> None:
    """Three questions, and the ways to the same network on other pages."""
    for number, question in enumerate(lesson.questions):
        with st.container(border=True, key=f"question_{number}", gap="xsmall"):
            _ask(lesson, number, question)
    st.markdown(bold(_("The same network on other pages")))
    model = {"model": lesson.recipe}
    with st.container(horizontal=True, gap="medium", key="lesson_links"):
        pages.link(pages.DRAW, str(pages.DRAW.title), model)
        pages.link(pages.LAYERS, str(pages.LAYERS.title), model)
        pages.link(pages.TRAIN, str(pages.TRAIN.title), {"recipe": lesson.recipe})
        pages.link(pages.SAMPLES, str(pages.SAMPLES.title), model)


def _ask(lesson: Lesson, number: int, question: Question) -> None:
    st.markdown(str(question.text))
    guess = st.segmented_control(
        _("Your prediction"),
        list(_GUESSES),
        format_func=lambda name: str(_GUESSES[name]),
        key=f"guess_{lesson.recipe}_{number}",
        persist_state="session",
    )
    query = {"recipe": lesson.recipe, **question.change}
    draft, _problems = draft_query.from_query(query)
    run = newest(draft.config(draft.base(store(), visitor.person())))
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        pages.link(pages.TRAIN, _("Prepare this run"), query)
        if run is not None:
            pages.link(pages.RUNS, _("Compare the runs"), {"chosen": f"{run.id},{lesson.recipe}"})
    if run is None:
        return
    if run.test_accuracy is None:
        if run.state not in ENDED:
            st.caption(_("{name} is on its way.", name=plain(names.of_run(run))))
        return
    saved = zoo.find(lesson.recipe).test_accuracy
    change = run.test_accuracy - saved
    found = "same" if abs(change) < _SAME else "higher" if change > 0 else "lower"
    st.markdown(
        _(
            "{name} reads {accuracy:.2%} of the test digits, the saved run {saved:.2%}. {verdict}.",
            name=plain(names.of_run(run, figure=False)),
            accuracy=run.test_accuracy,
            saved=saved,
            verdict=_GUESSES[found],
        )
    )
    if guess is not None:
        st.markdown(_("That is what you predicted.") if guess == found else _("You predicted something else."))
    if found == "same":
        st.caption(_("Differences below 0.2 percentage points may be chance with 10,000 test digits."))
