"""The tables of docs/reference.md, from the command line's parser and the tables of settings.

`python -m benchmarks.readme` writes them.
"""

import argparse
from collections.abc import Iterator

from digitlab.cli.arguments import parser
from digitlab.data.augmentation import AMOUNTS
from digitlab.training.setting import Setting
from digitlab.training.settings import SETTINGS

COMMON = {"--help", "--json", "--lang"}  # of every command
SETTING_OPTIONS = {f"--{name.replace('_', '-')}" for name in (*SETTINGS, *AMOUNTS)}


def commands() -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Each command of the command line: its name, what it does and its parser."""
    for action in parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                yield choice.dest, str(choice.help), action.choices[choice.dest]


def options(command: argparse.ArgumentParser) -> set[str]:
    """Every option of a command, the negative form of yes and no among them."""
    return {option for action in command._actions for option in action.option_strings if option.startswith("--")}


def command_tables() -> str:
    """A section a command with its arguments; the settings that `train` takes have tables of their own."""
    sections = []
    for name, purpose, command in commands():
        rows = [f"| `{_written(action)}` | {_help(command, action)} |" for action in _own_arguments(name, command)]
        table = ["", "| argument | meaning |", "|---|---|", *rows] if rows else []
        sections.append("\n".join([f"### `digitlab {name}`", "", f"{purpose[0].upper()}{purpose[1:]}.", *table]))
    return "\n\n".join(sections)


def _own_arguments(name: str, command: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    elsewhere = COMMON | SETTING_OPTIONS if name == "train" else COMMON
    return (action for action in command._actions if not elsewhere & {*action.option_strings})


def _written(action: argparse.Action) -> str:
    """An argument as somebody types it, with a placeholder for its value."""
    choices = "|".join(map(str, action.choices or ()))
    value = str(action.metavar or choices or action.dest.upper()).replace("|", r"\|")
    if action.option_strings:
        return action.option_strings[0] if action.nargs == 0 else f"{action.option_strings[0]} {value}"
    return f"{value} …" if action.nargs in ("+", "*") else value


def _help(command: argparse.ArgumentParser, action: argparse.Action) -> str:
    text = (action.help or "a name") % (vars(action) | {"prog": command.prog})
    return text.replace("(default: )", "").strip()


def setting_table() -> str:
    """Every setting of a run: its name, which is its parameter in the address, its option and its range."""
    rows = (
        f"| `{name}` | `--{name.replace('_', '-')}` | {_values(setting)} | {_matters(setting)} | {setting.help} |"
        for name, setting in SETTINGS.items()
    )
    return "\n".join(["| setting | option | values | matters with | meaning |", "|---|---|---|---|---|", *rows])


def _values(setting: Setting) -> str:
    match setting.kind:
        case "whole":
            text = f"{setting.low:,} to {setting.high:,}"
        case "number":
            text = f"{setting.low:g} to {setting.high:g}"
        case "choice":
            text = ", ".join(f"`{choice}`" for choice in setting.choices)
        case "yes-no":
            text = f"yes, or no: `--no-{setting.name.replace('_', '-')}`"
        case "names":
            text = "names of layers"
        case "text":
            text = "a model's name or hash"
    return f"{text}; or none" if setting.optional else text


def _matters(setting: Setting) -> str:
    if setting.only_with is None:
        return "all"
    other, values = setting.only_with
    return f"`{other}` {' or '.join(values)}"


def variation_table() -> str:
    """Every amount by which training digits are varied."""
    rows = (
        f"| `{name}` | `--{name.replace('_', '-')}` | {one.low:g} to {one.high:g} | {one.label}: {one.help} |"
        for name, one in AMOUNTS.items()
    )
    return "\n".join(["| amount | option | range | meaning |", "|---|---|---|---|", *rows])
