"""The settings as options of the command line, made from their tables."""

import argparse
import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

from digitlab.data import pen_digits
from digitlab.data.augmentation import AMOUNTS, Augmentation, differences
from digitlab.data.pen_digits import PenDigits
from digitlab.errors import InputError
from digitlab.networks import zoo
from digitlab.training.config import TrainingConfig
from digitlab.training.recipes import Recipe
from digitlab.training.setting import Setting
from digitlab.training.settings import SETTINGS
from digitlab.words import Message, _, message

# The options for pen digits: the type and the help of each.
PEN: dict[str, tuple[Any, Message]] = {
    "copies": (
        int,
        message("variations of each pen digit in an epoch (default: {copies})", copies=pen_digits.COPIES),
    ),
    "coarse": (
        float,
        message("share sampled as coarsely as by old tablets, 0 to 1 (default: {share})", share=pen_digits.COARSE),
    ),
    "folds": (int, message("divide the writers into this many groups and leave one out (default: 0, none)")),
    "fold": (int, message("number of the group that is left out, from 0 (default: 0)")),
}
_PEN_DEFAULTS = {field.name: field.default for field in fields(PenDigits)}


def add_to(parser: argparse.ArgumentParser) -> None:
    """Give a parser an option for each setting, and those of pen digits; what is not given is None."""
    add_settings_to(parser)
    pen = parser.add_argument_group(_("pen digits"), _("digits that people drew, beside MNIST's"))
    pen.add_argument("--strokes", type=Path, metavar="STROKES.npz", help=_("docs/strokes-format.md describes the file"))
    for name, (kind, text) in PEN.items():
        metavar = "X" if kind is float else "N"
        pen.add_argument(_option(name), dest=f"pen_{name}", type=kind, metavar=metavar, help=_escaped(str(text)))


def add_settings_to(parser: argparse.ArgumentParser) -> None:
    """Give a parser an option for each setting alone."""
    settings = parser.add_argument_group(_("settings"), _("all others are the recipe's"))
    for setting in SETTINGS.values():
        text = _within(setting.help)
        if setting.kind == "yes-no":
            settings.add_argument(
                _option(setting.name), dest=setting.name, action=argparse.BooleanOptionalAction, help=text
            )
            continue
        more: dict[str, Any] = {"nargs": "*"} if setting.kind == "names" else {}
        settings.add_argument(
            _option(setting.name),
            dest=setting.name,
            metavar=_placeholder(setting),
            help=text,
            **more,
        )
    augmentation = parser.add_argument_group(_("augmentation"), _("how far training digits are varied"))
    for name, amount in AMOUNTS.items():
        text = _("{amount}; {low} to {high}", amount=amount.help, low=f"{amount.low:g}", high=f"{amount.high:g}")
        augmentation.add_argument(_option(name), dest=name, metavar="X", help=_escaped(text))


def changed(config: TrainingConfig, chosen: argparse.Namespace) -> TrainingConfig:
    """A configuration with the options that were given in the place of its own.

    Raises:
        InputError: a value cannot be read or is out of range, or the stroke file cannot be used. One that can be
            is kept for the run.
        ModelError: there is no model to start from with this name.
    """
    given = {name: value for name, value in vars(chosen).items() if value is not None}
    settings = {name: _read(setting, given[name]) for name, setting in SETTINGS.items() if name in given}
    if settings.get("start_model"):
        settings["start_model"] = zoo.find(settings["start_model"]).hash  # a name may mean another model tomorrow
    if varied := {name: amount.parse(given[name]) for name, amount in AMOUNTS.items() if name in given}:
        settings["augmentation"] = varied
    pen = {name: getattr(chosen, f"pen_{name}") for name in PEN if getattr(chosen, f"pen_{name}") is not None}
    if chosen.strokes is not None:
        settings["strokes"] = pen_digits.keep(chosen.strokes, **pen)
    elif pen:
        raise InputError(
            message("{option} is for pen digits and needs their file: `--strokes FILE`.", option=_option(min(pen)))
        )
    return config.with_changes(**settings)


def command(recipe: Recipe, config: TrainingConfig) -> str:
    """What trains a recipe with these settings on the command line; "" where options cannot say it."""
    if config.drawings or (config.network, config.exposure) != (recipe.config.network, recipe.config.exposure):
        return ""
    words = ["python", "-m", "digitlab", "train", recipe.name]
    names = [name for name in SETTINGS if getattr(config, name) != getattr(recipe.config, name)]
    if "epochs" in names and "steps" not in names and config.steps is not None:
        names.append("steps")  # else the epochs would take their place
    for name in names:
        setting, value = SETTINGS[name], getattr(config, name)
        if setting.kind == "yes-no":
            words.append(_option(name) if value else f"--no-{_option(name)[2:]}")
        else:
            words += [_option(name), *(value if setting.kind == "names" else [setting.write(value)])]
    if config.augmentation is None and recipe.config.augmentation is not None:
        return ""
    for name, amount in differences(config.augmentation or Augmentation(), recipe.config.augmentation).items():
        words += [_option(name), Setting.write(amount)]
    if config.strokes:
        words += ["--strokes", "STROKES.npz"]  # wherever that file is: its hash stands in the card
        for name in PEN:
            value = getattr(config.strokes, name)
            words += [] if value == _PEN_DEFAULTS[name] else [_option(name), str(value)]
    return shlex.join(words)


def _read(setting: Setting, given: Any) -> Any:
    """The value of an option as argparse has it: text, a list of texts for names, or true and false for a flag."""
    if setting.kind == "yes-no":
        return given
    return setting.parse(",".join(given) if setting.kind == "names" else given)


def _within(sentence: Message) -> str:
    """A sentence as argparse's help has it: no capital letter, no full stop."""
    text = str(sentence)
    return _escaped(f"{text[0].lower()}{text[1:].rstrip('.。')}")


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _placeholder(setting: Setting) -> str:
    if setting.kind == "choice":
        return "|".join(setting.choices)
    return {"whole": "N", "number": "X", "names": "LAYER"}.get(setting.kind, "MODEL")
