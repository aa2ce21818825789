"""What a run's charts draw: smoothing, thinning, the best epoch."""

import pytest

from digitlab.store.records import SentCommand
from digitlab.training.events import Epoch, Step
from digitlab.ui.train.curves import (
    BATCH,
    BEST,
    MOST,
    PARENT,
    SMOOTH,
    VALIDATION,
    Rows,
    best_epoch,
    panel,
    rates,
    smoothed,
    thinned,
)


def step(number: int, loss: float) -> Step:
    return Step(number, 1, loss, 1 - loss / 10, 1e-3, 1000.0, number / 100)


def epoch(number: int, accuracy: float | None, loss: float = 0.1) -> Epoch:
    return Epoch(number, 100 * number, 0.2, 0.9, loss if accuracy is not None else None, accuracy, 1.0)


def of_kind(rows: Rows, kind: str) -> list[tuple[int, float]]:
    return [(at, value) for k, at, value in zip(rows.kind, rows.step, rows.value, strict=True) if k == kind]


def test_smoothing_of_nought_changes_nothing_and_of_a_constant_neither() -> None:
    assert smoothed([3.0, 1.0, 2.0], 0.0) == [3.0, 1.0, 2.0]
    assert smoothed([2.0] * 5, 0.99) == pytest.approx([2.0] * 5)


def test_smoothing_weighs_each_value_less_than_the_next() -> None:
    assert smoothed([0.0, 1.0, 0.0], 0.5) == pytest.approx([0.0, 1 / 1.5, 0.5 / 1.75])


def test_long_curve_keeps_its_highest_and_lowest_points_and_few_others() -> None:
    values = [1.0] * 100_000
    values[54_321], values[67_890] = 9.0, -9.0
    chosen = thinned(values)
    assert {0, 54_321, 67_890, 99_999} <= set(chosen)
    assert len(chosen) <= MOST + 2
    assert chosen == sorted(set(chosen))


def test_points_stay_where_they_are_while_a_curve_grows() -> None:
    values = [float((7 * number) % 1000) for number in range(3_000)]
    before, after = set(thinned(values[:2_600])), set(thinned(values[:2_700]))
    assert before - after <= {2_599} | set(range(2_560, 2_600)), "only the unfinished group at the end may change"


def test_short_curve_is_drawn_whole() -> None:
    steps = [step(number, 1 / number) for number in range(1, MOST + 1)]
    rows = panel(steps, [], "loss", smoothing=0.5)
    assert of_kind(rows, BATCH) == [(each.step, each.loss) for each in steps]
    assert len(of_kind(rows, SMOOTH)) == MOST


def test_panel_of_a_long_run_is_small() -> None:
    steps = [step(number, 1 / number) for number in range(1, 20_001)]
    rows = panel(steps, [], "loss", smoothing=0.9, parent=steps)
    assert len(rows.step) < 3 * MOST + 10
    assert of_kind(rows, SMOOTH)[-1][0] == of_kind(rows, PARENT)[-1][0] == 20_000, "the newest is always there"


def test_best_epoch_has_the_highest_accuracy_then_the_lowest_loss() -> None:
    epochs = [epoch(1, 0.98), epoch(2, 0.99, loss=0.05), epoch(3, 0.99, loss=0.04), epoch(4, 0.985)]
    found = best_epoch(epochs)
    assert found is not None
    assert found.epoch == 3
    rows = panel([], epochs, "accuracy", smoothing=0.9)
    assert of_kind(rows, BEST) == [(300, 0.99)]
    assert rows.text[rows.kind.index(BEST)] == "best: epoch 3"
    assert [at for at, _ in of_kind(rows, VALIDATION)] == [100, 200, 300, 400]


def test_run_without_validation_has_no_best_epoch() -> None:
    assert best_epoch([epoch(1, None)]) is None
    assert of_kind(panel([step(1, 2.0)], [epoch(1, None)], "loss", smoothing=0), BEST) == []


def test_logarithmic_axis_shows_the_share_of_wrong_answers() -> None:
    rows = panel([step(1, 2.0)], [epoch(1, 0.99)], "accuracy", smoothing=0, wrong=True)
    assert of_kind(rows, SMOOTH)[0][1] == pytest.approx(0.2)
    assert of_kind(rows, VALIDATION)[0][1] == pytest.approx(0.01)


def test_changes_of_the_rate_are_marked_once_they_were_taken() -> None:
    told = [SentCommand(1, "set-rate", 5e-4, 0.0, 40, 1.0), SentCommand(2, "set-rate", 1e-4, 2.0, None, None)]
    rows = rates([step(1, 1.0), step(50, 1.0)], told)
    assert of_kind(rows, BEST) == [(40, 5e-4)]


def test_fork_begins_where_it_branched_off() -> None:
    parent = [step(number, 2.0) for number in range(10, 101, 10)]
    rows = panel([step(10, 1.0)], [epoch(1, 0.9)], "loss", smoothing=0, parent=parent, offset=100)
    assert of_kind(rows, PARENT)[-1] == (100, 2.0)
    assert of_kind(rows, SMOOTH) == [(110, 1.0)]
    assert [at for at, _ in of_kind(rows, VALIDATION)] == [200]
