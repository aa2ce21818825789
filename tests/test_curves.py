"""What the charts of trainings draw: smoothing, thinning, the best epoch, the three axes, what is seen of them."""

import json
import math
import re
from dataclasses import replace
from typing import Any

import pytest

from digitlab.runs.curves import (
    MEAN_LINE,
    PARENT_LINE,
    PLAIN_LINE,
    TRAINING_LINE,
    VALIDATION_LINE,
    Logged,
    Start,
    layers,
    norms,
    overlay,
    panel,
    rates,
    training_of,
    validation_of,
)
from digitlab.runs.rows import (
    BAND,
    BATCH,
    BEST,
    EPOCHS,
    MOST,
    OVERLAID,
    SMOOTH,
    Axis,
    Rows,
    smoothed,
    thinned,
    window,
    worth_seeing,
)
from digitlab.runs.trainings import Curves
from digitlab.store.records import SentCommand
from digitlab.training.best import best_epoch
from digitlab.training.events import Epoch, Step
from digitlab.ui.shared import line_styles, panel_spec


def step(number: int, loss: float) -> Step:
    return Step(number, 1, loss, 1 - loss / 10, 1e-3, 1000.0, number / 100)


def epoch(number: int, accuracy: float | None, loss: float = 0.1) -> Epoch:
    return Epoch(number, 100 * number, 0.2, 0.9, loss if accuracy is not None else None, accuracy, 1.0)


def logged(steps: list[Step], epochs: list[Epoch], start: Start | None = None) -> Logged:
    return Logged(Curves(steps, epochs), 100, start or Start())


def of_kind(rows: Rows, kind: str, line: str = "", axis: Axis = "step") -> list[tuple[float, float]]:
    points = zip(rows.kind, rows.line, rows.along(axis), rows.value, strict=True)
    return [(at, value) for found, drawn, at, value in points if found == kind and line in ("", drawn)]


def test_smoothing_of_zero_changes_nothing_and_of_a_constant_neither() -> None:
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
    rows = panel(logged(steps, []), "loss", smoothing=0.5)
    assert of_kind(rows, BATCH) == [(each.step, each.loss) for each in steps]
    assert len(of_kind(rows, SMOOTH)) == MOST


def test_panel_of_a_long_run_is_small() -> None:
    steps = [step(number, 1 / number) for number in range(1, 20_001)]
    rows = panel(logged(steps, []), "loss", smoothing=0.9, parent=logged(steps, []))
    assert len(rows.step) < 3 * MOST + 10
    newest = [of_kind(rows, SMOOTH, line)[-1][0] for line in (TRAINING_LINE, PARENT_LINE)]
    assert newest == [20_000, 20_000], "the newest is always there"
    assert len(overlay([[logged(steps, [])]] * 10, "loss", smoothing=0.9).step) <= 10 * (OVERLAID + 1)


def test_best_epoch_has_the_highest_accuracy_then_the_lowest_loss() -> None:
    epochs = [epoch(1, 0.98), epoch(2, 0.99, loss=0.05), epoch(3, 0.99, loss=0.04), epoch(4, 0.985)]
    found = best_epoch(epochs)
    assert found is not None
    assert found.epoch == 3
    rows = panel(logged([], epochs), "accuracy", smoothing=0.9)
    assert of_kind(rows, BEST) == [(300, 0.99)]
    assert rows.text[rows.kind.index(BEST)] == "best: epoch 3"
    assert [at for at, _ in of_kind(rows, EPOCHS, VALIDATION_LINE)] == [100, 200, 300, 400]


def test_run_without_validation_has_no_best_epoch() -> None:
    assert best_epoch([epoch(1, None)]) is None
    assert of_kind(panel(logged([step(1, 2.0)], [epoch(1, None)]), "loss", smoothing=0), BEST) == []


