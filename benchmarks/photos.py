"""How well digits are read from photos: `python -m benchmarks.photos STROKES.npz`.

Photos are drawn at random from the clean rows of a stroke set: the sheet and its lines, the table, the pen, the light
and the camera (`harness.photographs`). Prints the share of digits that are found, right (the best digit counted even
where it is refused) and read (answered and right), of photos with one digit and of pages with 5 to 40, and the same for
each condition; what else was taken for a digit; how many of the same strokes are read without a photo; the processor
time of a photo; and of pages with letters, words and drawings, how much of what was found is refused. Ends with exit
code 1 where an aim is missed. The figures count where the model never saw the strokes' writers.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.nondigits import KINDS_MEASURING, generate
from digitlab.drawing.photo import digits, read_photo
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import StrokeSet
from digitlab.errors import DigitLabError, InputError
from digitlab.networks import zoo
from digitlab.networks.predictor import Predictor
from harness.photographs.scene import Box, photograph

AIMS = {"one": 0.97, "page": 0.95}  # of all digits, read
PAGE = (5, 40)  # digits on a page
SEED = 40_000
_OTHERS = [kind for kind in KINDS_MEASURING if "digits" not in kind]  # two digits in a photo are found one by one
_SAME = 0.5  # of two boxes' union lies in both: the digit was found


@dataclass(frozen=True)
class Count:
    """What became of digits in photos.

    Attributes:
        digits: how many there were.
        found: found in their place.
        right: and the network's best digit is the right one.
        read: and it answers.
        other: what else was taken for a digit.
        strokes: how many of the digits are read, and answered, without a photo.
    """

    digits: int = 0
    found: int = 0
    right: int = 0
    read: int = 0
    other: int = 0
    strokes: int = 0

    def __add__(self, more: "Count") -> "Count":
        return Count(*(getattr(self, part.name) + getattr(more, part.name) for part in fields(Count)))

    def shares(self) -> dict[str, float]:
        """Everything as a share of the digits, which stay a number."""
        return {
            name: value if name == "digits" else round(value / self.digits, 4) for name, value in asdict(self).items()
        }


def answers(predictor: Predictor, pictures: Sequence[NDArray[np.float32]]) -> list[tuple[int, bool]]:
    """The best digit of each picture [28, 28], and whether it is refused."""
    if not pictures:
        return []
    outputs = predictor.outputs(np.stack(pictures))
    return list(zip(outputs.argmax(axis=1).tolist(), predictor.refuses(outputs).tolist(), strict=True))


def take(
    strokes: StrokeSet, predictor: Predictor, kind: str, number: int, seed: int
) -> tuple[dict[str, str], Count, float]:
    """Take one photo of a kind, "one" or "page", and read it: its conditions, the count, and the seconds it took."""
    rng = np.random.default_rng([seed, kind == "page", number])
    rows = np.flatnonzero(~strokes.suspect)
    chosen = rng.choice(rows, int(rng.integers(PAGE[0], PAGE[1] + 1)) if kind == "page" else 1)
    taken = photograph([strokes.drawings[row] for row in chosen], rng)
    start = time.process_time()
    photo = read_photo(taken.data)
    found = digits(photo)
    pictures = [one.picture for one in found]
    seconds = time.process_time() - start
    boxes = [tuple(edge * photo.scale for edge in box) for box in taken.boxes]
    at = _pairs(boxes, [one.box for one in found])
    labels, read = strokes.labels[chosen].tolist(), answers(predictor, pictures)
    right = [
        read[place] for label, place in zip(labels, at, strict=True) if place is not None and read[place][0] == label
    ]
    alone = answers(predictor, [prepare(strokes.drawings[row]) for row in chosen])
    return (
        taken.conditions,
        Count(
            digits=len(labels),
            found=len(labels) - at.count(None),
            right=len(right),
            read=sum(not refused for _, refused in right),
            other=len(found) - (len(labels) - at.count(None)),
            strokes=sum(answer == (label, False) for answer, label in zip(alone, labels, strict=True)),
        ),
        seconds,
    )


def refused(predictor: Predictor, count: int, seed: int) -> tuple[int, int]:
    """Photograph `count` pages of things that are no digits: how many boxes are found, and how many are refused."""
    found = few = 0
    for number in range(count):
        rng = np.random.default_rng([seed, 2, number])
        drawn = [generate(str(kind), 1, rng)[0] for kind in rng.choice(_OTHERS, 12)]
        pictures = [one.picture for one in digits(read_photo(photograph(drawn, rng).data))]
        found += len(pictures)
        few += sum(no for _, no in answers(predictor, pictures))
    return found, few


def _pairs(boxes: Sequence[Any], found: Sequence[Box]) -> list[int | None]:
    """Which of the boxes found belongs to each true one; None where none does. Each is given once."""
    free = set(range(len(found)))
    result: list[int | None] = []
    for box in boxes:
        best = max(free, key=lambda number: _overlap(box, found[number]), default=None)
        if best is not None and _overlap(box, found[best]) < _SAME:
            best = None
        free.discard(-1 if best is None else best)
        result.append(best)
    return result


def _overlap(box: Box, other: Box) -> float:
    """How much of two boxes' union lies in both."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in (box, other)]
    return width * height / (sum(areas) - width * height)


def measure(
    strokes: StrokeSet, predictor: Predictor, kind: str, count: int, seed: int
) -> tuple[dict[str, Count], float]:
    """Take and read `count` photos of a kind: counts of all and of each condition, and the mean seconds of a photo."""
    found = {"all": Count()}
    seconds = 0.0
    for number in range(count):
        conditions, counted, took = take(strokes, predictor, kind, number, seed)
        seconds += took / count
        for name in ("all", *(f"{what}: {value}" for what, value in conditions.items())):
            found[name] = found.get(name, Count()) + counted
    return found, seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code: 1 where an aim is missed, 2 for arguments that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.photos", description=__doc__.splitlines()[0])
    parser.add_argument("strokes", type=Path, help="a stroke set, .npz")
    parser.add_argument(
        "--count",
        type=int,
        default=400,
        help="photos of one digit; a tenth as many pages, and a twentieth of things that are none",
    )
    parser.add_argument("--model", default=zoo.DEFAULT, help="name or hash (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of a table")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.count < 20:
            raise InputError(f"--count is a whole number from 20; it is {chosen.count}.")
        strokes, predictor = StrokeSet.load(chosen.strokes), zoo.open_model(chosen.model)
    except DigitLabError as error:
        print(error, file=sys.stderr)
        return 2
    missed, everything = False, {}
    for kind, count in (("one", chosen.count), ("page", chosen.count // 10)):
        found, seconds = measure(strokes, predictor, kind, count, chosen.seed)
        missed |= found["all"].shares()["read"] < AIMS[kind]
        everything[kind] = {"seconds": round(seconds, 3)} | {name: count.shares() for name, count in found.items()}
        if chosen.json:
            continue
        print(f"\n{kind}: {count} photos, {seconds:.2f} s of processor time each; aim: {AIMS[kind]:.0%} read")
        print("| condition | digits | found | right | read | other | strokes |\n|---|---|---|---|---|---|---|")
        for name in sorted(found):
            print(f"| {name} | " + " | ".join(str(value) for value in found[name].shares().values()) + " |", flush=True)
    boxes, few = refused(predictor, chosen.count // 20, chosen.seed)
    share = round(few / max(1, boxes), 4)
    if chosen.json:
        print(json.dumps(everything | {"others": {"found": boxes, "refused": share}}))
    else:
        print(f"\nno digits: {boxes} boxes on {chosen.count // 20} pages, {share:.1%} of them refused")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
