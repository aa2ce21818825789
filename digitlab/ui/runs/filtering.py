"""The filter over the table of runs: words, and conditions as `run:3 state:finished acc>0.99`."""

import re
from collections.abc import Callable

from digitlab.errors import DigitLabError
from digitlab.runs.trainings import Training
from digitlab.training.config import TrainingConfig
from digitlab.ui.shared.setting_text import STATES

_TEXTS: dict[str, Callable[[Training], tuple[str, ...]]] = {
    "run": lambda one: (one.key,) if one.run else (),
    "name": lambda one: (one.name,),
    "state": lambda one: (one.state, str(STATES[one.state])),
    "recipe": lambda one: (one.recipe,),
    "tag": lambda one: one.tags,
    "note": lambda one: (one.note,),
}
_FIGURES: dict[str, Callable[[Training], float | None]] = {
    "run": lambda one: float(one.key) if one.run else None,
    "acc": lambda one: one.test_accuracy,
    "val": lambda one: one.best_validation,
    "parameters": lambda one: one.parameters,
    "minutes": lambda one: None if one.seconds is None else one.seconds / 60,
}
_SETTINGS: dict[str, Callable[[TrainingConfig], float]] = {
    "epochs": lambda config: config.epochs,
    "batch": lambda config: config.batch_size,
    "rate": lambda config: config.learning_rate,
    "digits": lambda config: config.digits,
    "seed": lambda config: config.seed,
}
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
}
_TEXT = re.compile(rf"({'|'.join(_TEXTS)}):(.+)")
_FIGURE = re.compile(rf"({'|'.join([*_FIGURES, *_SETTINGS])})(>=|<=|>|<|=)(\d*\.?\d+(?:e-?\d+)?)(%?)")
_EXACT = ("run", "state")  # a part of these is not enough


def passes(training: Training, text: str) -> bool:
    """Whether a training has all that the text asks for.

    A word stands in one of the texts of the training. `KEY:VALUE` stands in that text, or is the run's number or state;
    several values have commas between them. `FIGURE>VALUE` (`<`, `>=`, `<=`, `=`) compares; `acc>99%` is `acc>0.99`.
    What is none of these is a word.
    """
    return all(_passes(training, word) for word in text.lower().split())


def _passes(training: Training, word: str) -> bool:
    if found := _TEXT.fullmatch(word):
        key, values = found[1], found[2].split(",")
        there = [one.lower() for one in _TEXTS[key](training)]
        return any(value == one if key in _EXACT else value in one for one in there for value in values if value)
    if found := _FIGURE.fullmatch(word):
        name, sign, number, percent = found.groups()
        value = _figure(training, name)
        return value is not None and _COMPARED[sign](value, float(number) / (100 if percent else 1))
    return word in " ".join(one for texts in _TEXTS.values() for one in (training.key, *texts(training))).lower()


def _figure(training: Training, name: str) -> float | None:
    if name in _FIGURES:
        return _FIGURES[name](training)
    config = _config(training)
    return None if config is None else _SETTINGS[name](config)


def _config(training: Training) -> TrainingConfig | None:
    """The settings; None where they cannot be read."""
    try:
        return training.config()
    except DigitLabError:
        return None
