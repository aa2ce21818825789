"""What folds come to: a fold's figures, their means, tables of them, and what a card quotes."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measured import AIMS, on_strokes, refused, robust
from benchmarks.nondigits import KINDS_CHECKING, KINDS_MEASURING
from benchmarks.refusals import SHARES
from digitlab import files
from digitlab.data.nondigits import KINDS_CHOOSING
from digitlab.training import calibration
from digitlab.training.config import TrainingConfig

COMMAND = "python -m benchmarks.folds STROKES.npz"
ANSWERED = (0.99, 0.993, 0.995, 0.996, 0.997, 0.998, 0.999)  # other shares that the threshold could be set for


@dataclass(frozen=True)
class Measured:
    """A fold's model on the writers that it never saw.

    Attributes:
        figures: shares of 1 by name.
        above: by how much energies lie above the model's threshold: of its digits ("digits" [N]), of the digits that
            it learned from and of the held-out training digits ("learned", "held out"), and of each kind of non-digits.
        right: bool [N], whether the best digit is right.
    """

    figures: dict[str, float]
    above: dict[str, NDArray[np.float32]]
    right: NDArray[np.bool_]

    def save(self, file: Path) -> None:
        arrays: dict[str, Any] = {f"above {name}": values for name, values in self.above.items()}
        arrays |= {"right": self.right, "figures": np.array(json.dumps(self.figures))}
        with files.appearing(file) as (unfinished,):
            np.savez(unfinished, **arrays)

    def with_threshold(self, answered: float) -> "Measured":
        """What it would be if the threshold were set for this share of held-out digits and digits learned from."""
        cut = calibration.energy_threshold([self.above["held out"], self.above["learned"]], answered)
        above = {name: values - np.float32(cut) for name, values in self.above.items()}
        figures = self.figures | {
            "answered": float((above["digits"] <= 0).mean()),
            "read": float(((above["digits"] <= 0) & self.right).mean()),
        }
        for name, kinds in (("checking", KINDS_CHECKING), ("measuring", KINDS_MEASURING)):
            if name in figures:
                figures[name] = float(np.mean([(above[kind] > 0).mean() for kind in kinds]))
        return Measured(figures, above, self.right)

    @classmethod
    def load(cls, file: Path) -> "Measured":
        with np.load(file, allow_pickle=False) as arrays:
            above = {name.removeprefix("above "): arrays[name] for name in arrays if name.startswith("above ")}
            return cls(json.loads(str(arrays["figures"])), above, arrays["right"])


def _mean(folds: Sequence[Measured], name: str) -> float:
    return float(np.mean([fold.figures[name] for fold in folds]))


def row_at(folds: Sequence[Measured], above: float, kinds: Sequence[str]) -> dict[str, float]:
    """Means over folds if every model's threshold lay higher by `above`."""

    def mean(of: Callable[[Measured], Any]) -> float:
        return round(float(np.mean([np.mean(of(fold)) for fold in folds])), 4)

    return {
        "above": round(above, 4),
        "answered": mean(lambda fold: fold.above["digits"] <= above),
        "read": mean(lambda fold: (fold.above["digits"] <= above) & fold.right),
        "refused": mean(lambda fold: [(fold.above[kind] > above).mean() for kind in kinds]),
    }


def other_thresholds(folds: Sequence[Measured], kinds: Sequence[str]) -> Iterator[str]:
    """Lines of a table: what the models would do if their thresholds had been set for another share of answers."""
    yield "| threshold set for | answered | read | refused |"
    yield "|---|---|---|---|"
    for share in ANSWERED:
        at = [calibration.energy_threshold([fold.above["held out"], fold.above["learned"]], share) for fold in folds]
        rows = [row_at([fold], cut, kinds) for fold, cut in zip(folds, at, strict=True)]
        means = [f"{np.mean([row[name] for row in rows]):.4f}" for name in ("answered", "read", "refused")]
        yield f"| {share} | {' | '.join(means)} |"


def table(folds: dict[int, Measured], columns: dict[str, str]) -> Iterator[str]:
    """Lines of a table: a row a fold, then the mean."""
    yield f"| fold | {' | '.join(columns)} |"
    yield "|---|" + "---|" * len(columns)
    for number, fold in folds.items():
        yield f"| {number} | {' | '.join(f'{fold.figures[name]:.4f}' for name in columns.values())} |"
    means = (f"{_mean(list(folds.values()), name):.4f}" for name in columns.values())
    yield f"| mean | {' | '.join(means)} |"


def summary(folds: Sequence[Measured], config: TrainingConfig, command: str = COMMAND) -> dict[str, Any]:
    """What a card can quote: figures, and means for the slider of the Draw page; `command` is what gives them."""
    assert config.strokes is not None
    strokes = {"sha256": config.strokes.sha256, "source": config.strokes.source, "licence": config.strokes.licence}

    def by_kind(kinds: Sequence[str]) -> dict[str, float]:
        return {kind: round(float(np.mean([(fold.above[kind] > 0).mean() for fold in folds])), 4) for kind in kinds}

    pooled = np.concatenate([fold.above["digits"] for fold in folds])
    cuts = sorted({*(float(np.quantile(pooled, share)) for share in SHARES), 0.0})
    abstain = {
        "at_threshold": row_at(folds, 0.0, KINDS_MEASURING),
        "refused_by_kind": by_kind(KINDS_MEASURING),
        "refused_of_checking_kinds": by_kind(KINDS_CHECKING),
        "refused_of_choosing_kinds": by_kind(KINDS_CHOOSING),
        "table": [row_at(folds, cut, KINDS_MEASURING) for cut in cuts],
    }
    losses: dict[str, dict[str, float]] = {}
    for name in folds[0].figures:
        change, _, amount = name.partition(" ")
        if change in ("sheared", "turned", "picture"):
            losses.setdefault(change, {})[amount] = _mean(folds, name)
    figures = [
        *on_strokes({name: _mean(folds, name) for name in AIMS}, command),
        *refused(abstain, command),
        *robust({change: max(values.values()) for change, values in losses.items()}, command),
    ]
    return {
        "command": command,
        "strokes": strokes,
        "folds": len(folds),
        "settings": {name: value for name, value in config.to_record().items() if name != "network"},
        "figures": [asdict(figure) for figure in figures],
        "stages": {
            name.removeprefix("stage "): round(_mean(folds, name), 4)
            for name in folds[0].figures
            if name.startswith("stage ")
        },
        "abstain": abstain,
        "by_fold": [{name: round(value, 4) for name, value in fold.figures.items()} for fold in folds],
    }
