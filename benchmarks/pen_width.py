"""Accuracy on pen strokes for one canonical pen width after another: `python -m benchmarks.pen_width STROKES.npz`."""

import argparse
from pathlib import Path

import numpy as np

from digitlab.drawing import preprocess
from digitlab.drawing.strokes import StrokeSet
from digitlab.insight.learned_from import warning
from digitlab.networks import zoo

WIDTHS = (1.6, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.4, 4.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strokes", type=Path)
    parser.add_argument("--model", nargs="+", default=[zoo.DEFAULT])
    chosen = parser.parse_args()
    strokes = StrokeSet.load(chosen.strokes)
    clean = ~strokes.suspect
    for learned in filter(None, (warning(zoo.find(name), chosen.strokes) for name in chosen.model)):
        print(learned)
    print("| width | " + " | ".join(chosen.model) + " |")
    print("|---|" + "---|" * len(chosen.model))
    for width in WIDTHS:
        preprocess.PEN_WIDTH = width
        images = np.stack([preprocess.prepare(drawing) for drawing in strokes.drawings])
        row = []
        for name in chosen.model:
            right = zoo.open_model(name).outputs(images).argmax(axis=1) == strokes.labels
            row.append(f"{right[clean].mean():.4f}")
        print(f"| {width:.1f} | " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
