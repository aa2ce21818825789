import time
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from digitlab.data import nondigits
from digitlab.data.augmentation import Augmentation
from digitlab.data.mnist import Mnist
from digitlab.errors import InputError
from digitlab.networks import zoo
from digitlab.networks.graph import Network
from digitlab.networks.layers import Dense, Flatten
from digitlab.networks.predictor import energies
from digitlab.training.batches import batches, split
from digitlab.training.best import best_epoch
from digitlab.training.calibration import best_temperature
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Checkpoint, Epoch, Evaluated, Failed, Finished, Started, Step, Stop
from digitlab.training.exposure import Exposure
from digitlab.training.loop import evaluate, train
from digitlab.training.recipes import RECIPES, find
from digitlab.training.script import can_be_written, script
from digitlab.training.settings import SETTINGS
from digitlab.training.start import first_model, fitting_layers
from tests.slow import quick

TUTORIALS = [recipe for recipe in RECIPES.values() if recipe.article]
SMALL = TrainingConfig(network=Network((Flatten(), Dense(units=10))), batch_size=500, epochs=2, validation="none")


def end(config: TrainingConfig) -> Finished:
    finished = list(train(config))[-1]
    assert isinstance(finished, Finished)
    return finished


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("two-conv-128", 225_034),
        ("two-conv-128-dropout", 225_034),
        ("two-conv-64-logits", 121_930),
        ("two-conv-64-dropout", 121_930),
        ("five-by-five-1024", 3_274_634),
    ],
)
def test_each_tutorials_network_has_the_parameters_it_should(name: str, parameters: int) -> None:
    assert find(name).network.parameters == parameters
    assert find(name).network.build().count_params() == parameters


def test_an_unknown_recipe_is_named_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"no recipe “alexnet”\. Recipes: pen, two-conv-128,"):
        find("alexnet")


def test_a_run_tells_all_that_happens_in_order_and_learns() -> None:
    events = list(train(SMALL))
    assert isinstance(events[0], Started)
    assert events[0].steps == 240
    steps = [event for event in events if isinstance(event, Step)]
    assert [step.step for step in steps] == list(range(10, 241, 10))
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert [epoch.step for epoch in epochs] == [120, 240]
    assert epochs[1].loss < epochs[0].loss
    assert isinstance(events[-2], Evaluated)
    assert events[-2].accuracy > 0.85
    assert isinstance(events[-1], Finished)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    config = replace(RECIPES["two-conv-64-dropout"].config, steps=12)
    first, second = end(config).model.get_weights(), end(config).model.get_weights()
    other = end(replace(config, seed=1)).model.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_the_last_batch_of_an_epoch_may_be_small() -> None:
    config = replace(SMALL, batch_size=4096, epochs=1, validation="last", validation_size=6000)
    events = list(train(config))
    epoch = next(event for event in events if isinstance(event, Epoch))
    assert epoch.step == config.steps_per_epoch == 14
    assert epoch.val_accuracy is not None


def test_each_digit_of_an_epoch_counts_the_same() -> None:
    events = list(train(replace(SMALL, train_size=100, batch_size=64, epochs=1, log_every=1)))
    first, last = (event for event in events if isinstance(event, Step))
    epoch = next(event for event in events if isinstance(event, Epoch))
    assert epoch.loss == pytest.approx((64 * first.loss + 36 * last.loss) / 100)
    assert epoch.accuracy == pytest.approx((64 * first.accuracy + 36 * last.accuracy) / 100)


def test_a_digit_is_varied_anew_each_time() -> None:
    config = replace(SMALL, train_size=32, batch_size=4, epochs=2, log_every=2, augmentation=Augmentation(rotation=20))
    seven = np.zeros((28, 28), np.uint8)
    seven[6:9, 8:20] = seven[6:22, 16:19] = 255
    found = batches(config, np.stack([seven] * 32), np.full(32, 7, np.uint8), 0)
    pictures = [picture.tobytes() for batch in found for picture in batch.images.reshape(-1, 28, 28)]
    assert len(set(pictures)) == len(pictures) == 64


def test_a_digit_that_is_drawn_anew_stays_itself(digits: Mnist) -> None:
    config = replace(SMALL, train_size=100, batch_size=50, epochs=1, augmentation=Augmentation(redraw=1, untouched=0))
    images, labels = digits.x_train[:100], digits.y_train[:100]
    flat = images.reshape(100, -1) / np.linalg.norm(images.reshape(100, -1).astype(np.float32), axis=1, keepdims=True)
    as_the_nearest = [
        labels[(flat @ picture.ravel()).argmax()] == label
        for batch in batches(config, images, labels, 0)
        for picture, label in zip(batch.images.reshape(-1, 28, 28), batch.labels.reshape(-1), strict=True)
    ]
    assert np.mean(as_the_nearest) > 0.9


