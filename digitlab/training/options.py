"""The settings as options of the command line, made from their tables."""

import argparse
import shlex
from dataclasses import fields, replace
from typing import Any

from digitlab.data.augmentation import AMOUNTS, Augmentation
from digitlab.networks import zoo
from digitlab.training.config import TrainingConfig
from digitlab.training.recipes import Recipe
from digitlab.training.settings import SETTINGS, Setting

_TYPES: dict[str, Any] = {"whole": int, "number": float, "names": str, "choice": str, "text": str}


def add_to(parser: argparse.ArgumentParser) -> None:
    """Give a parser an option for each setting; what is not given is None."""
    settings = parser.add_argument_group("settings", "what is not given is as in the recipe")
    for setting in SETTINGS.values():
        text = f"{setting.help[0].lower()}{setting.help[1:-1]}".replace("%", "%%")
        if setting.kind == "yes-no":
            settings.add_argument(
                _option(setting.name), dest=setting.name, action=argparse.BooleanOptionalAction, help=text
            )
            continue
        more: dict[str, Any] = {"nargs": "*"} if setting.kind == "names" else {}
        settings.add_argument(
            _option(setting.name),
            dest=setting.name,
            type=_TYPES[setting.kind],
            metavar=_placeholder(setting),
            help=text,
            **more,
        )
    augmentation = parser.add_argument_group("augmentation", "how far training digits are varied")
    for name, amount in AMOUNTS.items():
        text = f"{amount.help}; {amount.low:g} to {amount.high:g}"
        augmentation.add_argument(_option(name), dest=name, type=float, metavar="X", help=text)


def changed(config: TrainingConfig, chosen: argparse.Namespace) -> TrainingConfig:
    """A configuration with the options that were given in the place of its own.

    Raises:
        InputError: a value is out of range.
        ModelError: there is no model to start from with this name.
    """
    settings: dict[str, Any] = {name: getattr(chosen, name) for name in SETTINGS if getattr(chosen, name) is not None}
    if settings.get("start_model"):
        settings["start_model"] = zoo.find(settings["start_model"]).hash  # a name may mean another model tomorrow
    if "frozen" in settings:
        settings["frozen"] = tuple(settings["frozen"])
    if settings.get("validation") in ("none", "test"):
        settings.setdefault("validation_size", 0)
    if "epochs" in settings:
        settings.setdefault("steps", None)
    varied = {name: getattr(chosen, name) for name in AMOUNTS if getattr(chosen, name) is not None}
    if varied:
        settings["augmentation"] = replace(config.augmentation or Augmentation(), **varied)
    return replace(config, **settings)


def command(recipe: Recipe, config: TrainingConfig) -> str:
    """What trains a recipe with these settings on the command line; "" where options cannot say it."""
    if config.drawings or (config.network, config.exposure) != (recipe.config.network, recipe.config.exposure):
        return ""
    words = ["python", "-m", "digitlab", "train", recipe.name]
    for name, setting in SETTINGS.items():
        value, before = getattr(config, name), getattr(recipe.config, name)
        if value == before or (name == "steps" and value is None):
            continue
        if value is None:
            return ""
        if setting.kind == "yes-no":
            words.append(_option(name) if value else f"--no-{_option(name)[2:]}")
        else:
            words += [_option(name), *(value if setting.kind == "names" else [str(value)])]
    if config.steps is None and recipe.config.steps is not None and config.epochs == recipe.config.epochs:
        words += ["--epochs", str(config.epochs)]
    new, old = config.augmentation or Augmentation(), recipe.config.augmentation or Augmentation()
    if config.augmentation is None and recipe.config.augmentation is not None:
        return ""
    for field in fields(Augmentation):
        if getattr(new, field.name) != getattr(old, field.name):
            words += [_option(field.name), str(getattr(new, field.name))]
    return shlex.join(words)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _placeholder(setting: Setting) -> str:
    if setting.kind == "choice":
        return "|".join(setting.choices)
    return {"whole": "N", "number": "X", "names": "LAYER"}.get(setting.kind, "MODEL")
