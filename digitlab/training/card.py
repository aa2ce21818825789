"""A model's card: what it is, how it was trained and what it measures, written by the program that measured it."""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from digitlab.networks.zoo import weights_hash
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Evaluated, Finished
from digitlab.training.recipes import Recipe

DATA_LICENCE = "MNIST by Yann LeCun, Corinna Cortes and Christopher Burges, CC BY-SA 3.0"


def write(
    folder: Path,
    name: str,
    recipe: Recipe,
    config: TrainingConfig,
    epochs: Sequence[Epoch],
    evaluated: Evaluated,
    finished: Finished,
    command: str,
) -> Path:
    """Write NAME.keras and NAME.json into `folder`, whole or not at all; returns the card's path."""
    from digitlab.backend import device

    card: dict[str, Any] = {
        "name": name,
        "recipe": recipe.name,
        "summary": recipe.summary,
        "article": recipe.article,
        "published": dict(recipe.published),
        "quirks": list(recipe.quirks),
        "command": command,
        "parameters": config.network.parameters,
        "multiply_adds": config.network.multiply_adds,
        "test": {"accuracy": evaluated.accuracy, "loss": evaluated.loss},
        "epochs": [asdict(epoch) for epoch in epochs],
        "settings": {name: value for name, value in config.to_record().items() if name != "network"},
        "abstain": abstain(finished.threshold),
        "seconds": round(finished.seconds, 1),
        "stopped_early": finished.stopped,
        "device": device(),
        "trained": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {package: version(package) for package in ("tensorflow", "keras", "numpy")},
        "data": DATA_LICENCE,
        "sha256": weights_hash(finished.model),
        "network": config.network.to_records(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as scratch:
        weights, text = Path(scratch) / f"{name}.keras", Path(scratch) / f"{name}.json"
        finished.model.save(weights)
        text.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(weights, folder / weights.name)
        os.replace(text, folder / text.name)  # the card last: a model is there once its card is
    return folder / f"{name}.json"


def abstain(threshold: float | None) -> dict[str, Any] | None:
    """How the model tells what is no digit; None for one that always answers."""
    if threshold is None:
        return None
    return {"score": "energy", "source": "Liu et al., 2020, arXiv:2010.03759", "threshold": threshold}


def config_of(card: dict[str, Any]) -> TrainingConfig:
    """The configuration that a card was written for.

    Raises:
        InputError: its settings are not ones that this version knows.
    """
    return TrainingConfig.from_record(card["settings"] | {"network": card["network"]})
