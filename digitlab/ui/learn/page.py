"""The frame of a lesson: contents, the step with its live part, the way back and on."""

import streamlit as st

from digitlab.lessons import program
from digitlab.lessons.all import LESSONS
from digitlab.lessons.lesson import Lesson
from digitlab.ui.learn import address
from digitlab.ui.learn.address import Place
from digitlab.ui.learn.live import SHOWN
from digitlab.ui.shared.component import Component, sent
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.markdown import small
from digitlab.words import _, plural, template

_CONTENTS, _SEEN = "contents", "seen"


def _words() -> dict[str, str]:
    return {
        "contents": _("Contents"),
        "step": template("Step {number} of {steps}"),
        "seen": _("seen"),
        "keys": _("The arrow keys ← and → turn the steps while the lesson has the focus."),
        "progress": template("{seen} of {steps} steps seen"),
    }


_contents = Component("contents", "learn/contents.js", ("learn/lesson.css",), words=_words)
_seen = Component("seen", "learn/seen.js", ("learn/lesson.css",), words=_words)


def show_lessons() -> None:
    """All lessons, each with how far this browser has come."""
    st.title(_("Learn"))
    st.markdown(
        _(
            "Five tutorials are lessons here. Each has short steps and is one Keras program. Whatever you see is "
            "computed while you read."
        )
    )
    with st.container(key="lessons"):
        for lesson in LESSONS.values():
            with st.container(border=True, key=f"lesson_card_{lesson.recipe}", gap="xsmall"):
                _card(lesson)
    with st.container(key=_SEEN):
        _seen("lessons_seen", {"steps": {name: len(lesson.steps) for name, lesson in LESSONS.items()}})


def _card(lesson: Lesson) -> None:
    st.subheader(str(lesson.title), anchor=False)
    st.markdown(str(lesson.about))
    st.markdown(small(_("After “{article}” · {recipe}", article=lesson.article, recipe=f"`{lesson.recipe}`")))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Open"),
            key=f"open_{lesson.recipe}",
            icon=":material/menu_book:",
            on_click=address.open_step,
            args=(lesson, lesson.steps[0].key),
        )
        st.markdown(plural("{n} step", "{n} steps", len(lesson.steps)))
        st.html(f'<span class="dl-seen" data-lesson="{lesson.recipe}"></span>')


def show_lesson(place: Place) -> None:
    """One step of a lesson. On a phone the live part stands before the words."""
    lesson, step = place.lesson, place.step
    with st.container(key="lesson"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.title(str(lesson.title), width="content")
            with st.container(horizontal=True, width="content", key="lesson_tools"):
                st.button(_("All lessons"), key="leave", icon=":material/list:", on_click=address.leave)
                with st.popover(_("Take along"), icon=":material/download:"):
                    _offer_files(lesson)
        st.caption(_("After the tutorial “{article}”", article=lesson.article))
        _show_contents(place)
        st.header(f"{place.at + 1}. {step.title}", anchor=False)
        live, words = st.columns([1.15, 1], gap="large")
        with words, st.container(key="lesson_words"):
            st.markdown(str(step.text))
            if step.code:
                st.code(step.code, language="python")
        _show_way(place)
        # Last, for it may take its time: a press on Next meanwhile goes on from this step.
        with live, st.container(key="lesson_live"), friendly():
            SHOWN[step.live](lesson, step)


def _show_contents(place: Place) -> None:
    lesson = place.lesson

    def hear() -> None:
        wanted = sent(_CONTENTS, "go")
        if isinstance(wanted, str):
            address.open_step(lesson, wanted)

    data = {
        "lesson": lesson.recipe,
        "at": place.at,
        "steps": [{"key": step.key, "title": str(step.title)} for step in lesson.steps],
    }
    _contents(_CONTENTS, data, on_go_change=hear)


def _show_way(place: Place) -> None:
    steps, at = place.lesson.steps, place.at
    with st.container(
        key="lesson_bar", horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.button(
            _("Back"),
            key="step_back",
            icon=":material/arrow_back:",
            disabled=at == 0,
            on_click=address.open_step,
            args=(place.lesson, steps[max(0, at - 1)].key),
        )
        if at + 1 < len(steps):
            st.button(
                _("Next step"),
                key="step_next",
                icon=":material/arrow_forward:",
                type="primary",
                on_click=address.open_step,
                args=(place.lesson, steps[at + 1].key),
            )
        else:
            st.button(_("All lessons"), key="finish", icon=":material/list:", type="primary", on_click=address.leave)


def _offer_files(lesson: Lesson) -> None:
    st.markdown(_("The whole lesson as one program. The notebook has the texts as well."))
    for label, ending, kind in (
        (_("Notebook"), ".ipynb", "application/x-ipynb+json"),
        (_("Script"), ".py", "text/x-python"),
    ):
        st.download_button(
            label,
            program.text(lesson, ending),
            file_name=f"{lesson.recipe}{ending}",
            mime=kind,
            icon=":material/download:",
            on_click="ignore",
        )
