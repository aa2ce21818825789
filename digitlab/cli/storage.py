"""`digitlab storage`: what is damaged, saving what is whole, and moving files to another place."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from digitlab.cli.commands import PartlyError
from digitlab.errors import InputError, ModelError, StoreError
from digitlab.networks import zoo
from digitlab.words import Message, _, message, plural


def storage(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    if chosen.act == "move":
        return _move(chosen)
    if chosen.target is not None:
        raise InputError(message("Only `storage move` takes a place."))
    return _check(chosen)


def _check(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.store import database
    from digitlab.store.checking import Found, check

    url = sa.make_url(database.url())
    found = Found({}, [])
    if url.get_backend_name() == "sqlite":
        found = check(Path(str(url.database)), chosen.save)
    elif chosen.save is not None:
        raise InputError(message("PostgreSQL saves its databases with its own program, pg_dump."))
    damaged: list[Message] = [*found.damaged, *_damaged_models()]
    if not found.damaged:  # else there is no reading all rows
        damaged += _differences()
    lines = [
        plural("{table}: {n} row can be read", "{table}: {n} rows can be read", count, table=name)
        for name, count in found.rows.items()
        if count
    ]
    if found.saved:
        lines.append(
            _(
                "Saved in {file}. Put this file in the place of the database while no server runs.",
                file=str(found.saved),
            )
        )
    result = {
        "rows": found.rows,
        "damaged": [sentence.english for sentence in damaged],
        "saved": str(found.saved) if found.saved else None,
    }
    if damaged:
        raise PartlyError(result, lines, damaged)
    return result, [*lines, _("Nothing is damaged.")]


def _move(chosen: argparse.Namespace) -> tuple[Any, Iterable[str]]:
    from digitlab.store import Store
    from digitlab.store.consistency import move

    if chosen.target is None:
        raise InputError(message("Say where the files go: a folder, or s3://bucket/prefix."))

    def show(key: str) -> None:
        if not chosen.json:
            print(key, file=sys.stderr)

    with Store() as store:
        count = move(store, chosen.target, show)
    moved = plural("{n} file was moved.", "{n} files were moved.", count)
    then = _("Set DIGITLAB_STORAGE={place} for every server and worker.", place=chosen.target)
    return {"moved": count, "storage": chosen.target}, [moved, then]


def _differences() -> Iterable[Message]:
    from digitlab import blobs
    from digitlab.store import Store
    from digitlab.store.consistency import differences

    try:
        with Store() as store:
            return differences(store, blobs.stored())
    except StoreError as error:
        return [error.message]


def _damaged_models() -> Iterable[Message]:
    for model in zoo.models():
        try:
            zoo.read_weights(model)
        except ModelError as error:
            yield error.message