def test_the_time_in_which_a_checkpoint_is_written_is_not_time_of_training() -> None:
    begun, away = time.perf_counter(), 0.0
    for event in train(SMALL):
        if isinstance(event, Checkpoint):
            assert 0 < event.state.epoch_seconds <= event.state.seconds <= time.perf_counter() - begun - away
            time.sleep(0.2)
            away += 0.2
        elif isinstance(event, Finished):
            assert away
            assert event.seconds <= time.perf_counter() - begun - away


def test_stop_ends_the_run_and_keeps_the_weights() -> None:
    events = list(train(SMALL, lambda step: [Stop()] if step == 20 else []))
    assert isinstance(events[-1], Finished)
    assert events[-1].stopped
    assert events[-1].steps == 20


def test_a_diverging_run_fails_with_a_sentence() -> None:
    network = Network((Flatten(), Dense(units=10, initial_stddev=1e30), Dense(units=10, initial_stddev=1e30)))
    last = list(train(replace(SMALL, network=network, steps=20)))[-1]
    assert isinstance(last, Failed)
    assert "lower learning rate" in str(last.reason)


def test_averaged_weights_replace_the_last_ones() -> None:
    config = replace(SMALL, steps=30)
    plain, averaged = end(config), end(replace(config, weight_average=0.9))
    assert not np.allclose(plain.model.get_weights()[0], averaged.model.get_weights()[0], atol=1e-5)


def test_one_cycle_rises_to_its_peak_and_falls_to_nought() -> None:
    config = replace(SMALL, schedule="one-cycle", steps=100)
    rates = [config.rate_at(step) for step in range(100)]
    assert rates.index(max(rates)) == 15
    assert max(rates) == pytest.approx(config.learning_rate)
    assert rates[-1] < 0.001 * config.learning_rate


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("optimizer", "adagrad", "Optimizer must be one of adam, adamw, sgd, rmsprop, not “adagrad”"),
        ("nesterov", 1, "Nesterov momentum must be yes or no, not “1”"),
        ("train_size", 60_001, "Training digits must be a whole number from 10 to 60,000"),
        ("start_model", "../pen", "Start model must be empty or 12 to 64 characters of a model's hash"),
        ("frozen", ("conv_1",), "no layer “conv_1” with weights to freeze. Layers with weights: dense_1"),
        ("frozen", ("dense_1",), "Leave at least one to be trained"),
        ("patience", 2, "Patience needs the first or last training digits for validation"),
        ("keep_best", True, "Keeping the best weights needs the first or last"),
        ("batch_size", 0, "Batch size must be a whole number from 1 to 4,096, not “0”"),
        ("batch_size", 2.5, "Batch size"),
        ("batch_size", 10**400, "Batch size must be a whole number"),
        ("learning_rate", float("inf"), "Learning rate must be a number"),
        ("epochs", 1001, "Epochs must be a whole number from 1 to 1,000"),
        ("learning_rate", float("nan"), "Learning rate must be a number"),
        ("learning_rate", -1, "Learning rate must be a number"),
        ("loss", "hinge", "Loss function must be one of categorical, sparse"),
        ("seed", True, "seed"),
        ("label_smoothing", 0.6, "Label smoothing"),
        ("steps", 0, "Steps"),
        ("validation", "all", "Validation"),
        ("validation_size", 5, "validation size"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name_value_and_range(setting: str, value: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        replace(SMALL, **{setting: value})


def test_every_setting_is_in_the_table_and_every_default_in_its_range() -> None:
    assert {*SETTINGS, "network", "augmentation", "exposure", "drawings", "strokes"} == {
        field.name for field in fields(TrainingConfig)
    }
    assert all(str(setting.help).endswith(".") and str(setting.help).count(".") == 1 for setting in SETTINGS.values())


def test_no_more_training_digits_than_are_left() -> None:
    with pytest.raises(
        InputError, match="at most 55,000 training digits, because 5,000 are held out; 56,000 are too many"
    ):
        replace(SMALL, validation="last", validation_size=5000, train_size=56_000)


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", [1.0] * 6),
        ("cosine", [1.0, 0.933, 0.75, 0.5, 0.25, 0.067]),
        ("step", [1.0, 1.0, 1.0, 1.0, 0.5, 0.5]),
    ],
)
def test_the_rate_follows_its_schedule(schedule: Any, rates: list[float]) -> None:
    config = replace(SMALL, batch_size=5, train_size=10, epochs=3, schedule=schedule, learning_rate=1.0, step_every=2)
    assert [config.rate_at(step) for step in range(6)] == pytest.approx(rates, abs=1e-3)


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "adamw", "learning_rate": 0.005},
        {"optimizer": "sgd", "learning_rate": 0.1, "nesterov": True},
        {"optimizer": "rmsprop"},
        {"l2": 1e-3},
    ],
    ids=str,
)
def test_each_optimizer_and_the_penalty_learn(settings: dict[str, Any]) -> None:
    evaluated = list(train(replace(SMALL, train_size=5000, batch_size=100, **settings)))[-2]
    assert isinstance(evaluated, Evaluated)
    assert evaluated.accuracy > 0.8


