"""The heat map of ten probabilities over a training."""

from digitlab.store.records import PinReading
from digitlab.ui.train.heat import MOST, columns


def reading(step: int) -> PinReading:
    return PinReading(1, step, 1, [0.1] * 10)


def test_each_column_reaches_to_the_next_reading() -> None:
    assert [(start, end) for start, end, _ in columns([reading(10), reading(40), reading(50)])] == [
        (10, 40),
        (40, 50),
        (50, 70),
    ]


def test_single_reading_is_a_column_of_one_step() -> None:
    assert [(start, end) for start, end, _ in columns([reading(10)])] == [(10, 11)]
    assert columns([]) == []


def test_long_run_has_few_columns_and_the_newest_among_them() -> None:
    made = columns([reading(step) for step in range(10, 10_001, 10)])
    assert len(made) <= MOST + 1
    assert made[-1][0] == 10_000
