"""Whether a model is about to be measured on its own training digits."""

import hashlib
from pathlib import Path

from digitlab.networks.zoo import Model
from digitlab.words import Message, message


def warning(model: Model, file: Path) -> Message | None:
    """What to know before the model is measured on a stroke file that it learned from; None for any other file."""
    strokes = model.card.get("settings", {}).get("strokes")
    if not strokes or hashlib.sha256(file.read_bytes()).hexdigest() != strokes["sha256"]:
        return None
    command = "`python -m benchmarks.folds STROKES.npz`"
    if strokes["folds"]:
        return message(
            "{model} was trained on this file, except the writers of fold {fold} of {folds}. The figures measure "
            "memory, not new writers; for these use {command}.",
            model=model.name,
            fold=strokes["fold"],
            folds=strokes["folds"],
            command=command,
        )
    return message(
        "{model} was trained on this file. The figures measure memory, not new writers; for these use {command}.",
        model=model.name,
        command=command,
    )
