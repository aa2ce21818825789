"""What people write of a run, before it starts or later: its name, a note, and tags by which it is found."""

from collections.abc import Iterable
from dataclasses import dataclass

from digitlab.errors import InputError
from digitlab.plain_data import text
from digitlab.store import Store
from digitlab.store.rights import Person
from digitlab.words import Message, message

LONGEST_NAME, LONGEST_NOTE = 80, 2000
LONGEST_TAG, MOST_TAGS = 24, 8


@dataclass(frozen=True)
class Description:
    """What a person writes of a run; see `described`."""

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()


def described(name: str, note: str, tags: Iterable[str]) -> Description:
    """A description, checked: spaces in a row count as one, a tag is one word in small letters, and stands once.

    Raises:
        InputError: something is too long, or there are too many tags.
    """
    found = Description(
        " ".join(text(name).split()),
        text(note).strip(),
        tuple(dict.fromkeys(word for tag in tags if (word := "-".join(text(tag).lower().split())))),
    )
    if len(found.name) > LONGEST_NAME or len(found.note) > LONGEST_NOTE:
        raise InputError(_lengths(found))
    if len(found.tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in found.tags):
        raise InputError(
            message(
                "A run has at most {count} tags of at most {length} characters each.",
                count=MOST_TAGS,
                length=LONGEST_TAG,
            )
        )
    return found


def describe(person: Person, store: Store, run: int, wanted: Description) -> None:
    """Have a run say this; a name that does not change stays a message where the program gave it.

    Raises:
        InputError: the name is empty, the run is gone, or this person may not.
    """
    if not wanted.name:
        raise InputError(_lengths(wanted))
    if wanted.name != store.runs.get(run).name:
        store.runs.rename(person, run, wanted.name)
    store.runs.annotate(person, run, wanted.note)
    store.runs.tag(person, run, wanted.tags)


def _lengths(given: Description) -> Message:
    return message(
        "A name has 1 to {name} characters and a note at most {note}; these have {given_name} and {given_note}.",
        name=LONGEST_NAME,
        note=LONGEST_NOTE,
        given_name=len(given.name),
        given_note=len(given.note),
    )
