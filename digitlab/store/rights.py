"""Who may do what to which thing: decided here and nowhere else.

- Classes exist where `DIGITLAB_TEACHER_KEY` is set. Elsewhere runs, searches and models are everybody's, as on a
  laptop; drawings and pins are their owner's, and others see those that are shared.
- With classes, the owner may do everything. The teacher of the class in which a thing was made may do everything, too.
  Members of that class may read the thing. To others the thing is as if it were not there.
- What was made outside every class can be read by all. The server's teachers may do everything to it, and what nobody
  owns, because it is older than owners, is theirs alone to change.
- The order of a class's runs is its teacher's alone.
- What its owner does not share, a drawing or a pin, is the owner's alone. So is a slice, and so is a run or a model
  that was hidden.
- Nobody changes what comes with the project. The command line speaks for the server's operator, who may do all else.
"""

import os
from dataclasses import dataclass
from typing import Literal

from digitlab.errors import InputError
from digitlab.words import message

KEY = "DIGITLAB_TEACHER_KEY"

Kind = Literal["run", "search", "model", "job", "pin", "drawing", "slice", "class"]
Action = Literal[
    "see", "compare", "fork", "download", "pause", "stop", "change", "rename", "note", "delete", "share", "reorder"
]

READ: tuple[Action, ...] = ("see", "compare", "fork", "download")
_PRIVATE: tuple[Kind, ...] = ("pin", "drawing", "slice")  # their owner's, also where there are no classes


@dataclass(frozen=True)
class Person:
    """Who asks.

    Attributes:
        browser: the SHA-256 of a browser's identifier, or of an account; None: it keeps no cookie.
        address: where that came from, as a hash.
        classroom: the class that this person is in, or that a teacher has open; what they make belongs to it.
        teaches: the classes that this person made.
        teacher: whether this person has proved the teacher key.
        operator: whether it is the command line or a worker, which act for the person who runs the server.
    """

    browser: str | None
    address: str | None
    classroom: int | None = None
    teaches: frozenset[int] = frozenset()
    teacher: bool = False
    operator: bool = False


OPERATOR = Person(None, None, operator=True)


@dataclass(frozen=True)
class Thing:
    """What somebody wants to do something to.

    Attributes:
        kind: what it is.
        owner: as `Person.browser`; None: nobody's.
        classroom: the class in which it was made; None: in none.
        shared: whether others than its owner may know of it.
        shipped: whether it comes with the project.
    """

    kind: Kind
    owner: str | None
    classroom: int | None = None
    shared: bool = True
    shipped: bool = False


def classes_exist() -> bool:
    """Whether this server has classes: somebody gave it a teacher key."""
    return bool(os.environ.get(KEY))


def may(person: Person, action: Action, thing: Thing) -> bool:
    """Whether this person may do this to that thing."""
    if thing.shipped:
        return action in READ
    if person.operator:
        return True
    if not classes_exist():
        return owns(person, thing) or (thing.shared and (thing.kind not in _PRIVATE or action in READ))
    if action == "reorder":
        return thing.shared and thing.classroom in person.teaches
    if owns(person, thing):
        return True
    if not thing.shared:
        return False
    if thing.classroom is not None:
        return thing.classroom in person.teaches or (action in READ and thing.classroom == person.classroom)
    return person.teacher or action in READ


def check(person: Person, action: Action, thing: Thing) -> None:
    """See that this person may do this.

    Raises:
        InputError: they may not.
    """
    if may(person, action, thing):
        return
    if thing.shipped:
        raise InputError(message("This comes with DigitLab and cannot be changed."))
    raise InputError(message("This belongs to somebody else. Ask its owner or the teacher."))


def classes_read(person: Person) -> frozenset[int | None] | None:
    """The classes of which this person may read what is shared there, None among them for what was made in no class.

    None: all there are.
    """
    if person.operator or not classes_exist():
        return None
    own = frozenset() if person.classroom is None else frozenset({person.classroom})
    return frozenset({None}) | own | person.teaches


def owns(person: Person, thing: Thing) -> bool:
    """Whether it is this person's own."""
    return person.browser is not None and person.browser == thing.owner
