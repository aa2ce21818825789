"""Looking for damage: in an SQLite file that may be no database any more, and in the files that it names.

Nothing is changed. Rows are read from both ends of each table until one cannot be read, so that what lies before and
behind the damage is found; `save` puts that into a new database.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from digitlab import blobs
from digitlab.errors import BlobMissingError, InputError
from digitlab.store.database import Database
from digitlab.store.tables import metadata
from digitlab.words import Message, message, plural_message

_LINES = 5  # of what SQLite itself says

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Found:
    """What a check came to.

    Attributes:
        rows: how many rows can be read, by table.
        damaged: a sentence for everything that is damaged; empty where all is whole.
        saved: the new database; None: nothing was to be saved.
    """

    rows: dict[str, int]
    damaged: list[Message]
    saved: Path | None = None


def check(file: Path, save: Path | None = None) -> Found:
    """Look through an SQLite database and the checkpoints that it names.

    Args:
        file: the database; no process may be writing to it.
        save: where to put all that can be read; a file that is not there yet.

    Raises:
        InputError: there is no such file, or something is where the rows should be saved.
    """
    if not file.is_file():
        raise InputError(
            message(
                "There is no database {file}; nothing was stored yet, or DIGITLAB_HOME is another folder.",
                file=file.name,
            )
        )
    if save is not None and save.exists():
        raise InputError(message("The file {file} exists already; choose another name.", file=save.name))
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as old:
        tables: dict[str, tuple[list[str], list[Row]]] = {}
        damaged = [message("The database {file}: {why}.", file=file.name, why=line) for line in _said(old)]
        for table in metadata.sorted_tables:
            columns, rows, sentences = _read(old, table)
            tables[table.name] = columns, rows
            damaged += sentences
        damaged += _checkpoints(*tables["checkpoints"])
        if save is not None:
            _save(save, tables, _others(old, set(metadata.tables)))
    return Found({name: len(rows) for name, (_, rows) in tables.items()}, damaged, save)


def _said(old: sqlite3.Connection) -> Iterator[str]:
    """What SQLite finds by itself."""
    try:
        lines = [str(line) for (line,) in old.execute(f"PRAGMA integrity_check({_LINES})")]
    except sqlite3.DatabaseError as error:
        lines = [str(error)]
    yield from (" ".join(line.split()) for line in lines if line != "ok")


def _read(old: sqlite3.Connection, table: sa.Table) -> tuple[list[str], list[Row], list[Message]]:
    """A table's columns, the rows that can be read, and sentences if that is not all."""
    names = [column.name for column in table.columns]
    as_json = [place for place, column in enumerate(table.columns) if isinstance(column.type, sa.JSON)]
    try:
        there = {str(row[1]) for row in old.execute(f"PRAGMA table_info({table.name})")}
    except sqlite3.DatabaseError as error:
        return names, [], [message("Table {table} cannot be read: {why}.", table=table.name, why=str(error))]
    columns = [name for name in names if name in there]  # an older program's table has fewer
    if not columns:
        return names, [], []
    first, broke = _from_one_end(old, table.name, columns, "ASC")
    last = _from_one_end(old, table.name, columns, "DESC")[0] if broke else {}
    rows = first | last
    sound = {number: row for number, row in rows.items() if len(columns) < len(names) or _is_sound(row, as_json)}
    sentences = []
    if lost := len(rows) - len(sound):
        sentences.append(
            plural_message(
                "Table {table}: {n} row is not valid.", "Table {table}: {n} rows are not valid.", lost, table=table.name
            )
        )
    if last:
        after, before = max(first, default=0), min(last)
        sentences.append(
            message(
                "Table {table}: the rows after {after} and before {before} cannot be read.",
                table=table.name,
                after=after,
                before=before,
            )
        )
    elif broke:
        after = max(first, default=0)
        sentences.append(
            message("Table {table}: the rows after {after} cannot be read.", table=table.name, after=after)
        )
    return columns, [row for _, row in sorted(sound.items())], sentences


def _from_one_end(old: sqlite3.Connection, table: str, columns: list[str], order: str) -> tuple[dict[int, Row], bool]:
    """Rows by their number until one cannot be read, and whether that was so."""
    rows: dict[int, Row] = {}
    listed = ", ".join(f'"{name}"' for name in columns)
    try:
        for number, *row in old.execute(f"SELECT rowid, {listed} FROM {table} NOT INDEXED ORDER BY rowid {order}"):
            rows[number] = tuple(row)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return rows, True
    return rows, False


def _is_sound(row: Row, as_json: list[int]) -> bool:
    try:
        for place in as_json:
            if row[place] is not None:
                json.loads(row[place])
    except (ValueError, TypeError):
        return False
    return True


def _checkpoints(columns: list[str], rows: list[Row]) -> Iterator[Message]:
    """A sentence for each checkpoint whose file is not what it was."""
    for row in rows:
        about = dict(zip(columns, row, strict=True))
        try:
            blobs.stored().read(about["file"], about["sha256"])
        except (BlobMissingError, KeyError, TypeError, ValueError):
            yield message(
                "Checkpoint {file} of run {run} is missing or damaged.",
                file=str(about.get("file")),
                run=str(about.get("job")),
            )


def _others(old: sqlite3.Connection, ours: set[str]) -> list[tuple[str, str, list[Row]]]:
    """Tables that are not ours, which searches keep in the same file: name, how it is made, rows."""
    found = []
    try:
        made = old.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for name, sql in made.fetchall():
            if name not in ours and name != "digitlab_version":
                found.append((name, sql, list(old.execute(f'SELECT * FROM "{name}"').fetchall())))
    except sqlite3.DatabaseError:
        pass  # searches can be started again; runs cannot
    return found


def _save(save: Path, tables: dict[str, tuple[list[str], list[Row]]], others: list[tuple[str, str, list[Row]]]) -> None:
    Database(f"sqlite:///{save.resolve()}").close()
    with closing(sqlite3.connect(save)) as new:
        for name, sql, rows in others:
            new.execute(sql)
            if rows:
                new.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(rows[0]))})', rows)
        for name, (columns, rows) in tables.items():
            listed = ", ".join(f'"{column}"' for column in columns)
            marks = ", ".join("?" * len(columns))
            new.executemany(f"INSERT OR REPLACE INTO {name} ({listed}) VALUES ({marks})", rows)
        while orphans := new.execute("PRAGMA foreign_key_check").fetchall():  # of rows that are lost
            for table, number, *_ in orphans:
                new.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (number,))
        new.commit()
