"""The default model reads what is drawn with the mouse as the command line does, and refuses what is no digit."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.nondigits import generate
from digitlab import cli
from digitlab.data import mnist
from digitlab.drawing.strokes import Drawing, on_pad
from digitlab.ui.pad.words import words
from harness.hand import draw, expect_answer, expect_empty
from harness.trace import trace
from tests.browser.conftest import OpenPage


def traced_digits() -> list[Drawing]:
    """Two test digits of each class as strokes on the pad."""
    data = mnist.load()
    chosen = [index for digit in range(10) for index in np.flatnonzero(data.y_test == digit)[:2]]
    return [on_pad(trace(data.x_test[index].astype(np.float32) / np.float32(255))) for index in chosen]


@pytest.mark.slow
def test_twenty_drawings_get_the_answers_that_predict_gives(
    visit: OpenPage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawings = traced_digits()
    files = [tmp_path / f"{number:02}.json" for number in range(len(drawings))]
    for file, drawing in zip(files, drawings, strict=True):
        file.write_text(json.dumps({"strokes": [stroke.tolist() for stroke in drawing.strokes], "width": 18}))
    assert cli.main(["predict", *map(str, files), "--json"]) == 0
    expected = ["?" if row["refused"] else str(row["digit"]) for row in json.loads(capsys.readouterr().out)]
    assert expected.count("?") <= 2  # else hardly a digit would be compared
    page = visit("/")
    for drawing, answer in zip(drawings, expected, strict=True):
        draw(page, drawing)
        expect_answer(page, answer)
        page.get_by_role("button", name="Clear").click()
        expect_empty(page)


@pytest.mark.parametrize("kind", ["faces", "hatchings", "letters C to p", "tangles", "polygons", "digits side by side"])
def test_what_is_no_digit_gets_a_question_mark_and_a_sentence(kind: str, visit: OpenPage) -> None:
    page = visit("/")
    draw(page, generate(kind, 1, np.random.default_rng(3))[0])
    expect_answer(page, "?")
    assert words()["refused"] in page.locator(".st-key-answer").inner_text()
