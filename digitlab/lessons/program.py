"""A lesson's steps as one program: a script, or a notebook for Jupyter."""

import hashlib
import json
from pathlib import Path
from typing import Any

from digitlab.errors import InputError
from digitlab.files import appearing
from digitlab.lessons.lesson import Lesson, Step
from digitlab.words import _, message

ENDINGS = (".ipynb", ".py")


def script(lesson: Lesson) -> str:
    """All pieces of code in order, each under its step's title; runs on its own."""
    head = f'"""{lesson.title}\n\n{_source(lesson)}\n"""'
    pieces = [f"# {number}. {step.title}\n{step.code}" for number, step in _coded(lesson)]
    return "\n\n".join([head, *pieces]) + "\n"


def notebook(lesson: Lesson) -> dict[str, Any]:
    """The same with the texts, as a notebook of format 4.5; each step is a cell of text and a cell of code."""
    cells = [_cell(lesson, "head", "markdown", f"# {lesson.title}\n\n{_source(lesson)}")]
    for number, step in _coded(lesson):
        cells.append(_cell(lesson, step.key, "markdown", f"## {number}. {step.title}\n\n{step.text}"))
        cells.append(_cell(lesson, step.key, "code", step.code))
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "cells": cells,
    }


def write(lesson: Lesson, file: Path) -> None:
    """Write the notebook or the script, as the file's ending says, whole or not at all.

    Raises:
        InputError: the ending is another one, or the file cannot be written.
    """
    if file.suffix not in ENDINGS:
        raise InputError(
            message("A lesson is written as .ipynb or .py; {file} ends in neither.", file=file.name[:80] or str(file))
        )
    try:
        with appearing(file) as (new,):
            new.write_text(text(lesson, file.suffix), encoding="utf-8")
    except OSError as error:
        raise InputError(
            message("{file} cannot be written: {why}.", file=file.name, why=error.strerror or str(error))
        ) from None


def text(lesson: Lesson, ending: str) -> str:
    """What stands in the file with this ending, one of `ENDINGS`."""
    if ending == ".py":
        return script(lesson)
    return json.dumps(notebook(lesson), ensure_ascii=False, indent=1) + "\n"


def _coded(lesson: Lesson) -> list[tuple[int, Step]]:
    """The steps that have code, with their numbers."""
    return [(number, step) for number, step in enumerate(lesson.steps, start=1) if step.code]


def _source(lesson: Lesson) -> str:
    return _(
        "A lesson of DigitLab after the tutorial “{article}”. The code is complete. It needs Keras and Matplotlib.",
        article=lesson.article,
    )


def _cell(lesson: Lesson, key: str, kind: str, source: str) -> dict[str, Any]:
    name = hashlib.sha256(f"{lesson.recipe} {key} {kind}".encode()).hexdigest()[:12]
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}, "source": source.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
