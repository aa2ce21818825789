"""Which lesson and which step are open; the page's address says it."""

from dataclasses import dataclass

import streamlit as st

from digitlab.errors import InputError
from digitlab.lessons.all import find
from digitlab.lessons.lesson import Lesson, Step
from digitlab.ui.shared.foreign import warn
from digitlab.words import _

LESSON, STEP = "lesson", "step"


@dataclass(frozen=True)
class Place:
    """A step of a lesson; `at` is counted from 0."""

    lesson: Lesson
    at: int

    @property
    def step(self) -> Step:
        return self.lesson.steps[self.at]


def place() -> Place | None:
    """Where the reader is; None for the list of lessons."""
    name = st.query_params.get(LESSON)
    if name is None:
        return None
    try:
        lesson = find(name)
    except InputError as error:
        warn(error.sentence)
        leave()
        return None
    key = st.query_params.get(STEP)
    at = lesson.place(key) if key is not None else 0
    if at is None:
        warn(_("This lesson has no step “{step}”. This is its beginning.", step=(key or "")[:40]))
        del st.query_params[STEP]
    return Place(lesson, at or 0)


def open_step(lesson: Lesson, key: str) -> None:
    """Go to a step of a lesson; what is no step of it changes nothing."""
    if lesson.place(key) is not None:
        st.query_params[LESSON] = lesson.recipe
        st.query_params[STEP] = key


def leave() -> None:
    """Go to the list of lessons."""
    for name in (LESSON, STEP):
        st.query_params.pop(name, None)
