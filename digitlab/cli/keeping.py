"""What an operator sees and removes without a page: everybody's drawings and runs, one person's among them."""

import argparse
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from unicodedata import east_asian_width

from digitlab.errors import InputError
from digitlab.store import Store
from digitlab.store.records import STATES, Run
from digitlab.store.rights import OPERATOR
from digitlab.words import _, message, plural

_PERSON = 12  # digits by which a person is named
_UNKNOWN = "–"


def add_drawings(parser: argparse.ArgumentParser) -> None:
    """The options of `digitlab drawings`."""
    _add_choice(parser, _("numbers of the drawings (default: all)"))
    parser.add_argument("--shared", action="store_true", help=_("only drawings that other visitors see"))
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--unshare", action="store_true", help=_("hide these drawings from other visitors"))
    action.add_argument(
        "--delete", action="store_true", help=_("delete these drawings, and the sets that runs learn from")
    )
    parser.set_defaults(run=drawings)


def add_runs(parser: argparse.ArgumentParser) -> None:
    """The options of `digitlab runs`."""
    _add_choice(parser, _("numbers of the runs (default: all)"))
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--hide", action="store_true", help=_("show these runs to their owners and to nobody else"))
    action.add_argument("--show", action="store_true", help=_("show hidden runs again"))
    action.add_argument("--delete", action="store_true", help=_("stop these runs and delete them with their models"))
    parser.set_defaults(run=runs)


def _add_choice(parser: argparse.ArgumentParser, numbers: str) -> None:
    parser.add_argument("numbers", nargs="*", type=int, metavar="NUMBER", help=numbers)
    parser.add_argument(
        "--person",
        default="",
        metavar="ID",
        help=_("only those of this person, given by the first {count} digits or more", count=_PERSON),
    )


def drawings(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    """Kept drawings, without their strokes: list them, hide them from others, delete them."""
    from digitlab.data import drawn

    _check(chosen, acts=chosen.unshare or chosen.delete, narrowed=chosen.shared)
    with Store() as store:
        found = [
            one
            for one in store.drawings.of_everybody()
            if _fits(chosen, one.id, one.browser) and (one.shared or not chosen.shared)
        ]
        _all_there(chosen, {one.id for one in found})
        people: dict[str, list[int]] = defaultdict(list)
        for one in found:
            people[one.browser].append(one.id)
        for browser, numbers in people.items() if chosen.delete else ():
            store.drawings.delete(OPERATOR, numbers)
            drawn.forget(browser, numbers)
        for one in found if chosen.unshare else ():
            store.drawings.share(OPERATOR, one.id, False)
    rows = [
        {
            "drawing": one.id,
            "person": one.browser[:_PERSON],
            "label": one.label,
            "answered": one.answered,
            "model": one.model,
            "shared": one.shared and not chosen.unshare,
            "made": _time(one.made_at),
            "deleted": chosen.delete,
        }
        for one in found
    ]
    return rows, map(_drawing_line, rows)


def _drawing_line(row: dict[str, Any]) -> str:
    answered = "?" if row["answered"] is None else str(row["answered"])
    cells = [
        f"{row['drawing']:>6}",
        row["person"],
        _("label {label}, read as {answer}", label=str(row["label"]), answer=answered),
        row["made"],
    ]
    cells += [_("shared")] if row["shared"] else []
    cells += [_("deleted")] if row["deleted"] else []
    return "  ".join(cells)


def runs(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    """Training runs: list them, hide them from others, delete them."""
    from digitlab.runs.removal import remove
    from digitlab.runs.trainings import find, trainings

    _check(chosen, acts=chosen.hide or chosen.show or chosen.delete, narrowed=False)
    with Store() as store:
        found = [run for run in store.runs.all() if _fits(chosen, run.id, run.job.owner or "")]
        _all_there(chosen, {run.id for run in found})
        for run in found if chosen.delete else ():
            remove(OPERATOR, store, find(trainings(store, OPERATOR), str(run.id)), with_model=True)
        for run in found if chosen.hide or chosen.show else ():
            store.runs.share(OPERATOR, run.id, chosen.show)
    rows = [
        {
            "run": run.id,
            "person": (run.job.owner or "")[:_PERSON] or None,
            "state": "deleted" if chosen.delete else run.state,
            "name": run.title.english,
            "hidden": chosen.hide or not (chosen.show or run.job.shared),
            "recipe": run.recipe,
            "parameters": run.parameters,
            "step": int(run.job.done),
            "steps": None if run.job.total is None else int(run.job.total),
            "best_validation": run.best_validation,
            "test_accuracy": run.test_accuracy,
            "seconds": run.seconds,
            "created": _time(run.job.created_at),
            "reason": run.job.reason.english if run.job.reason else None,
        }
        for run in found
    ]
    return rows, (_run_line(run, bool(row["hidden"]), chosen.delete) for run, row in zip(found, rows, strict=True))


def _run_line(run: Run, hidden: bool, deleted: bool) -> str:
    done, total = int(run.job.done), run.job.total
    cells = [
        f"{run.id:>5}",
        _padded(_("deleted") if deleted else str(STATES[run.state]), 11),
        _padded((run.job.owner or "")[:_PERSON] or _UNKNOWN, _PERSON),
        _padded(run.name, 24),
        plural("{n} step", "{n} steps", done)
        if total is None
        else plural("{done} of {n} step", "{done} of {n} steps", int(total), done=done),
    ]
    if run.test_accuracy is not None:
        cells.append(_("test accuracy {accuracy:.2%}", accuracy=run.test_accuracy))
    cells += [_("hidden")] if hidden else []
    return "  ".join(cells)


def _padded(text: str, columns: int) -> str:
    """A cell of a terminal's table; Chinese characters take two columns."""
    taken = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
    return text + " " * (columns - taken)


def _check(chosen: argparse.Namespace, *, acts: bool, narrowed: bool) -> None:
    if chosen.person and not (len(chosen.person) >= _PERSON and set(chosen.person) <= set("0123456789abcdef")):
        raise InputError(
            message(
                "--person takes {fewest} to 64 hexadecimal digits, instead of “{given}”.",
                fewest=_PERSON,
                given=chosen.person[:80],
            )
        )
    if acts and not (chosen.numbers or chosen.person or narrowed):
        raise InputError(message("Nothing was changed. Give the numbers, or a person with --person."))


def _fits(chosen: argparse.Namespace, number: int, person: str) -> bool:
    return (not chosen.numbers or number in chosen.numbers) and person.startswith(chosen.person)


def _all_there(chosen: argparse.Namespace, found: set[int]) -> None:
    if missing := sorted(set(chosen.numbers) - found):
        raise InputError(message("Nothing was changed: number {number} is not among these.", number=str(missing[0])))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
