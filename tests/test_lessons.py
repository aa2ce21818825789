"""Lessons: their code is one program that does what a run does, and their experiments can be started."""

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from digitlab.cli import main
from digitlab.jobs import draft_query
from digitlab.lessons import program
from digitlab.lessons.all import EXPLAINED, LESSONS
from digitlab.lessons.lesson import Lesson
from digitlab.networks import zoo
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.training.events import Evaluated
from digitlab.training.loop import train
from digitlab.training.settings import SETTINGS
from digitlab.words.language import speaking
from tests import lesson_programs
from tests.slow import quick

DIGITS, LENGTH = 640, 1
QUICK = ("two-conv-128", "five-by-five-1024")  # tests/browser/test_learn.py does it with two-conv-64-dropout
EACH = pytest.mark.parametrize("lesson", LESSONS.values(), ids=lambda lesson: lesson.recipe)


@pytest.mark.parametrize("lesson", quick(LESSONS.values(), *QUICK), ids=lambda lesson: lesson.recipe)
def test_a_lessons_program_gives_the_figures_of_a_run(lesson: Lesson, tmp_path: Path) -> None:
    script = lesson_programs.shortened(program.script(lesson), LENGTH, DIGITS)
    accuracy, loss = lesson_programs.tested(lesson_programs.run(script, tmp_path))
    length = "steps" if lesson.of.config.steps else "epochs"
    config = lesson.of.config.with_changes(**{length: LENGTH, "train_size": DIGITS})
    evaluated = next(event for event in train(config) if isinstance(event, Evaluated))
    assert accuracy == pytest.approx(evaluated.accuracy, abs=0.0011)
    assert loss == pytest.approx(evaluated.loss, rel=5e-3)


def test_a_notebook_runs_in_jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = LESSONS["two-conv-64-dropout"]
    file = tmp_path / "lesson.ipynb"
    assert main(["lesson", lesson.recipe, "--to", str(file), "--lang", "zh-Hant"]) == 0
    notebook = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    assert "手寫數字" in notebook.cells[1].source
    notebook.cells[2].source = lesson_programs.shortened(notebook.cells[2].source, LENGTH, DIGITS)
    for name, value in lesson_programs.environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    done = NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    printed = "".join(output.get("text", "") for cell in done.cells for output in cell.get("outputs", []))
    assert 0.1 < lesson_programs.tested(printed)[0] < 1


@EACH
def test_every_notebook_is_valid_and_has_the_scripts_code(lesson: Lesson) -> None:
    made = program.notebook(lesson)
    nbformat.validate(nbformat.from_dict(made))  # type: ignore[no-untyped-call]
    code = ["".join(cell["source"]) for cell in made["cells"] if cell["cell_type"] == "code"]
    assert all(piece in program.script(lesson) for piece in code)
    assert code == [step.code for step in lesson.steps if step.code]


def test_the_command_says_what_it_wrote_and_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lesson = LESSONS["two-conv-64-dropout"]
    file = tmp_path / "lesson.py"
    assert main(["lesson", lesson.recipe, "--to", str(file), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {
        "recipe": lesson.recipe,
        "article": lesson.article,
        "steps": len(lesson.steps),
        "to": str(file),
    }
    assert file.read_text(encoding="utf-8") == program.script(lesson)
    for arguments in (["pen", "--to", str(file)], [lesson.recipe, "--to", str(tmp_path / "lesson.doc")]):
        assert main(["lesson", *arguments]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert str(tmp_path) not in error


@EACH
def test_every_experiment_is_a_form_that_starts(lesson: Lesson) -> None:
    forms = [{"recipe": lesson.recipe, **question.change} for question in lesson.questions]
    forms += [dict(tip.query) for tip in lesson.tips if tip.page == "train"]
    with Store() as store:
        for form in forms:
            if "start_model" in form:
                form["start_model"] = zoo.find(form["start_model"]).hash
            draft, unread = draft_query.from_query(form)
            base = draft.base(store, OPERATOR)
            assert not unread, form
            assert not draft.problems(base), form
            assert draft.config(base) != lesson.of.config, form


@EACH
def test_a_lesson_is_whole(lesson: Lesson) -> None:
    keys = [step.key for step in lesson.steps]
    assert len(set(keys)) == len(keys)
    assert len(lesson.questions) == 3
    assert lesson.article
    for language in ("zh-Hans", "zh-Hant"):
        with speaking(language):
            for step in lesson.steps:
                assert str(step.text) != step.text.english, step.key


def test_what_lessons_explain_is_there() -> None:
    for control, (recipe, step) in EXPLAINED.items():
        assert LESSONS[recipe].place(step) is not None, control
    assert {name for name in EXPLAINED if ":" not in name} <= SETTINGS.keys()
