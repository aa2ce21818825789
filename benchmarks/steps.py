"""What each step from the drawing to the 28×28 is worth: `python -m benchmarks.steps STROKES.npz --model NAME …`.

The clean rows of a stroke set are put on the pad at a random place and size, as people draw, and read with one step
after another switched on. The first row is what most demos do: the canvas made smaller.
"""

import argparse
from pathlib import Path

import numpy as np

from digitlab.drawing.preprocess import ALL_STEPS, Steps, stages
from digitlab.drawing.strokes import DEFAULT_BRUSH, PAD_SIDE, Drawing, StrokeSet
from digitlab.insight.learned_from import warning
from digitlab.networks import zoo

SIZES = (0.3, 0.9)  # longest side of the lines, as a share of the pad
NONE = Steps(crop=False, scale=False, pen=False, centre=False)
WAYS = {
    "the canvas made smaller": NONE,
    "+ cropped: moved to the middle": Steps(scale=False, pen=False, centre=False),
    "+ scaled to 20×20": Steps(pen=False, centre=False),
    "+ drawn with the canonical pen": Steps(centre=False),
    "+ centred by mass: all steps": ALL_STEPS,
    "all but the crop": Steps(crop=False),
    "all but the scale": Steps(scale=False),
    "all but the pen": Steps(pen=False),
}


def placed(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """A drawing at a random place and size on the pad, drawn with the default brush."""
    points = np.concatenate(drawing.strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = rng.uniform(*SIZES) * PAD_SIDE / max(float(extent.max()), 1e-9)
    room = np.maximum(0, PAD_SIDE - extent * scale - DEFAULT_BRUSH)
    start = rng.random(2) * room + DEFAULT_BRUSH / 2
    return Drawing.of([(stroke - low) * scale + start for stroke in drawing.strokes], DEFAULT_BRUSH)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strokes", type=Path)
    parser.add_argument("--model", nargs="+", default=[zoo.DEFAULT])
    chosen = parser.parse_args()
    strokes = StrokeSet.load(chosen.strokes)
    rng = np.random.default_rng(0)
    rows = np.flatnonzero(~strokes.suspect)
    drawings = [placed(strokes.drawings[row], rng) for row in rows]
    for learned in filter(None, (warning(zoo.find(name), chosen.strokes) for name in chosen.model)):
        print(learned)
    print("| what is done | " + " | ".join(chosen.model) + " |")
    print("|---|" + "---|" * len(chosen.model))
    for title, steps in WAYS.items():
        images = np.stack([stages(drawing, steps)[-1].image for drawing in drawings])
        right = [zoo.open_model(name).outputs(images).argmax(axis=1) == strokes.labels[rows] for name in chosen.model]
        print(f"| {title} | " + " | ".join(f"{hits.mean():.1%}" for hits in right) + " |")


if __name__ == "__main__":
    main()
