"""What is promised about a model's reading, measured and noted in its card.

`python -m benchmarks.measured STROKES.npz --set "UNIPEN train_r01_v07" --doi 10.5281/zenodo.1195803 [--model NAME]`
computes what the commands print that stand beside the figures, for a model that refuses, and what the slider of the
Draw page shows. `python -m benchmarks.readme` takes the figures into the README.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks import refusals
from digitlab.drawing.strokes import StrokeSet
from digitlab.insight.answers import answers
from digitlab.insight.evaluation import evaluate, score
from digitlab.networks import zoo
from digitlab.networks.zoo import Model


def figures(model: Model, strokes: StrokeSet, refused: dict[str, Any]) -> list[dict[str, Any]]:
    """Each figure, a share of 1: what it is, its value and the command that prints it."""
    predictor = zoo.open_model(model.name)
    read, test = score(predictor, strokes), evaluate(answers(predictor, model, "test"))
    kinds = refused["refused_by_kind"]
    least = min(kinds, key=kinds.get)
    by_score, by_refusals, by_evaluate = (
        f"python -m {command} --model {model.name}"
        for command in ("digitlab score STROKES.npz", "benchmarks.refusals STROKES.npz", "digitlab evaluate")
    )
    rows = (
        ("clean: pen digits read right, the best digit counted even where it is refused", read.clean, by_score),
        ("answered: pen digits that get a digit, and no ?, for an answer", read.answered, by_score),
        ("read: pen digits answered and right", read.read, by_score),
        (f"drawings of {len(kinds)} kinds that are no digit, refused", refused["at_threshold"]["refused"], by_refusals),
        (f"those of the kind that is refused least ({least})", kinds[least], by_refusals),
        ("MNIST's test digits read right", test.accuracy, by_evaluate),
        ("expected calibration error on them", test.calibration_error, by_evaluate),
    )
    return [{"what": what, "value": round(value, 4), "command": command} for what, value, command in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strokes", type=Path)
    parser.add_argument("--set", required=True, help="the stroke set's name")
    parser.add_argument("--doi", required=True, help="where readers can fetch it")
    parser.add_argument("--model", default=zoo.DEFAULT)
    chosen = parser.parse_args()
    model, strokes = zoo.find(chosen.model), StrokeSet.load(chosen.strokes)
    refused = refusals.measure(model.name, strokes)
    clean = int((~strokes.suspect).sum())
    found = figures(model, strokes, refused)
    model.card["abstain"] |= refused
    model.card["measured"] = {
        "strokes": {"set": chosen.set, "doi": chosen.doi, "drawings": len(strokes.labels), "clean": clean},
        "figures": found,
    }
    for row in found:
        print(f"{row['value']:.4f}  {row['what']}")
    card = model.file.with_suffix(".json")
    card.write_text(json.dumps(model.card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
