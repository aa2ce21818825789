"""The Train page's address: which run is watched, or what is about to be started.

`?run=7` watches run 7. Otherwise it describes a draft: `recipe=NAME`, or `like=7` for the settings of run 7 and
`at=844` for its checkpoint after step 844; `layers=` with the builder's text; `vary=rotation:10,shift:2` or
`vary=none`; and each changed setting by its name, as in `epochs=3`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from digitlab.data.augmentation import AMOUNTS
from digitlab.errors import InputError
from digitlab.jobs.draft import FIRST, Draft
from digitlab.networks import block_text
from digitlab.training.setting import Setting
from digitlab.training.settings import SETTINGS
from digitlab.words import _, message

RUN = "run"
KEYS = ("recipe", "like", "at", "layers", "vary", *SETTINGS)
_NONE = "none"


def wanted_run(query: Mapping[str, str]) -> int | None:
    """The run that the address names; None where it names none.

    Raises:
        InputError: it is not a run's number.
    """
    return _number(query[RUN]) if RUN in query else None


def to_query(draft: Draft) -> dict[str, str]:
    """The draft as the address says it."""
    query = {"like": str(draft.like)} if draft.like is not None else {"recipe": draft.recipe}
    if draft.fork_at is not None:
        query["at"] = str(draft.fork_at)
    if draft.blocks:
        query["layers"] = block_text.to_text(draft.blocks)
    if draft.variation is not None:
        query["vary"] = ",".join(f"{name}:{Setting.write(value)}" for name, value in draft.variation.items()) or _NONE
    return query | {name: Setting.write(value) for name, value in draft.changes.items()}


def from_query(query: Mapping[str, str]) -> tuple[Draft, list[str]]:
    """The draft that an address describes, and a sentence for each part of it that cannot be read."""
    problems: list[str] = []

    def read(name: str, parse: Callable[[str], Any]) -> Any:
        if name not in query:
            return None
        try:
            return parse(query[name])
        except InputError as error:
            problems.append(error.sentence)
            return None

    changes = {}
    for name, setting in SETTINGS.items():
        if name in query:
            try:
                changes[name] = setting.parse(query[name])
            except InputError as error:
                problems.append(_("{why} The address contains this value; it was ignored.", why=error.message))
    like = read("like", _number)
    draft = Draft(
        recipe=query.get("recipe", FIRST),
        like=like,
        fork_at=read("at", _step) if like is not None else None,
        blocks=read("layers", block_text.from_text),
        changes=changes,
        variation=read("vary", _variation),
    )
    return draft, problems


def _variation(text: str) -> dict[str, float]:
    amounts: dict[str, float] = {}
    for part in text.split(",") if text != _NONE else []:
        name, amount = part.partition(":")[::2]
        try:
            amounts[name] = AMOUNTS[name].parse(amount)
        except (KeyError, InputError):
            raise InputError(
                message("The augmentation “{part}” in the address cannot be read and was ignored.", part=part[:30])
            ) from None
    return amounts


def _number(text: str) -> int:
    if not _is_number(text):
        raise InputError(message("A run has a number; the address says “{text}”.", text=text[:20]))
    return int(text)


def _step(text: str) -> int:
    if not _is_number(text):
        raise InputError(message("A step is a number; the address says “{text}”.", text=text[:20]))
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9
