"""What is promised about reading, measured and noted in the models' cards.

`python -m benchmarks.measured STROKES.npz --set "UNIPEN train_r01_v07" --doi 10.5281/zenodo.1195803` computes for every
shipped model, or for `--model NAME`, what the commands print that stand beside the figures, and for one that refuses
what the slider of the Draw page shows. Without a name of the set nothing is noted. It ends with exit code 1 where an
aim is missed. `python -m benchmarks.readme` takes the figures into the documents.

A model that learned from the very file remembers it. Its card quotes the means over folds instead, from the file that
`python -m benchmarks.folds` writes for the same settings: `--folds FILE.json`.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import refusals, robustness
from benchmarks.steps import WAYS, placed
from digitlab import files
from digitlab.drawing.preprocess import stages
from digitlab.drawing.strokes import StrokeSet
from digitlab.errors import DigitLabError, InputError
from digitlab.insight.answers import answers
from digitlab.insight.evaluation import evaluate, score
from digitlab.insight.learned_from import warning
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.training.recipes import RECIPES

STAGES = dict(zip(("drawn", "cropped", "scaled", "pen", "centred"), WAYS.values(), strict=False))  # the steps so far


@dataclass(frozen=True)
class Figure:
    """A share of 1 that was measured.

    Attributes:
        what: of what.
        value: the share.
        command: what prints it.
        at_least, at_most: what the default model aims at; None where there is no such aim.
    """

    what: str
    value: float
    command: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def missed(self) -> bool:
        return bool(self.at_least and self.value < self.at_least) or bool(self.at_most and self.value > self.at_most)


@dataclass(frozen=True)
class Aim:
    """What a share of pen digits is of, and the least that the default model aims at."""

    what: str
    at_least: float


AIMS = {
    "clean": Aim("clean: pen digits read right, the best digit counted even where it is refused", 0.99),
    "answered": Aim("answered: pen digits that get a digit, and no ?, for an answer", 0.99),
    "read": Aim("read: pen digits answered and right", 0.983),
}


def on_strokes(shares: dict[str, float], command: str) -> Iterator[Figure]:
    """How well pen digits are read: from the shares by their names in AIMS."""
    for name, share in shares.items():
        yield Figure(AIMS[name].what, share, command, AIMS[name].at_least)


def on_test_digits(model: Model) -> Iterator[Figure]:
    """How well any model reads scans."""
    test = evaluate(answers(zoo.open_model(model.name), model, "test"))
    command = _command("digitlab evaluate", model)
    yield Figure("MNIST's test digits read right", test.accuracy, command, at_least=0.996)
    yield Figure("expected calibration error on them", test.calibration_error, command, at_most=0.005)


def refused(found: dict[str, Any], command: str) -> Iterator[Figure]:
    """How well a model tells what is no digit: from what `refusals.measure` gives."""
    kinds = found["refused_by_kind"]
    least = min(kinds, key=kinds.get)
    share = found["at_threshold"]["refused"]
    yield Figure(f"drawings of {len(kinds)} kinds that are no digit, refused", share, command, at_least=0.955)
    yield Figure(f"those of the kind that is refused least ({least})", kinds[least], command, at_least=0.8)
    checking = found["refused_of_checking_kinds"]
    what = f"drawings of {len(checking)} other kinds, looked at while the model was built, refused"
    yield Figure(what, float(np.mean(list(checking.values()))), command)


def robust(losses: dict[str, float], command: str) -> Iterator[Figure]:
    """The most that is lost by a slant, by a turn and by becoming a picture with a pen that leaves digits legible.

    Args:
        losses: the most by the name of the change.
        command: what prints them.
    """
    for change, what, most in (
        ("sheared", f"clean lost where digits are sheared by up to {max(robustness.SHEARS)}", 0.02),
        ("turned", f"clean lost where they are turned by up to {max(robustness.TURNS)}°", 0.02),
        ("picture", "clean lost where they are pictures, drawn with any legible pen at any size", 0.01),
    ):
        yield Figure(what, losses[change], command, at_most=most)


def shares(model: Model, strokes: StrokeSet) -> dict[str, float]:
    """Clean pen digits, put anywhere on the pad, that are read right at each stage."""
    rows = np.flatnonzero(~strokes.suspect)
    rng = np.random.default_rng(0)
    drawings = [placed(strokes.drawings[row], rng) for row in rows]
    found = {}
    for name, steps in STAGES.items():
        images = np.stack([stages(drawing, steps)[-1].image for drawing in drawings])
        right = zoo.open_model(model.name).outputs(images).argmax(axis=1) == strokes.labels[rows]
        found[name] = round(float(right.mean()), 4)
    return found


def _command(what: str, model: Model) -> str:
    return f"python -m {what} --model {model.name}"


def _noted(figure: Figure, aims: bool) -> dict[str, Any]:
    noted = asdict(figure) | {"value": round(figure.value, 4)}
    return {key: value for key, value in noted.items() if value is not None and (aims or not key.startswith("at_"))}


def measure(model: Model, strokes: StrokeSet) -> tuple[list[Figure], dict[str, Any]]:
    """All figures, and what `refusals.measure` gives, which is nothing for a model that always answers."""
    predictor = zoo.open_model(model.name)
    read = score(predictor, strokes)
    names = ["clean"] if model.threshold is None else list(AIMS)
    shares = {name: getattr(read, name) for name in names}
    found = [*on_strokes(shares, _command("digitlab score STROKES.npz", model)), *on_test_digits(model)]
    if model.threshold is None:
        return found, {}
    table = refusals.measure(model.name, strokes)
    losses: dict[str, float] = {}
    for reading in robustness.measure(strokes, predictor.probabilities, legible_only=True):
        losses[reading.change] = max(reading.loss, losses.get(reading.change, reading.loss))
    return [
        *found,
        *refused(table, _command("benchmarks.refusals STROKES.npz", model)),
        *robust(losses, _command("benchmarks.robustness STROKES.npz", model)),
    ], table


def from_folds(model: Model, file: Path) -> tuple[list[Figure], dict[str, Any], dict[str, Any]]:
    """The figures of a model that learned from the strokes, what its slider shows, and the whole file of folds.

    Raises:
        InputError: the file is no such file, or is about other settings or strokes.
    """
    try:
        card = json.loads(file.read_text(encoding="utf-8"))
        settings, threshold = model.card["settings"], float(model.threshold or 0)
        same = {**card["settings"], "strokes": None} == {**settings, "strokes": None}
        learned, theirs = settings["strokes"], card["settings"]["strokes"]
        same &= all(learned[name] == theirs[name] for name in ("sha256", "copies", "coarse"))
        found = [Figure(**figure) for figure in card["figures"]]
        table = dict(card["abstain"])
        table["table"] = [_moved(row, threshold) for row in table["table"]]
        table["at_threshold"] = _moved(table["at_threshold"], threshold)
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{file} is not what benchmarks.folds writes.") from None
    if not same:
        raise InputError(f"{file} is about other settings or strokes than those that {model.name} was trained with.")
    return [*found[: len(AIMS)], *on_test_digits(model), *found[len(AIMS) :]], table, card


def _moved(row: dict[str, float], threshold: float) -> dict[str, float]:
    """A row of the means over folds for the model's own threshold: each fold's lay as far from its model's."""
    return {"threshold": round(threshold + row["above"], 4)} | {
        name: value for name, value in row.items() if name != "above"
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strokes", type=Path)
    parser.add_argument("--set", help="the stroke set's name; with it the figures are noted in the cards")
    parser.add_argument("--doi", help="where readers can fetch it")
    parser.add_argument("--model", nargs="+", default=list(RECIPES))
    parser.add_argument("--folds", type=Path, metavar="FILE.json", help="for the model that learned from these strokes")
    chosen = parser.parse_args()
    if (chosen.set is None) != (chosen.doi is None):
        parser.error("give both --set and --doi, or none of them")
    try:
        return _main(chosen)
    except DigitLabError as error:
        print(error, file=sys.stderr)
        return 2


def _main(chosen: argparse.Namespace) -> int:
    strokes = StrokeSet.load(chosen.strokes)
    missed = False
    for name in chosen.model:
        model = zoo.find(name)
        learned = warning(model, chosen.strokes)
        card: dict[str, Any] = {}
        if learned and chosen.folds:
            found, table, card = from_folds(model, chosen.folds)
        elif learned and chosen.set is not None:
            raise InputError(f"{learned} Give its file with --folds, so that the card quotes the means.")
        else:
            found, table = measure(model, strokes)
            print(learned, end="\n" * bool(learned), flush=True)
        aims = name == zoo.DEFAULT
        for figure in found:
            missed |= aims and figure.missed
            print(f"{name:20} {figure.value:7.4f}  {figure.what}{' MISSED' * (aims and figure.missed)}", flush=True)
        if chosen.set is None:
            continue
        if table:
            model.card["abstain"] |= table
        clean = int((~strokes.suspect).sum())
        model.card["measured"] = {
            "strokes": {"set": chosen.set, "doi": chosen.doi, "drawings": len(strokes.labels), "clean": clean},
            "figures": [_noted(figure, aims) for figure in found],
            "stages": card["stages"] if card else shares(model, strokes),
        }
        if card:
            model.card["measured"]["folds"] = card["folds"]
        text = json.dumps(model.card, indent=2, ensure_ascii=False) + "\n"
        files.write(model.file.with_suffix(".json"), text.encode())
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