def test_rows_of_the_curves_divide_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    a_step = SMALL.batch_size * SMALL.network.multiply_adds
    monkeypatch.setattr("digitlab.training.config._ROW", 7.5 * a_step)
    assert [replace(SMALL, log_every=every).row_every for every in (1, 7, 10, 12, 13)] == [1, 7, 5, 6, 1]


@pytest.mark.parametrize(
    ("settings", "change"),
    [
        ({"optimizer": "sgd"}, {"nesterov": True}),
        ({"optimizer": "sgd"}, {"momentum": 0.5}),
        ({"optimizer": "adamw"}, {"weight_decay": 0.5}),
        ({"optimizer": "adamw"}, {"second_moment": 0.9}),
        ({"optimizer": "adam"}, {"second_moment": 0.9}),
    ],
    ids=str,
)
def test_each_setting_of_an_optimizer_counts(settings: dict[str, Any], change: dict[str, Any]) -> None:
    config = replace(SMALL, steps=3, **settings)
    one, other = (end(changed).model.get_weights()[0] for changed in (config, replace(config, **change)))
    assert not np.array_equal(one, other)


def test_an_l2_penalty_makes_weights_smaller() -> None:
    config = replace(SMALL, steps=60)
    plain, penalised = (np.square(end(one).model.get_weights()[0]).sum() for one in (config, replace(config, l2=0.05)))
    assert penalised < 0.5 * plain


def test_the_best_weights_are_kept_and_training_ends_when_no_better_epoch_comes(digits: Mnist) -> None:
    # At this rate the accuracy jumps up and down, so that the best epoch is not the last.
    config = replace(
        SMALL, epochs=30, learning_rate=0.5, train_size=500, validation="last", validation_size=2000, patience=3
    )
    for keeps in (False, True):
        events = list(train(replace(config, keep_best=keeps)))
        finished = events[-1]
        assert isinstance(finished, Finished)
        assert finished.ended_early
        epochs = [event for event in events if isinstance(event, Epoch)]
        best = best_epoch(epochs)
        assert best is not None
        assert len(epochs) == best.epoch + 3 < 30
        kept = evaluate(finished.model, config, digits.x_train[-2000:], digits.y_train[-2000:])
        shown = best if keeps else epochs[-1]
        assert finished.kept_epoch == (best.epoch if keeps else None)
        assert kept == pytest.approx((shown.val_loss, shown.val_accuracy))


def test_runs_with_one_seed_of_the_weights_begin_alike_whatever_their_seed() -> None:
    one, two = (first_model(replace(SMALL, seed=seed, weights_seed=7)) for seed in (1, 2))
    plain = first_model(replace(SMALL, seed=7))
    for a, b, c in zip(one.get_weights(), two.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a, c)


def test_a_run_begins_with_a_models_fitting_layers_and_leaves_frozen_ones_as_they_are() -> None:
    trained = zoo.find("two-conv-64-dropout")
    layers = RECIPES["two-conv-64-dropout"].network.layers
    network = Network((*layers[:-1], Dense(name="digits", units=10)))
    assert fitting_layers(network, trained) == ["conv_1", "conv_2", "dense_1"]
    config = replace(SMALL, network=network, start_model=trained.hash, frozen=("conv_1", "dense_1"), steps=3)
    model, before = end(config).model, zoo.open_weights(trained)
    for name in ("conv_1", "conv_2", "dense_1"):
        ours, theirs = (found.get_layer(name).get_weights()[0] for found in (model, before))
        assert np.array_equal(ours, theirs) == (name in config.frozen)
        assert np.abs(ours - theirs).max() < 0.01
    with pytest.raises(InputError, match="No layer of two-conv-64-dropout has the name and shape"):
        fitting_layers(SMALL.network, trained)


def test_a_smaller_choice_of_digits_is_a_part_of_a_larger_one_whatever_the_seed(digits: Mnist) -> None:
    small = split(replace(SMALL, train_size=100, seed=1), digits).images
    large = split(replace(SMALL, train_size=300, seed=2), digits).images
    assert {image.tobytes() for image in small} <= {image.tobytes() for image in large}


