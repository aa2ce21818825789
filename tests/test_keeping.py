"""What an operator does with what visitors keep, on the command line."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from digitlab import cli
from digitlab.drawing.strokes import Drawing
from digitlab.store import Store
from digitlab.store.rights import Person

ANNA, BEN = "a" * 64, "b" * 64


@pytest.fixture
def opened() -> Iterator[Store]:
    with Store() as store:
        yield store


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any, str]:
    code = cli.main([*arguments, "--json"])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else None, said.err


def keep(store: Store, browser: str, drawing: Drawing) -> int:
    store.drawings.agree(Person(browser, None))
    picture = np.zeros((28, 28), np.uint8)
    return store.drawings.keep(Person(browser, None), drawing, 7, model="0" * 12, answered=None, picture=picture)


def test_drawings_are_listed_unshared_and_deleted(
    capsys: pytest.CaptureFixture[str], opened: Store, seven: Drawing
) -> None:
    first, second, third = keep(opened, ANNA, seven), keep(opened, ANNA, seven), keep(opened, BEN, seven)
    opened.drawings.share(Person(ANNA, None), second, True)
    opened.drawings.share(Person(BEN, None), third, True)
    code, rows, _ = run(capsys, "drawings")
    assert code == 0
    assert [(row["drawing"], row["person"], row["shared"]) for row in rows] == [
        (third, BEN[:12], True),
        (second, ANNA[:12], True),
        (first, ANNA[:12], False),
    ]
    _, rows, _ = run(capsys, "drawings", "--person", ANNA[:12], "--shared", "--unshare")
    assert [row["drawing"] for row in rows] == [second]
    assert [one.id for one in opened.drawings.shared_by_others(Person("c" * 64, None), 0, 9)] == [third]
    run(capsys, "drawings", str(third), "--delete")
    assert opened.drawings.of(BEN) == []
    run(capsys, "drawings", "--person", ANNA, "--delete")
    assert opened.drawings.of_everybody() == []


def test_runs_are_listed_and_deleted_by_person(capsys: pytest.CaptureFixture[str], home_with_runs: Any) -> None:
    code, rows, _ = run(capsys, "runs")
    assert (code, sorted(row["run"] for row in rows)) == (0, [1, 2])
    assert run(capsys, "runs", "--person", ANNA)[1] == []
    run(capsys, "runs", "1", "--hide")
    visitor = Person(ANNA, None)
    with Store() as store:
        assert [one.id for one in store.runs.all(visitor)] == [2]
        assert store.runs.get(1).model not in {model.name for model in store.models.seen(visitor)}
    assert {row["run"]: row["hidden"] for row in run(capsys, "runs")[1]} == {1: True, 2: False}
    run(capsys, "runs", "1", "--show")
    with Store() as store:
        assert len(store.runs.all(visitor)) == 2
        assert store.runs.get(1).model in {model.name for model in store.models.seen(visitor)}
    run(capsys, "runs", "1", "--delete")
    assert [row["run"] for row in run(capsys, "runs")[1]] == [2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["drawings", "--delete"], "Nothing was changed. Give the numbers"),
        (["runs", "--delete"], "Nothing was changed. Give the numbers"),
        (["runs", "--hide"], "Nothing was changed. Give the numbers"),
        (["drawings", "7", "--delete"], "number 7 is not among these"),
        (["drawings", "--person", "x"], "--person takes 12 to 64 hexadecimal digits"),
    ],
)
def test_nothing_is_changed_by_mistake(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, None)
    assert said in err