def test_logarithmic_axis_shows_the_share_of_wrong_answers_and_has_no_place_for_zero() -> None:
    rows = panel(logged([step(1, 2.0), step(2, 0.0)], [epoch(1, 0.99)]), "accuracy", smoothing=0, log=True)
    assert [at for at, _ in of_kind(rows, SMOOTH)] == [1]
    assert of_kind(rows, SMOOTH)[0][1] == pytest.approx(0.2)
    assert of_kind(rows, EPOCHS, VALIDATION_LINE)[0][1] == pytest.approx(0.01)
    seen = window(rows, "step")
    assert 0 < seen.low < 0.01 < 0.2 < seen.high


def test_changes_of_the_rate_are_marked_once_they_were_taken() -> None:
    told = [SentCommand(1, "set-rate", 5e-4, 0.0, 40, 1.0), SentCommand(2, "set-rate", 1e-4, 2.0, None, None)]
    run = logged([step(1, 1.0), step(50, 1.0)], [], Start(step=1000, epochs=10.0, minutes=2.0))
    rows = rates(run, told)
    assert of_kind(rows, BEST) == [(1040, 5e-4)]
    assert of_kind(rows, BEST, axis="epoch") == [(10.5, 5e-4)], "the place of the next logged step"
    assert window(rows, "step", zero=True).low == 0
    close = [SentCommand(at, "set-rate", at / 1e4, 0.0, at, 1.0) for at in (30, 31, 45)]
    assert [text for text in rates(run, close).text if text] == ["set to 0.0031", "set to 0.0045"], "else they overlap"


def test_fork_begins_where_it_branched_off() -> None:
    parent = logged([step(number, 2.0) for number in range(10, 101, 10)], [])
    start = Start(step=100, epochs=1.0, minutes=0.5)
    rows = panel(logged([step(10, 1.0)], [epoch(1, 0.9)], start), "loss", smoothing=0, parent=parent)
    assert of_kind(rows, SMOOTH, PARENT_LINE)[-1] == (100, 2.0)
    assert of_kind(rows, SMOOTH, TRAINING_LINE) == [(110, 1.0)]
    assert [at for at, _ in of_kind(rows, EPOCHS, VALIDATION_LINE)] == [200]
    assert of_kind(rows, SMOOTH, TRAINING_LINE, "epoch") == [(1.1, 1.0)]
    assert of_kind(rows, SMOOTH, TRAINING_LINE, "time") == [(0.5 + 0.1 / 60, 1.0)]


def test_the_rate_of_a_fork_begins_with_that_of_the_run_before_and_its_axis_is_the_losses() -> None:
    parent = logged([step(number, 2.0) for number in range(10, 101, 10)], [])
    fork = logged([step(10, 1.0), step(90, 1.0)], [], Start(step=100, epochs=1.0, minutes=0.5))
    loss, rate = panel(fork, "loss", smoothing=0, parent=parent), rates(fork, [], parent=parent)
    assert [at for at, _ in of_kind(rate, SMOOTH, PARENT_LINE)] == list(range(10, 101, 10))
    ends = [(seen.left, seen.right) for seen in (window(loss, "step"), window(rate, "step", beside=[loss]))]
    assert ends == [(10, 190), (10, 190)]


def test_each_epoch_has_its_training_mean_and_the_plain_figures_of_training_digits() -> None:
    rows = panel(
        logged([step(1, 2.0)], [replace(epoch(1, 0.9), plain_loss=0.05, plain_accuracy=0.98)]), "loss", smoothing=0
    )
    assert of_kind(rows, EPOCHS, MEAN_LINE) == [(100, 0.2)]
    assert of_kind(rows, EPOCHS, PLAIN_LINE) == [(100, 0.05)]
    without_steps = panel(logged([], [epoch(1, 0.9)]), "loss", smoothing=0)
    assert of_kind(without_steps, EPOCHS, MEAN_LINE) == [], "the line itself has the means"


