"""The isolated digits of the public UNIPEN release (train_r01_v07) as a stroke set.

Guyon, Schomaker, Plamondon, Liberman and Janet (1994), "UNIPEN project of on-line data exchange and recognizer
benchmarks"; CC BY 4.0, doi:10.5281/zenodo.1195803. A document is a file of keywords that begin with a dot. It includes
others, which hold the pen's components: what it did while it was down, and while it was up. Segments name components by
number, counted over the whole document, and say what they show.
"""

import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab import files
from digitlab.data.pen_digits import UNIPEN, UNIPEN_LICENCE
from digitlab.errors import InputError
from digitlab.words import message

DOCUMENTS, PEN_DATA = "data/1a", "include"
LEFT_OUT = ("apa", "app", "lou")  # contributors whose tablets gave a digit less than 30 units
EACH = 3  # samples of a writer and digit, at most
_SEED = 20240
_SMALL = 0.2  # of the median size of the contributor's digits: what is smaller is no digit on its own
_PARTS, _KEPT_PARTS = 5, (0, 1)  # writers are dealt into five parts by their name; the others are kept apart
_LONGEST_CHAIN = 16  # files that include one another

_SEGMENT = re.compile(r'\.SEGMENT\s+CHARACTER\s+(\S+)\s+\S+\s+"([0-9])"')
_ENDS = re.compile(r"(\d+)(?::(\d+))?(?:-(\d+)(?::(\d+))?)?")

Points = NDArray[np.float64]


@dataclass
class _Component:
    """What the pen did without being lifted or put down: points [P, 2], y upwards."""

    is_down: bool
    points: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True)
class _Document:
    components: list[_Component]
    segments: list[tuple[str, int]]  # which components, and the digit
    writer: str | None


@dataclass(frozen=True)
class Sample:
    """A digit of the release: strokes [P, 2] with y downwards, their box beginning at (0, 0)."""

    contributor: str
    writer: str
    label: int
    strokes: tuple[Points, ...]

    @property
    def size(self) -> float:
        """The longest side of its box."""
        return float(np.concatenate(self.strokes).max())


@dataclass(frozen=True)
class Converted:
    """What was written, and the files and segments that could not be read, with the reason."""

    digits: int
    writers: int
    left_out: dict[str, str]


def convert(folder: Path, out: Path) -> Converted:
    """Write the stroke set of the release (docs/strokes-format.md says how it is chosen).

    Args:
        folder: where the release was unpacked.
        out: the .npz file; its folder must be there.

    Raises:
        InputError: the folder is not the release, holds no digit, or the file cannot be written.
    """
    for part in (DOCUMENTS, PEN_DATA):
        if not (folder / part).is_dir():
            raise InputError(
                message("{folder} is not the UNIPEN release: it has no folder {part}.", folder=str(folder), part=part)
            )
    left_out: dict[str, str] = {}
    chosen = _chosen(list(_samples(folder, left_out)))
    if not chosen:
        raise InputError(
            message(
                "{folder} holds no digits: {documents} names none that can be used.",
                folder=str(folder),
                documents=DOCUMENTS,
            )
        )
    strokes = [stroke for sample in chosen for stroke in sample.strokes]
    names = {name: f"w{number:03}" for number, name in enumerate(sorted({sample.writer for sample in chosen}))}
    arrays: dict[str, Any] = {
        "points": np.concatenate(strokes).astype(np.float32),
        "stroke_offsets": np.cumsum([0, *(len(stroke) for stroke in strokes)], dtype=np.int32),
        "sample_offsets": np.cumsum([0, *(len(sample.strokes) for sample in chosen)], dtype=np.int32),
        "labels": np.array([sample.label for sample in chosen], np.uint8),
        "writers": np.array([names[sample.writer] for sample in chosen]),
        "suspect": np.zeros(len(chosen), bool),
        "source": np.array(UNIPEN),
        "licence": np.array(UNIPEN_LICENCE),
    }
    try:
        with files.appearing(out) as (unfinished,), unfinished.open("wb") as file:
            np.savez_compressed(file, **arrays)
    except OSError as error:
        raise InputError(message("{file} cannot be written: {why}.", file=str(out), why=error.strerror)) from None
    return Converted(len(chosen), len(names), left_out)