@pytest.mark.parametrize(
    "recipe", quick(TUTORIALS, "two-conv-64-dropout", "five-by-five-1024"), ids=lambda recipe: recipe.name
)
def test_the_shown_script_trains_the_very_same_network(
    recipe: Any, digits: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    arrays = ((digits.x_train, digits.y_train), (digits.x_test, digits.y_test))
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: arrays)  # it would fetch the same digits
    config = replace(recipe.config, steps=4)
    text = script(config, recipe.article)
    names: dict[str, Any] = {}
    exec(compile(text, "script", "exec"), names)
    keras.utils.set_random_seed(config.seed)
    fresh = config.network.build().get_weights()
    for before, shown, ours in zip(fresh, names["model"].get_weights(), end(config).model.get_weights(), strict=True):
        # Adam's first steps follow a gradient's sign, so that single weights with next to none may differ by rounding.
        assert np.abs(shown - ours).mean() < 0.02 * np.abs(ours - before).mean()


def test_a_run_with_everything_on_learns_and_can_be_repeated(digits: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nondigits, "TEACHING", dict.fromkeys(nondigits.KINDS_CHOOSING, 10))  # thousands take a minute
    config = TrainingConfig(
        network=Network((Flatten(), Dense(units=10))),
        batch_size=250,
        steps=150,
        validation="last",
        validation_size=5000,
        label_smoothing=0.05,
        weight_average=0.9,
        schedule="one-cycle",
        learning_rate=0.01,
        precision="bfloat16",
        augmentation=Augmentation(rotation=10, thickness=0.3),
        exposure=Exposure(share=0.1, weight=0.05, digit_energy=-6, other_energy=-3, answered=0.95),
        calibrated=True,
    )
    events = list(train(config))
    assert isinstance(events[-2], Evaluated)
    assert events[-2].accuracy > 0.8
    assert isinstance(events[-1], Finished)
    images, labels = digits.x_train[-5000:].astype(np.float32) / np.float32(255), digits.y_train[-5000:]
    logits = events[-1].model(images[..., None]).numpy()
    assert best_temperature(logits, labels) == pytest.approx(1, abs=0.02)
    assert events[-1].threshold is not None
    assert (energies(logits) <= events[-1].threshold).mean() == pytest.approx(0.95, abs=1e-3)
    assert list(train(config))[-2] == events[-2]


def test_a_run_that_gives_up_drawing_anew_begins_with_drawn_digits_and_ends_with_scans(digits: Mnist) -> None:
    images, labels = digits.x_train[:1000], digits.y_train[:1000]
    scans = {(image / np.float32(255)).tobytes() for image in images}
    config = TrainingConfig(
        network=Network((Flatten(), Dense(units=10))),
        batch_size=100,
        train_size=1000,
        epochs=10,
        augmentation=Augmentation(redraw=1, fade=1, untouched=1),
    )
    pictures = [batch.images.reshape(-1, 28, 28) for batch in batches(config, images, labels, 0)]
    kept = [np.mean([picture.tobytes() in scans for picture in some]) for some in (pictures[0], pictures[-1])]
    assert kept[0] == 0
    assert kept[1] == pytest.approx(0.9, abs=0.05)  # a call makes ten batches: all of the last epoch


def test_a_temperature_makes_confidence_match_accuracy() -> None:
    rng = np.random.default_rng(5)
    logits = rng.normal(size=(4000, 10)).astype(np.float32)
    chance = np.exp(logits.astype(float))
    labels = np.array([rng.choice(10, p=row / row.sum()) for row in chance], np.uint8)
    assert best_temperature(logits * 3, labels) == pytest.approx(3, rel=0.1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"exposure": {"share": 0.0}}, "share of non-digits must be a number from 0.01 to 1, not “0.0”"),
        ({"exposure": {"answered": 1.1}}, "share of answered digits"),
        ({"exposure": {"digit_energy": 0.0, "other_energy": -1.0}}, "must be below"),
    ],
)
def test_an_exposure_out_of_range_is_refused(changes: dict[str, Any], said: str) -> None:
    settings = {"share": 0.1, "weight": 0.1, "digit_energy": -8.0, "other_energy": -3.0, "answered": 0.99}
    with pytest.raises(InputError, match=said):
        Exposure(**settings | changes["exposure"])


def test_calibration_needs_logits_and_held_out_digits() -> None:
    with pytest.raises(InputError, match="first or last training digits"):
        replace(SMALL, calibrated=True)
    softmax = Network((Flatten(), Dense(units=10, activation="softmax")))
    with pytest.raises(InputError, match="without softmax"):
        replace(SMALL, network=softmax, calibrated=True)


def test_a_run_that_no_short_script_can_repeat_has_none() -> None:
    assert all(can_be_written(recipe.config) for recipe in TUTORIALS)
    assert not can_be_written(RECIPES["pen"].config)
