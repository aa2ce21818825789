"""The Train page's address: which run is watched, or what is about to be started.

`?run=7` watches run 7. Otherwise it describes a draft: `recipe=NAME`, or `like=7` for the settings of run 7 and
`at=844` for its checkpoint after step 844; `layers=` with the builder's text; `vary=rotation:10,shift:2` or
`vary=none`; and each changed setting by its name, as in `epochs=3`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from digitlab.data.augmentation import AMOUNTS
from digitlab.errors import InputError
from digitlab.training.settings import SETTINGS, Setting
from digitlab.ui.train import block_text
from digitlab.ui.train.draft import FIRST, Draft

RUN = "run"
KEYS = ("recipe", "like", "at", "layers", "vary", *SETTINGS)
_NONE, _YES, _NO = "none", "yes", "no"


def wanted_run(query: Mapping[str, str]) -> int | None:
    """The run that the address names; None where it names none.

    Raises:
        InputError: it is not a run's number.
    """
    return _number(query[RUN], "A run has a number") if RUN in query else None


def to_query(draft: Draft) -> dict[str, str]:
    """The draft as the address says it."""
    query = {"like": str(draft.like)} if draft.like is not None else {"recipe": draft.recipe}
    if draft.fork_at is not None:
        query["at"] = str(draft.fork_at)
    if draft.blocks:
        query["layers"] = block_text.to_text(draft.blocks)
    if draft.variation is not None:
        query["vary"] = ",".join(f"{name}:{value:g}" for name, value in draft.variation.items() if value) or _NONE
    return query | {name: _written(value) for name, value in draft.changes.items()}


def from_query(query: Mapping[str, str]) -> tuple[Draft, list[str]]:
    """The draft that an address describes, and a sentence for each part of it that cannot be read."""
    problems: list[str] = []

    def read(name: str, parse: Callable[[str], Any]) -> Any:
        if name not in query:
            return None
        try:
            return parse(query[name])
        except InputError as error:
            problems.append(str(error))
            return None

    changes = {}
    for name, setting in SETTINGS.items():
        if name in query:
            try:
                changes[name] = _parsed(setting, query[name])
            except InputError as error:
                problems.append(str(error))
    like = read("like", lambda text: _number(text, "A run has a number"))
    draft = Draft(
        recipe=query.get("recipe", FIRST),
        like=like,
        fork_at=read("at", lambda text: _number(text, "A step is a number")) if like is not None else None,
        blocks=read("layers", block_text.from_text),
        changes=changes,
        variation=read("vary", _variation),
    )
    return draft, problems


def _written(value: Any) -> str:
    if value is None:
        return _NONE
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _parsed(setting: Setting, text: str) -> Any:
    """A setting's value, which may be out of range; raises InputError if it is not even of its kind."""
    if text == _NONE and setting.optional:
        return None
    wrong = InputError(
        f"The address gives {text[:20]!r} for the {setting.label}, which cannot be; it was left as it was."
    )
    match setting.kind:
        case "whole" | "number":
            try:
                return int(text) if setting.kind == "whole" else float(text)
            except ValueError:
                raise wrong from None
        case "yes-no":
            if text not in (_YES, _NO):
                raise wrong
            return text == _YES
        case "names":
            return tuple(filter(None, text.split(",")))
        case "choice":
            if text not in setting.choices:
                raise wrong
    return text


def _variation(text: str) -> dict[str, float]:
    amounts: dict[str, float] = {}
    for part in text.split(",") if text != _NONE else []:
        name, _, amount = part.partition(":")
        try:
            amounts[name] = float(amount)
        except ValueError:
            name = ""
        if name not in AMOUNTS:
            raise InputError(f"The address varies digits by {part[:30]!r}, which cannot be read; it was left out.")
    return amounts


def _number(text: str, otherwise: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InputError(f"{otherwise}; the address says {text[:20]!r}.")
    return int(text)
