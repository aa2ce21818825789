"""Hints from the curves of thirty real runs, which `python -m benchmarks.hint_runs` recorded."""

import gzip
import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Step
from digitlab.training.hints import Hint, leading_hint
from digitlab.training.recipes import RECIPES
from digitlab.words import together


@dataclass(frozen=True)
class Recorded:
    """A run with its fault, as it was decided before it was trained; None for a healthy one."""

    name: str
    fault: str | None
    config: TrainingConfig
    failed: bool
    steps: list[Step]
    epochs: list[Epoch]

    def hint(self) -> Hint | None:
        return leading_hint(self.config, self.steps, self.epochs, self.failed)

    def hints_on_the_way(self) -> list[Hint | None]:
        """What was said at the end of each epoch, as a visitor sees it."""
        return [
            leading_hint(
                self.config, [step for step in self.steps if step.step <= epoch.step], self.epochs[: epoch.epoch]
            )
            for epoch in self.epochs
        ]


def recorded() -> dict[str, Recorded]:
    packed = Path(__file__).with_name("hint_runs.json.gz").read_bytes()
    return {
        record["name"]: Recorded(
            record["name"],
            record["fault"],
            TrainingConfig.from_record(record["config"]),
            record["failed"],
            [Step(*row) for row in record["steps"]],
            [Epoch(*row) for row in record["epochs"]],
        )
        for record in json.loads(gzip.decompress(packed))
    }


RUNS = recorded()


def test_twenty_runs_have_a_fault_and_ten_are_healthy() -> None:
    faults = Counter(run.fault for run in RUNS.values())
    assert faults.pop(None) == 10
    assert sum(faults.values()) == 20
    assert min(faults[kind] for kind in ("divergence", "dead", "overfitting", "slow")) >= 4


@pytest.mark.parametrize("name", RUNS)
def test_each_run_gets_the_hint_for_its_fault_and_no_other_on_the_way(name: str) -> None:
    run = RUNS[name]
    hint = run.hint()
    assert (hint and hint.seen) == run.fault
    assert {hint.seen for hint in run.hints_on_the_way() if hint} <= {run.fault}
    if hint is not None:
        assert any(character.isdigit() for character in str(hint.text[0])) or run.failed, "with its numbers"
        run.config.with_changes(**hint.changes)  # the next run can be started


def test_a_rate_far_too_high_is_told_to_be_smaller_and_nothing_else() -> None:
    hint = RUNS["SGD at 5"].hint()
    assert hint
    assert hint.changes == {"learning_rate": 0.5}
    assert "learning rate of 0.5 instead of 5" in together(*hint.text)


def test_three_hundred_digits_learned_by_heart_are_told_first_that_there_are_more() -> None:
    run = RUNS["300 digits, convolutions"]
    hint = run.hint()
    assert hint
    assert str(hint.text[1]) == "Train on all digits."
    better = run.config.with_changes(**hint.changes)
    assert better.keep_best
    assert better.augmentation is not None
    assert better.train_size is None


def test_units_that_come_back_an_epoch_later_are_not_dead() -> None:
    run = RUNS["dead, Adam at 0.1"]
    alive = replace(run.epochs[-1], dead={"dense_1": 0.05})
    hint = leading_hint(run.config, run.steps, [*run.epochs, alive])
    assert hint is None or hint.seen != "dead"


def test_a_run_is_not_called_slow_at_its_beginning() -> None:
    run = RUNS["slow, Adam at 1e-5"]
    assert leading_hint(replace(run.config, epochs=30), run.steps, run.epochs[:2]) is None


def test_a_network_that_reads_new_digits_better_than_its_own_varied_ones_does_not_learn_by_heart() -> None:
    # Of the run that made `pen`: smoothing and doubt make the validation loss grow, while the accuracy grows, too.
    epochs = [
        Epoch(5, 2150, 0.3920, 0.9673, 0.0403, 0.9946, 28.0),
        Epoch(18, 7740, 0.3444, 0.9822, 0.0488, 0.9968, 28.0),
        Epoch(30, 12900, 0.3320, 0.9857, 0.0532, 0.9966, 28.0),
    ]
    assert leading_hint(RECIPES["pen"].config, [], epochs) is None


def test_a_loss_that_is_no_number_any_more_is_divergence() -> None:
    hint = leading_hint(replace(RUNS["dense"].config, learning_rate=10.0), [], [], failed=True)
    assert hint
    assert (hint.seen, hint.changes) == ("divergence", {"learning_rate": 1.0})
