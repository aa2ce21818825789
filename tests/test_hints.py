"""Hints from the curves of real runs on real digits."""

from dataclasses import replace
from typing import Any

import pytest

from digitlab.networks.graph import Network
from digitlab.networks.layers import Dense, Flatten
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Failed, Step
from digitlab.training.hints import Hint, hints
from digitlab.training.loop import train
from digitlab.training.recipes import RECIPES
from digitlab.words import together

HEALTHY = TrainingConfig(
    network=Network((Flatten(), Dense(units=32, activation="relu"), Dense(units=10))),
    batch_size=100,
    epochs=3,
    train_size=10_000,
    validation="last",
    validation_size=2000,
)


def seen(config: TrainingConfig) -> list[Hint]:
    events = list(train(config))
    steps = [event for event in events if isinstance(event, Step)]
    epochs = [event for event in events if isinstance(event, Epoch)]
    return hints(config, steps, epochs, failed=isinstance(events[-1], Failed))


def test_a_healthy_run_is_left_in_peace() -> None:
    assert seen(HEALTHY) == []


@pytest.mark.parametrize(
    ("changes", "kind", "said", "better"),
    [
        ({"optimizer": "sgd", "learning_rate": 3.0, "epochs": 1}, "divergence", "learning rate of 0.3", 0.3),
        ({"optimizer": "sgd", "learning_rate": 1e-4, "momentum": 0.0}, "slow", "falls evenly", 5e-4),
        ({"learning_rate": 0.2, "epochs": 1}, "dead", "of the 32 units of `dense_1`", 0.067),
    ],
)
def test_a_rate_that_does_not_fit_is_told_with_a_better_one(
    changes: dict[str, Any], kind: str, said: str, better: float
) -> None:
    config = replace(HEALTHY, **changes)
    hint = next(hint for hint in seen(config) if hint.seen == kind)
    assert said in together(*hint.text)
    assert hint.changes["learning_rate"] == better


def test_a_network_that_learns_by_heart_is_told_so_and_helped() -> None:
    config = replace(HEALTHY, train_size=200, batch_size=20, epochs=40, learning_rate=3e-3)
    (hint,) = seen(config)
    assert hint.seen == "overfitting"
    assert "the validation loss has grown from" in together(*hint.text)
    better = replace(config, **hint.changes)
    assert better.keep_best
    assert better.augmentation is not None
    assert better.train_size is None


def test_a_network_that_reads_new_digits_better_than_its_own_varied_ones_does_not_learn_by_heart() -> None:
    # Of the run that made `pen`: smoothing and doubt make the validation loss grow, while the accuracy grows, too.
    epochs = [
        Epoch(5, 2150, 0.3920, 0.9673, 0.0403, 0.9946, 28.0),
        Epoch(18, 7740, 0.3444, 0.9822, 0.0488, 0.9968, 28.0),
        Epoch(30, 12900, 0.3320, 0.9857, 0.0532, 0.9966, 28.0),
    ]
    assert hints(RECIPES["pen"].config, [], epochs) == []


def test_a_loss_that_is_no_number_any_more_is_divergence() -> None:
    (hint,) = hints(replace(HEALTHY, learning_rate=10.0), [], [], failed=True)
    assert (hint.seen, hint.changes) == ("divergence", {"learning_rate": 1.0})
