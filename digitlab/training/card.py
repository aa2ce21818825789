"""A model's card: what it is, how it was trained and what it measures, written by the program that measured it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from digitlab.networks import zoo
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Evaluated, Finished
from digitlab.training.recipes import Recipe

DATA_LICENCE = "MNIST by Yann LeCun, Corinna Cortes and Christopher Burges, CC BY-SA 3.0"


def write(
    place: zoo.Place,
    name: str,
    recipe: Recipe,
    config: TrainingConfig,
    epochs: Sequence[Epoch],
    evaluated: Evaluated,
    finished: Finished,
    command: str,
) -> None:
    """Write NAME.keras and NAME.json there, whole or not at all."""
    from digitlab.backend import device

    card: dict[str, Any] = {
        "name": name,
        "recipe": recipe.name,
        "summary": recipe.summary.english,
        "article": recipe.article,
        "published": {what.english: percent for what, percent in recipe.published},
        "quirks": [quirk.english for quirk in recipe.quirks],
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
        "data": _data(config),
        "sha256": zoo.weights_hash(finished.model),
        "network": config.network.to_records(),
    }
    zoo.write(place, name, finished.model, card)


def _data(config: TrainingConfig) -> str:
    """What the model learned from, with the licences."""
    if config.strokes is None:
        return DATA_LICENCE
    strokes = config.strokes
    source = f"{strokes.source or 'source not stated'}, {strokes.licence or 'licence not stated'}"
    by = f" by {strokes.writers:,} writers" if strokes.writers else ""
    return f"{DATA_LICENCE}; {strokes.count:,} pen digits{by}: {source}, SHA-256 {strokes.sha256}"


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