def test_last_batch_of_few_digits_is_filled_up_with_the_figure_before_it() -> None:
    steps = [step(90, 0.5), step(100, 2.5), step(110, 0.5)]
    few = replace(logged(steps, []), last_batch=0.125)
    assert [value for _, value in of_kind(panel(few, "loss", smoothing=0), BATCH)] == [0.5, 0.75, 0.5]
    assert [value for _, value in of_kind(panel(logged(steps, []), "loss", smoothing=0), BATCH)] == [0.5, 2.5, 0.5]


def test_nothing_lies_where_a_panel_has_words() -> None:
    rows = panel(logged([step(1, 2.0)], [epoch(1, 0.9, loss=1.0)]), "loss", smoothing=0)
    seen = window(rows, "step")
    assert (seen.high - max(rows.value)) / (seen.high - seen.low) > 0.12, "of 245 pixels at least 30"


def test_norms_are_a_line_a_layer_and_zero_has_no_place_on_a_logarithmic_axis() -> None:
    sizes = [{"conv_1": [3.0, 0.0], "dense_1": [5.0, 0.5]}, {"conv_1": [4.0, 0.1], "dense_1": [6.0, 0.2]}]
    run = logged([replace(step(10 * at, 1.0), layers=size) for at, size in enumerate(sizes, start=1)], [])
    assert layers(run) == ["conv_1", "dense_1"]
    assert of_kind(norms(run, "weights", smoothing=0.9), SMOOTH, "conv_1") == [(10, 3.0), (20, 4.0)]
    assert of_kind(norms(run, "gradients", smoothing=0, log=True), SMOOTH, "conv_1") == [(20, 0.1)]
    evened = [value for _, value in of_kind(norms(run, "gradients", smoothing=0.5), SMOOTH, "dense_1")]
    assert evened == pytest.approx(smoothed([0.5, 0.2], 0.5))
    assert layers(logged([step(1, 1.0)], [])) == []


# --- several trainings in a panel ---

LOGGED = Logged(
    Curves(
        [Step(10, 1, 0.5, 0.75, 1e-3, 1000.0, 1.5), Step(20, 1, 0.25, 0.875, 2e-3, 1000.0, 3.0)],
        [Epoch(1, 20, 0.375, 0.8125, 0.3125, 0.9375, 4.0), Epoch(2, 40, 0.125, 0.9, None, None, 4.0)],
    ),
    20,
)


@pytest.mark.parametrize(
    ("axis", "ends", "steps"), [("step", 20, [10, 20]), ("epoch", 1, [0.5, 1]), ("time", 4 / 60, [1.5 / 60, 3 / 60])]
)
def test_compared_runs_have_their_points_at_the_same_places_as_alone(
    axis: Axis, ends: float, steps: list[float]
) -> None:
    both = overlay([[LOGGED], [LOGGED]], "accuracy", smoothing=0.9)
    alone = panel(LOGGED, "accuracy", smoothing=0.9)
    for number in (0, 1):
        (validated,) = of_kind(both, EPOCHS, validation_of(number), axis)
        assert validated == pytest.approx((ends, 0.9375))
        training = of_kind(both, SMOOTH, training_of(number), axis)
        assert [at for at, _ in training] == pytest.approx(steps)
        assert training == of_kind(alone, SMOOTH, TRAINING_LINE, axis), "both pages show the same numbers"


def test_runs_that_differ_in_the_seed_are_a_mean_and_a_range_as_far_as_both_have_come() -> None:
    one = logged([step(10, 1.0), step(20, 0.5)], [epoch(1, 0.9), epoch(2, 0.96)])
    other = logged([step(10, 3.0)], [epoch(1, 0.94)])
    rows = overlay([[one, other]], "loss", smoothing=0)
    assert of_kind(rows, SMOOTH, training_of(0)) == [(10, 2.0)]
    rows = overlay([[one, other]], "accuracy", smoothing=0)
    assert [value for _, value in of_kind(rows, EPOCHS, validation_of(0))] == pytest.approx([0.92])
    at = rows.kind.index(BAND, rows.kind.index(EPOCHS))
    assert (rows.value[at], rows.high[at]) == (0.9, 0.94)
    assert window(rows, "step").high > 0.94
    assert of_kind(overlay([[one]], "loss", smoothing=0), BAND) == []


