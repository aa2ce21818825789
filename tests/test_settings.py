"""Changing a configuration, and its settings as text."""

import argparse
import shlex
from dataclasses import replace
from typing import Any

import pytest

from digitlab.data.augmentation import AMOUNTS, Augmentation, differences
from digitlab.errors import InputError
from digitlab.networks.graph import Network
from digitlab.networks.layers import Dense, Flatten
from digitlab.training import options
from digitlab.training.config import TrainingConfig
from digitlab.training.recipes import RECIPES
from digitlab.training.setting import Setting
from digitlab.training.settings import HELD_OUT, SETTINGS

CONFIG = TrainingConfig(network=Network((Flatten(), Dense(units=10))))
HELD = replace(CONFIG, validation="last", validation_size=700)


def test_epochs_take_the_place_of_steps_unless_both_are_given() -> None:
    in_steps = replace(CONFIG, steps=20_000)
    assert in_steps.with_changes(epochs=3) == replace(CONFIG, epochs=3)
    assert in_steps.with_changes(epochs=3, steps=5).steps == 5
    assert in_steps.with_changes(seed=3).steps == 20_000


@pytest.mark.parametrize(
    ("before", "changes", "size"),
    [
        (HELD, {"validation": "none"}, 0),
        (HELD, {"validation": "test"}, 0),
        (HELD, {"validation": "first"}, 700),
        (HELD, {"validation": "first", "validation_size": 800}, 800),
        (HELD, {"validation_size": 800}, 800),
        (HELD, {"epochs": 2}, 700),
        (CONFIG, {"validation": "last"}, HELD_OUT),
        (CONFIG, {"validation": "last", "validation_size": 20}, 20),
    ],
)
def test_the_validation_size_follows_the_validation(before: TrainingConfig, changes: dict[str, Any], size: int) -> None:
    made = before.with_changes(**changes)
    assert made.validation_size == size
    assert made == replace(before, **changes | {"validation_size": size})


def test_a_size_that_the_validation_cannot_have_is_refused() -> None:
    with pytest.raises(InputError, match="validation size is 5, but no training digits are held out"):
        HELD.with_changes(validation="test", validation_size=5)
    with pytest.raises(InputError, match="validation size from 1 to 30,000, not 0"):
        CONFIG.with_changes(validation="last", validation_size=0)


def test_amounts_of_the_augmentation_change_one_by_one_or_all_at_once() -> None:
    rotated = CONFIG.with_changes(augmentation={"rotation": 5})
    assert rotated.augmentation == Augmentation(rotation=5)
    assert rotated.with_changes(augmentation={"shift": 2}).augmentation == Augmentation(rotation=5, shift=2)
    assert rotated.with_changes(augmentation=Augmentation(shift=2)).augmentation == Augmentation(shift=2)
    assert rotated.with_changes(augmentation=None) == CONFIG


def test_a_change_that_is_no_setting_is_named() -> None:
    with pytest.raises(InputError, match="no setting “colour”"):
        CONFIG.with_changes(colour="red")
    with pytest.raises(InputError, match="no setting “swirl”"):
        CONFIG.with_changes(augmentation={"swirl": 1})


# --- as text ---


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("epochs", 3, "3"),
        ("learning_rate", 0.001, "0.001"),
        ("learning_rate", 1e-07, "1e-07"),
        ("learning_rate", 0.1 + 0.2, "0.30000000000000004"),
        ("learning_rate", 10.0, "10"),
        ("steps", None, "none"),
        ("schedule", "one-cycle", "one-cycle"),
        ("nesterov", True, "yes"),
        ("nesterov", False, "no"),
        ("frozen", ("conv_1", "conv_2"), "conv_1,conv_2"),
        ("frozen", (), ""),
        ("start_model", "", ""),
        ("epochs", 0, "0"),
    ],
)
def test_a_value_is_written_as_the_text_that_gives_it_back(name: str, value: Any, text: str) -> None:
    assert Setting.write(value) == text
    parsed = SETTINGS[name].parse(text)
    assert (parsed, type(parsed)) == (value, type(value))


def test_every_setting_of_every_recipe_survives_as_text() -> None:
    for recipe in RECIPES.values():
        for name, setting in SETTINGS.items():
            value = getattr(recipe.config, name)
            assert setting.parse(setting.write(value)) == value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("epochs", "2.5", "Epochs must be a whole number from 1 to 1,000, not “2.5”."),
        ("epochs", "none", "Epochs must be a whole number from 1 to 1,000, not “none”."),
        ("learning_rate", "inf", "Learning rate must be a number from 1e-07 to 10, not “inf”."),
        ("learning_rate", "", "Learning rate must be a number from 1e-07 to 10, not “”."),
        ("loss", "hinge", "Loss function must be one of categorical, sparse, not “hinge”."),
        ("keep_best", "True", "Keep best weights must be yes or no, not “True”."),
    ],
)
def test_a_text_that_says_no_value_is_refused_by_name_text_and_range(name: str, text: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        SETTINGS[name].parse(text)
    assert str(refused.value) == said


def test_an_amount_that_is_no_number_is_refused_by_name_text_and_range() -> None:
    assert AMOUNTS["rotation"].parse("7.5") == 7.5
    for text in ("far", "nan", ""):
        with pytest.raises(InputError, match=f"Rotation must be a number from 0 to 45; it is '{text}'"):
            AMOUNTS["rotation"].parse(text)


def test_differences_of_an_augmentation_are_those_amounts_that_are_not_the_defaults() -> None:
    assert differences(Augmentation()) == {}
    assert differences(Augmentation(rotation=5, scan_strength=0)) == {"rotation": 5, "scan_strength": 0}
    assert differences({"rotation": 90.0, "shift": 0.0}) == {"rotation": 90.0}
    assert differences(Augmentation(shift=1), Augmentation(rotation=5, shift=1)) == {"rotation": 0.0}


# --- on the command line ---


def parsed(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    options.add_to(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"epochs": 3},
        {"epochs": 3, "steps": 900},
        {"steps": None},
        {"epochs": 3, "train_size": 1000, "learning_rate": 0.1 + 0.2},
        {"keep_best": False, "patience": 0, "optimizer": "sgd", "nesterov": True},
        {"frozen": ("conv_1",), "augmentation": {"rotation": 5, "scan_strength": 0.5}},
        {"validation": "none", "patience": 0, "keep_best": False},
        {"weights_seed": 7},
    ],
)
def test_the_command_of_a_configuration_makes_the_same_configuration(changes: dict[str, Any]) -> None:
    base = RECIPES["two-conv-64-dropout"]
    recipe = replace(base, config=replace(base.config, steps=900, patience=2, keep_best=True, weights_seed=3))
    config = recipe.config.with_changes(**changes)
    words = shlex.split(options.command(recipe, config))
    assert words[:5] == ["python", "-m", "digitlab", "train", recipe.name]
    assert options.changed(recipe.config, parsed(words[5:])) == config


def test_a_value_that_cannot_be_read_is_said_in_a_sentence() -> None:
    with pytest.raises(InputError, match="Epochs must be a whole number from 1 to 1,000, not “x”"):
        options.changed(CONFIG, parsed(["--epochs", "x"]))
    with pytest.raises(InputError, match="Rotation must be a number from 0 to 45; it is 'x'"):
        options.changed(CONFIG, parsed(["--rotation", "x"]))
