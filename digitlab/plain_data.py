"""Plain data: text as every database keeps it, and what comes back from the database, checked where it is read."""

from collections.abc import Mapping
from typing import Any

from digitlab.errors import DataError, InputError
from digitlab.words import Message, message


def checked(
    record: object, title: Message, *, required: Mapping[str, type], optional: Mapping[str, type] | None = None
) -> dict[str, Any]:
    """A record whose keys are all known and of their types; without those that are None.

    Args:
        title: what the record describes, as a label.
        required, optional: the types of its keys; an optional one can be None, too.

    Raises:
        DataError: it is not so; the sentence names the key.
    """
    if not isinstance(record, Mapping):
        raise DataError(damaged(title, f"{record!r:.80}"))
    types = {**required, **(optional or {})}
    if missing := required.keys() - record.keys():
        raise DataError(
            message("The saved data of {what} is incomplete: “{key}” is missing.", what=title, key=min(missing))
        )
    if unknown := record.keys() - types.keys():
        raise DataError(
            message(
                "The saved data of {what} contains “{key}”, which this version of DigitLab does not know.",
                what=title,
                key=str(min(unknown))[:80],
            )
        )
    values = {name: value for name, value in record.items() if value is not None or name in required}
    for name, value in values.items():
        if not isinstance(value, types[name]) or (isinstance(value, bool) and types[name] is not bool):
            raise DataError(damaged(title, f"{name} = {value!r:.80}"))
    return values


def check_whole(name: Message, value: object, low: int, high: int) -> None:
    """See that a value is a whole number within a range, both ends included.

    Raises:
        InputError: it is not; the sentence names the value, its name and the range.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(
            message(
                "{name} must be a whole number from {low} to {high}; it is {value}.",
                name=name,
                low=low,
                high=high,
                value=repr(value)[:40],
            )
        )


def damaged(title: Message, found: str) -> Message:
    """The sentence about a record that no program wrote: what it describes, and what was found in it."""
    return message("The saved data of {what} is damaged: {found}.", what=title, found=found)


def text(given: str) -> str:
    """A name or a note that came from outside, without what cannot be seen or kept.

    PostgreSQL keeps no NUL, and no database the half of a letter that JavaScript may send; control characters and those
    that turn the direction of writing could make a name look like another. Lines stay, other space becomes a blank.
    """
    return "".join(
        letter if letter.isprintable() or letter == "\n" else " " if letter.isspace() else ""
        for letter in given.replace("\r\n", "\n")
    )
