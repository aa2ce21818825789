"""What is promised about reading, measured and noted in the models' cards.

`python -m benchmarks.measured STROKES.npz --set "UNIPEN train_r01_v07" --doi 10.5281/zenodo.1195803` computes for every
shipped model, or for `--model NAME`, what the commands print that stand beside the figures, and for one that refuses
what the slider of the Draw page shows. Without a name of the set nothing is noted. It ends with exit code 1 where an
aim is missed. `python -m benchmarks.readme` takes the figures into the documents.
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
from digitlab.drawing.preprocess import stages
from digitlab.drawing.strokes import StrokeSet
from digitlab.insight.answers import answers
from digitlab.insight.evaluation import evaluate, score
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


def figures(model: Model, strokes: StrokeSet) -> Iterator[Figure]:
    """How well any model reads."""
    predictor = zoo.open_model(model.name)
    read, test = score(predictor, strokes), evaluate(answers(predictor, model, "test"))
    by_score, by_evaluate = _command("digitlab score STROKES.npz", model), _command("digitlab evaluate", model)
    clean = "clean: pen digits read right, the best digit counted even where it is refused"
    yield Figure(clean, read.clean, by_score, at_least=0.985)
    if model.threshold is not None:
        yield Figure("answered: pen digits that get a digit, and no ?, for an answer", read.answered, by_score, 0.98)
        yield Figure("read: pen digits answered and right", read.read, by_score, at_least=0.97)
    yield Figure("MNIST's test digits read right", test.accuracy, by_evaluate, at_least=0.997)
    yield Figure("expected calibration error on them", test.calibration_error, by_evaluate, at_most=0.005)


def refused(model: Model, found: dict[str, Any]) -> Iterator[Figure]:
    """How well a model tells what is no digit: from what `refusals.measure` gives."""
    command = _command("benchmarks.refusals STROKES.npz", model)
    kinds = found["refused_by_kind"]
    least = min(kinds, key=kinds.get)
    share = found["at_threshold"]["refused"]
    yield Figure(f"drawings of {len(kinds)} kinds that are no digit, refused", share, command, at_least=0.9)
    yield Figure(f"those of the kind that is refused least ({least})", kinds[least], command, at_least=0.8)
    checking = found["refused_of_checking_kinds"]
    what = f"drawings of {len(checking)} other kinds, looked at while the model was built, refused"
    yield Figure(what, float(np.mean(list(checking.values()))), command)


def robust(model: Model, strokes: StrokeSet) -> Iterator[Figure]:
    """The most that is lost by a slant, by a turn and by becoming a picture with a pen that leaves digits legible."""
    readings = list(robustness.measure(strokes, zoo.open_model(model.name).probabilities, legible_only=True))
    command = _command("benchmarks.robustness STROKES.npz", model)
    for change, what, most in (
        ("sheared", f"clean lost where digits are sheared by up to {max(robustness.SHEARS)}", 0.02),
        ("turned", f"clean lost where they are turned by up to {max(robustness.TURNS)}°", 0.02),
        ("picture", "clean lost where they are pictures, drawn with any legible pen at any size", 0.01),
    ):
        losses = [reading.loss for reading in readings if reading.change == change and reading.legible]
        yield Figure(what, max(losses), command, at_most=most)


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
    found = list(figures(model, strokes))
    if model.threshold is None:
        return found, {}
    table = refusals.measure(model.name, strokes)
    return [*found, *refused(model, table), *robust(model, strokes)], table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strokes", type=Path)
    parser.add_argument("--set", help="the stroke set's name; with it the figures are noted in the cards")
    parser.add_argument("--doi", help="where readers can fetch it")
    parser.add_argument("--model", nargs="+", default=list(RECIPES))
    chosen = parser.parse_args()
    if (chosen.set is None) != (chosen.doi is None):
        parser.error("give both --set and --doi, or none of them")
    strokes = StrokeSet.load(chosen.strokes)
    missed = False
    for name in chosen.model:
        model = zoo.find(name)
        found, table = measure(model, strokes)
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
            "stages": shares(model, strokes),
        }
        card = model.file.with_suffix(".json")
        card.write_text(json.dumps(model.card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