def _chosen(samples: list[Sample]) -> list[Sample]:
    """Large enough digits, at most EACH of a writer and digit, of the writers whose part of the release this is."""
    typical = {
        contributor: float(np.median([sample.size for sample in samples if sample.contributor == contributor]))
        for contributor in {sample.contributor for sample in samples}
    }
    groups: dict[tuple[str, int], list[Sample]] = {}
    for sample in samples:
        points = sum(len(stroke) for stroke in sample.strokes)
        if points >= 3 and sample.size >= _SMALL * typical[sample.contributor]:
            groups.setdefault((sample.writer, sample.label), []).append(sample)
    chance = random.Random(_SEED)
    picked = {key: chance.sample(groups[key], min(EACH, len(groups[key]))) for key in sorted(groups)}
    return [sample for (writer, _), some in picked.items() if _is_kept(writer) for sample in some]


def _is_kept(writer: str) -> bool:
    return int(hashlib.sha1(writer.encode(), usedforsecurity=False).hexdigest(), 16) % _PARTS in _KEPT_PARTS


def _samples(folder: Path, left_out: dict[str, str]) -> Iterator[Sample]:
    documents = folder / DOCUMENTS
    for path in sorted(path for path in documents.rglob("*") if path.is_file()):
        contributor, name = path.relative_to(documents).parts[0], path.relative_to(folder).as_posix()
        if contributor in LEFT_OUT:
            continue
        try:
            document = _read(path, folder / PEN_DATA)
        except InputError as error:
            left_out[name] = str(error)
            continue
        writer = f"{contributor}/{document.writer}" if document.writer else name
        for spec, label in document.segments:
            try:
                strokes = _strokes(document.components, spec)
            except InputError as error:
                left_out[f"{name}, {spec}"] = str(error)
                continue
            if strokes:
                yield Sample(contributor, writer, label, strokes)


def _strokes(components: list[_Component], spec: str) -> tuple[Points, ...]:
    """The pen-down components of a segment, turned upside down and moved to (0, 0).

    Raises:
        InputError: it names components or points that are not there.
    """
    strokes = []
    for part in spec.split(","):
        found = _ENDS.fullmatch(part)
        if not found:
            raise InputError(message("{part} names no components.", part=repr(spec)))
        first, begin, last, end = (None if text is None else int(text) for text in found.groups())
        assert first is not None
        last = first if last is None else last
        if last >= len(components):
            raise InputError(
                message(
                    "Component {number} is named, but there are only {count}.",
                    number=str(last),
                    count=len(components),
                )
            )
        for number in range(first, last + 1):
            from_point = begin if number == first else None
            to_point = end + 1 if number == last and end is not None else None
            points = components[number].points[from_point:to_point]
            if components[number].is_down and points:
                strokes.append(np.array(points) * [1.0, -1.0])
    if not strokes:
        return ()
    low = np.concatenate(strokes).min(axis=0)
    return tuple(stroke - low for stroke in strokes)


def _read(path: Path, pen_data: Path) -> _Document:
    """A document with all that it includes; components without a point do not count.

    Raises:
        InputError: a file of it is missing or no text of numbers.
    """
    components: list[_Component] = []
    segments: list[tuple[str, int]] = []
    writer: str | None = None
    holds = False  # whether points that come now belong to a component
    for line in _lines(path, pen_data):
        words = line.split()
        if not words:
            continue
        keyword = words[0] if line.startswith(".") else ""
        if keyword in (".PEN_DOWN", ".PEN_UP"):
            components.append(_Component(keyword == ".PEN_DOWN"))
            holds, words = True, words[1:]
        elif keyword and keyword != ".DT":
            holds = False
            if keyword == ".SEGMENT" and (found := _SEGMENT.match(line)):
                segments.append((found[1], int(found[2])))
            elif keyword == ".WRITER_ID" and len(words) > 1:
                writer = words[1]
        if holds and len(words) >= 2 and keyword != ".DT":
            try:
                components[-1].points.append((float(words[0]), float(words[1])))
            except ValueError:
                raise InputError(message("{line} is not a point.", line=repr(line.strip()[:40]))) from None
    return _Document([component for component in components if component.points], segments, writer)


def _lines(path: Path, pen_data: Path, chain: int = 0) -> Iterator[str]:
    """All lines of a file, with those of the files that it includes in the place where it does."""
    if chain > _LONGEST_CHAIN:
        raise InputError(message("{file} includes itself.", file=path.name))
    try:
        text = path.read_text(encoding="latin-1")
    except OSError:
        raise InputError(message("{file} is missing or cannot be read.", file=path.name)) from None
    for line in text.splitlines():
        if not line.startswith(".INCLUDE"):
            yield line
            continue
        for name in line.split()[1:]:
            included = pen_data / name
            if not included.resolve().is_relative_to(pen_data.resolve()):
                raise InputError(message("{file} lies outside the release.", file=name))
            yield from _lines(included, pen_data, chain + 1)
