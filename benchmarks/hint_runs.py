"""Thirty short real runs that hints are tested on: `python -m benchmarks.hint_runs [--home DIR] [--to FILE]`.

Twenty have a known fault, ten are healthy. Each finished run is kept in --home, so that the command goes on where it
was ended. With the last one all are packed into one file, which tests/test_hints.py reads. Whether hints are right is
not looked at here: what a run's fault is was decided before it was trained.
"""

import argparse
import gzip
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from digitlab import home
from digitlab.data.augmentation import Augmentation
from digitlab.networks import zoo
from digitlab.networks.graph import Network
from digitlab.networks.layers import Dense, Flatten
from digitlab.training import architectures, recipes
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Failed, Step
from digitlab.training.hints import Seen
from digitlab.training.loop import train

PACKED = home.ROOT / "tests" / "hint_runs.json.gz"

_DENSE = TrainingConfig(
    network=Network((Flatten(), Dense(units=32, activation="relu"), Dense(units=10))),
    batch_size=100,
    epochs=5,
    train_size=10_000,
    validation="last",
    validation_size=2000,
)
_WIDE = replace(_DENSE, network=Network((Flatten(), Dense(units=128, activation="relu"), Dense(units=10))))
_CONV = replace(
    recipes.find("two-conv-64-dropout").config, epochs=5, train_size=5000, validation="last", validation_size=2000
)
_PLAIN_CONV = replace(_CONV, network=recipes.find("two-conv-128").network)
_FEW: dict[str, Any] = {"train_size": 300, "batch_size": 20, "epochs": 30}
_SGD: dict[str, Any] = {"optimizer": "sgd", "momentum": 0.0}


@dataclass(frozen=True)
class HintRun:
    """A run with its fault, if it has one."""

    name: str
    fault: Seen | None
    config: TrainingConfig


RUNS = (
    HintRun("SGD at 5", "divergence", replace(_DENSE, **_SGD, learning_rate=5.0)),
    HintRun("SGD with momentum at 1", "divergence", replace(_CONV, optimizer="sgd", learning_rate=1.0)),
    HintRun("Adam at 0.3", "divergence", replace(_CONV, learning_rate=0.3)),
    HintRun("Adam at 10", "divergence", replace(_DENSE, learning_rate=10.0)),
    HintRun("RMSprop at 0.1", "divergence", replace(_CONV, optimizer="rmsprop", learning_rate=0.1)),
    HintRun("SGD whose loss is no number", "divergence", replace(_PLAIN_CONV, **_SGD, learning_rate=10.0)),
    HintRun("dead, Adam at 0.05", "dead", replace(_WIDE, learning_rate=0.05)),
    HintRun("dead, Adam at 0.1", "dead", replace(_WIDE, learning_rate=0.1)),
    HintRun("dead, SGD with momentum at 0.5", "dead", replace(_WIDE, optimizer="sgd", learning_rate=0.5)),
    HintRun("dead, RMSprop at 0.05", "dead", replace(_WIDE, optimizer="rmsprop", learning_rate=0.05)),
    HintRun("300 digits, convolutions", "overfitting", replace(_CONV, **_FEW)),
    HintRun("300 digits, convolutions without dropout", "overfitting", replace(_PLAIN_CONV, **_FEW)),
    HintRun("300 digits, dense", "overfitting", replace(_DENSE, **_FEW)),
    HintRun("300 digits, normalised", "overfitting", replace(_CONV, network=architectures.fast(), **_FEW)),
    HintRun("1,000 digits, wide", "overfitting", replace(_WIDE, train_size=1000, batch_size=50, epochs=40)),
    HintRun("slow, SGD at 1e-4", "slow", replace(_DENSE, **_SGD, learning_rate=1e-4)),
    HintRun("slow, SGD at 5e-4", "slow", replace(_CONV, **_SGD, learning_rate=5e-4, epochs=6)),
    HintRun("slow, Adam at 1e-5", "slow", replace(_DENSE, learning_rate=1e-5, epochs=6)),
    HintRun("slow, Adam at 3e-6", "slow", replace(_CONV, learning_rate=3e-6, epochs=8)),
    HintRun("slow, RMSprop at 3e-6", "slow", replace(_WIDE, optimizer="rmsprop", learning_rate=3e-6)),
    HintRun("two convolutions", None, replace(_CONV, train_size=10_000)),
    HintRun("dense", None, _DENSE),
    HintRun(
        "fast",
        None,
        replace(recipes.find("fast").config, train_size=20_000, validation="last", validation_size=2000),
    ),
    HintRun("vgg", None, replace(recipes.find("vgg").config, train_size=4000, epochs=4, validation_size=2000)),
    HintRun("resnet", None, replace(recipes.find("resnet").config, train_size=4000, epochs=4, validation_size=2000)),
    HintRun("five by five", None, replace(recipes.find("five-by-five-1024").config, steps=400, log_every=10)),
    HintRun(
        "SGD with Nesterov and cosine",
        None,
        replace(_CONV, optimizer="sgd", nesterov=True, learning_rate=0.02, schedule="cosine", train_size=10_000),
    ),
    HintRun(
        "RMSprop without validation", None, replace(_CONV, optimizer="rmsprop", validation="none", validation_size=0)
    ),
    HintRun(
        "from shipped weights",
        None,
        replace(_CONV, train_size=1000, start_model=zoo.find("two-conv-64-dropout").hash, learning_rate=2e-4),
    ),
    HintRun(
        "varied digits, AdamW",
        None,
        replace(_CONV, optimizer="adamw", augmentation=Augmentation(rotation=10, shift=1.5), epochs=6),
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".digitlab/hint-runs"))
    parser.add_argument("--to", type=Path, default=PACKED)
    given = parser.parse_args()
    given.home.mkdir(parents=True, exist_ok=True)
    for number, run in enumerate(RUNS, start=1):
        kept = given.home / f"{run.name}.json"
        if kept.exists() and json.loads(kept.read_text())["config"] == json.loads(json.dumps(run.config.to_record())):
            continue
        record = trained(run)
        part = kept.with_suffix(".part")
        part.write_text(json.dumps(record))
        part.rename(kept)
        last = record["epochs"][-1] if record["epochs"] else None
        print(f"{number} of {len(RUNS)}: {run.name} ({run.fault or 'healthy'}): {last}", flush=True)
    records = [json.loads((given.home / f"{run.name}.json").read_text()) for run in RUNS]
    given.to.write_bytes(gzip.compress(json.dumps(records, separators=(",", ":")).encode(), mtime=0))
    print(f"{given.to}: {given.to.stat().st_size:,} bytes")


def trained(run: HintRun) -> dict[str, Any]:
    """A run with what it logged, as plain data. Norms of layers are left out, and figures have four digits."""
    events = list(train(run.config))
    steps = [asdict(event) | {"layers": None} for event in events if isinstance(event, Step)]
    epochs = [asdict(event) for event in events if isinstance(event, Epoch)]
    return {
        "name": run.name,
        "fault": run.fault,
        "config": run.config.to_record(),
        "failed": isinstance(events[-1], Failed),
        "steps": [list(_short(row).values()) for row in steps],
        "epochs": [list(_short(row).values()) for row in epochs],
    }


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _short(one) for name, one in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
