"""The filter over the table of runs."""

from dataclasses import replace

import pytest

from digitlab.jobs import orders
from digitlab.runs.trainings import Training, trainings
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.ui.runs.filtering import passes
from tests.trained import CONFIG


@pytest.fixture
def everything(store: Store) -> dict[str, Training]:
    """Two runs, of which the first is taken for finished, and the shipped models, by key."""
    for config in (CONFIG, replace(CONFIG, batch_size=64, learning_rate=4e-3)):
        orders.submit(OPERATOR, store, config, recipe="two-conv-64-logits", threads=1)
    found = {one.key: one for one in trainings(store, OPERATOR)}
    found["1"] = replace(found["1"], state="finished", test_accuracy=0.9931, seconds=90.0, note="My Lesson")
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run:1", {"1"}),
        ("run:1,2", {"1", "2"}),
        ("run>1", {"2"}),
        ("state:finished", {"1"}),
        ("state:finish", set()),
        ("STATE:queued", {"2"}),
        ("acc>0.993 recipe:logits run:1", {"1"}),
        ("acc>=99.31% state:finished", {"1"}),
        ("acc<.9931 state:finished", set()),
        ("acc>0.995", {"resnet", "pen"}),
        ("minutes=1.5", {"1"}),
        ("batch=64 run:1,2", {"2"}),
        ("rate>1e-3 state:queued", {"2"}),
        ("note:lesson", {"1"}),
        ("lesson my", {"1"}),
        ("two-conv-64-logits", {"1", "2", "two-conv-64-logits"}),
        ("acc>many", set()),
        ("run:", set()),
    ],
)
def test_words_and_conditions(everything: dict[str, Training], text: str, expected: set[str]) -> None:
    assert {key for key, one in everything.items() if passes(one, text)} == expected


def test_an_empty_filter_lets_all_pass(everything: dict[str, Training]) -> None:
    assert all(passes(one, "  ") for one in everything.values())
