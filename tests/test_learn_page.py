"""Every step of every lesson on the server's side, in Chinese."""

import itertools

import pytest
from streamlit.testing.v1 import AppTest

from digitlab.lessons.all import LESSONS
from digitlab.lessons.lesson import Lesson
from digitlab.words.language import Language, speaking
from tests.test_pages import errors, open_page


def pressed(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


# English is walked in Chromium (tests/browser/test_learn.py).
WALKS = list(zip(LESSONS.values(), itertools.cycle(("zh-Hans", "zh-Hant")), strict=False))


@pytest.mark.parametrize(("lesson", "language"), WALKS, ids=lambda one: getattr(one, "recipe", one))
def test_a_lesson_is_read_to_its_end_and_back(lesson: Lesson, language: Language) -> None:
    with speaking(language):  # AppTest formats options in this thread
        app = open_page("learn", lang=language, lesson=lesson.recipe)
        titles = [f"{number}. {step.title}" for number, step in enumerate(lesson.steps, start=1)]
        texts = [str(step.text) for step in lesson.steps]
        for at, (title, text, step) in enumerate(zip(titles, texts, lesson.steps, strict=True)):
            assert app.header[0].value == title
            assert text in [one.value for one in app.markdown]
            assert [one.value for one in app.code if one.value == step.code] == [step.code] * bool(step.code)
            assert errors(app) == []
            assert not app.warning
            if at + 1 < len(titles):
                pressed(app, "step_next")
        assert lesson.steps[-1].key in app.query_params["step"]
        pressed(app, "step_back")
        assert app.header[0].value == titles[-2]
        pressed(app, "leave")
        assert "lesson" not in app.query_params


def test_an_address_that_names_nothing_says_so() -> None:
    app = open_page("learn", lesson="cats")
    assert "There is no lesson" in app.warning[0].value
    app = open_page("learn", lesson="two-conv-64-dropout", step="cats")
    assert "no step" in app.warning[0].value
    assert app.header[0].value == "1. The digits"
