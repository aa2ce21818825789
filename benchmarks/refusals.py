"""What a model answers and what it refuses: `python -m benchmarks.refusals STROKES.npz --model pen`.

Real pen digits should be answered, things that are no digit refused. Prints the shares for the model's own threshold,
by kind of non-digit, and for stricter and more generous ones. The figure that counts is that of the measuring kinds:
the others were taught or looked at while the model was built. `python -m benchmarks.measured` notes all of them in the
model's card.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.nondigits import KINDS_CHECKING, KINDS_MEASURING, pictures
from digitlab.data.nondigits import KINDS_CHOOSING
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import StrokeSet
from digitlab.errors import ModelError
from digitlab.insight.learned_from import warning
from digitlab.networks import zoo
from digitlab.networks.predictor import Predictor, energies

EACH = 300  # drawings of each kind
SEED = 30_000  # a new one for each model that is published: drawn after its threshold is fixed, used here alone
SHARES = (0.90, 0.95, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999)  # of real digits answered, for the other thresholds


def energies_by_kind(predictor: Predictor, kinds: tuple[str, ...], seed: int = SEED) -> dict[str, np.ndarray]:
    """Energies [EACH] of each kind's drawings."""
    rng = np.random.default_rng(seed)
    return {
        kind: energies(predictor.outputs(pictures([kind], EACH, rng).astype(np.float32) / np.float32(255)))
        for kind in kinds
    }


def measure(name: str, strokes: StrokeSet) -> dict[str, Any]:
    """All figures for a model that refuses.

    Raises:
        ModelError: the model always answers.
    """
    predictor = zoo.open_model(name)
    threshold = predictor.threshold
    if threshold is None:
        raise ModelError(f"The model {name} always answers; choose one with a threshold, such as {zoo.DEFAULT}.")
    clean = ~strokes.suspect
    outputs = predictor.outputs(np.stack([prepare(drawing) for drawing in strokes.drawings]))[clean]
    right = outputs.argmax(axis=1) == strokes.labels[clean]
    digits = energies(outputs)
    others = energies_by_kind(predictor, KINDS_MEASURING)
    everything = np.concatenate(list(others.values()))

    def row(cut: float) -> dict[str, float]:
        return {
            "threshold": round(cut, 4),
            "answered": round(float((digits <= cut).mean()), 4),
            "read": round(float(((digits <= cut) & right).mean()), 4),
            "refused": round(float((everything > cut).mean()), 4),
        }

    def shares(of: dict[str, np.ndarray]) -> dict[str, float]:
        return {kind: round(float((values > threshold).mean()), 4) for kind, values in of.items()}

    cuts = sorted({*(float(np.quantile(digits, share)) for share in SHARES), threshold})
    return {
        "at_threshold": row(threshold),
        "refused_by_kind": shares(others),
        "refused_of_checking_kinds": shares(energies_by_kind(predictor, KINDS_CHECKING)),
        "refused_of_choosing_kinds": shares(energies_by_kind(predictor, KINDS_CHOOSING)),
        "table": [row(cut) for cut in cuts],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strokes", type=Path)
    parser.add_argument("--model", default=zoo.DEFAULT)
    chosen = parser.parse_args()
    result = measure(chosen.model, StrokeSet.load(chosen.strokes))
    if learned := warning(zoo.find(chosen.model), chosen.strokes):
        print(learned)
    at = result["at_threshold"]
    print(f"real digits: {at['answered']:.2%} answered, {at['read']:.2%} answered and right")
    print(f"non-digits of the measuring kinds: {at['refused']:.2%} refused")
    for group, key in (
        ("measuring", "refused_by_kind"),
        ("checking", "refused_of_checking_kinds"),
        ("choosing", "refused_of_choosing_kinds"),
    ):
        print(f"by kind, {group}:")
        for kind, share in result[key].items():
            print(f"  {kind:<27} {share:.1%}")
    print("| threshold | answered | read | refused |\n|---|---|---|---|")
    for row in result["table"]:
        print(f"| {row['threshold']:.2f} | {row['answered']:.2%} | {row['read']:.2%} | {row['refused']:.2%} |")


if __name__ == "__main__":
    main()