def test_validation_is_smoothed_over_as_many_steps_as_training() -> None:
    rows_per_epoch = 2
    steps = [step(number, 1.0) for number in range(1, 4 * rows_per_epoch + 1)]
    values = [0.5, 0.9, 0.7, 0.8]
    run = logged(steps, [epoch(number, value) for number, value in enumerate(values, start=1)])
    drawn = [value for _, value in of_kind(overlay([[run]], "accuracy", smoothing=0.9), EPOCHS)]
    assert drawn == pytest.approx(smoothed(values, 0.9**rows_per_epoch))
    alone = [value for _, value in of_kind(panel(run, "accuracy", smoothing=0.9), EPOCHS, VALIDATION_LINE)]
    assert alone == values


def test_training_without_steps_is_drawn_by_its_epochs_and_without_validation_always() -> None:
    card = Logged(Curves([], LOGGED.curves.epochs), None)
    rows = overlay([[card]], "loss", smoothing=0.9)
    assert of_kind(rows, SMOOTH, axis="epoch") == [(1, 0.375), (2, 0.125)]
    assert of_kind(overlay([[card]], "loss", smoothing=0.9, training=False), SMOOTH) == []
    unvalidated = Logged(Curves(LOGGED.curves.steps, []), 20)
    assert of_kind(overlay([[unvalidated]], "loss", smoothing=0.9, training=False), SMOOTH)


def test_the_first_epochs_do_not_decide_what_is_seen_of_the_others() -> None:
    learns, better = [0.3, 0.9, 0.95, 0.96, 0.97, 0.97, 0.975, 0.98], [0.5, 0.97, 0.98, 0.985]
    assert worth_seeing([learns, better]) == (0.95, 0.985)
    assert worth_seeing([learns, [0.1] * 8]) is None, "one that learns nothing is seen"
    assert worth_seeing([[0.98, 0.99]]) is None
    assert worth_seeing([]) is None
    rows = overlay([[logged([], [epoch(n + 1, value) for n, value in enumerate(learns)])]], "accuracy", smoothing=0)
    rows_later, everything = window(rows, "epoch", whole=False), window(rows, "epoch")
    assert rows_later.low > 0.88
    assert everything.low < 0.3


def test_what_is_no_number_is_not_drawn() -> None:
    rows = overlay([[logged([step(1, 1.0), step(2, math.inf)], [epoch(1, 0.9, math.nan)])]], "loss", smoothing=0)
    assert rows.value == [1.0]
    assert window(Rows(), "step").right > window(Rows(), "step").left, "even nothing has a panel"


# --- the specification ---


def named(spec: dict[str, Any], channel: str) -> dict[str, Any]:
    """What each line has of a channel."""
    scales = [layer["encoding"][channel]["scale"] for layer in spec["layer"] if channel in layer["encoding"]]
    return dict(zip(scales[0]["domain"], map(str, scales[0]["range"]), strict=True))


def test_ten_compared_runs_are_told_apart_without_their_colours() -> None:
    styles = line_styles.compared([f"run {number}" for number in range(10)])
    spec = panel_spec.spec("loss", styles, "step")
    shapes, dashes = named(spec, "shape"), named(spec, "strokeDash")
    assert len({shapes[validation_of(number)] for number in range(10)}) == 10
    assert len({dashes[training_of(number)] for number in range(10)}) == 10
    assert len(set(named(spec, "color").values())) == 10


def test_name_of_a_run_is_text_wherever_it_stands() -> None:
    name = "\"> <script>alert(1)</script> \\ '); datum"
    spec = panel_spec.spec("loss", line_styles.compared([name, "b"]), "step")
    (figures,) = [
        part["calculate"] for layer in spec["layer"] for part in layer.get("transform", ()) if "calculate" in part
    ]
    found = re.search(r"\((\{.*?\})\)\[datum\.line\]$", figures)
    assert found
    assert json.loads(found[1])[validation_of(0)].startswith(name)
