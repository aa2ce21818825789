"""The state of a training run between two steps, as a blob that is there whole or not at all.

All variables of the model and of its optimizer are kept by their position: among the model's are the states of the seed
generators of dropout and random layers, which Keras' own formats leave out, and without which a resumed run would end
with other weights. The order of the digits and their augmentation follow from the seed and the step alone.
"""

import io
import json
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitlab import blobs
from digitlab.errors import BlobMissingError, DataError
from digitlab.words import message


@dataclass(frozen=True, kw_only=True)
class State:
    """Where a run stands.

    Attributes:
        step: steps done.
        learning_rate: the rate (the schedule's peak) in force, which may differ from the configuration's.
        stopped: whether the run was stopped; it has no more steps then.
        totals: sums over the batches of the current epoch: loss, right answers, digits.
        seconds, epoch_seconds: time spent on the run and on its current epoch.
        variables: the model's, then the optimizer's, by position; then the averages.
        best: accuracy (0..1), loss and number of the best validation epoch so far, where its weights or the patience
            are asked for.
        waited: epochs since then.
        best_weights: the weights it had, by position; empty where they are not asked for.
    """

    step: int
    learning_rate: float
    variables: list[NDArray[Any]]
    stopped: bool = False
    totals: tuple[float, float, float] = (0.0, 0.0, 0.0)
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    best: tuple[float, float, int] | None = None
    waited: int = 0
    best_weights: list[NDArray[Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Branch:
    """Where a run begins that branches off another: with its weights, and with its optimizer's state if it is the
    same kind of optimizer and fits."""

    state: State
    same_optimizer: bool


_ARRAYS = ("variables", "best_weights")


def write(state: State, key: str) -> tuple[str, int]:
    """Write a state; whatever happens meanwhile, the blob is afterwards either the whole state or what it was before.

    Returns:
        its SHA-256 and its size in bytes.

    Raises:
        BlobError: it cannot be written; nothing is left of it.
    """
    values = {entry.name: getattr(state, entry.name) for entry in fields(state) if entry.name not in _ARRAYS}
    best = {f"best{position}": array for position, array in enumerate(state.best_weights)}
    raw = io.BytesIO()
    np.savez(
        raw,
        about=np.frombuffer(json.dumps(values).encode(), np.uint8),
        **{str(position): array for position, array in enumerate(state.variables)} | best,  # type: ignore[arg-type]
    )
    content = raw.getbuffer()
    return blobs.stored().put(key, content), len(content)


def read(key: str, sha256: str) -> State:
    """Read a state.

    Raises:
        DataError: the blob is missing, cut or altered.
        BlobAwayError: the place where it lies does not answer.
    """
    try:
        raw = blobs.stored().read(key, sha256, cached=True)
    except BlobMissingError as error:
        raise DataError(message("The checkpoint cannot be read. {why}", why=error.message)) from None
    with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
        values = json.loads(arrays["about"].tobytes())
        best = [name for name in arrays.files if name.startswith("best")]
        best_weights = [arrays[f"best{position}"] for position in range(len(best))]
        variables = [arrays[str(position)] for position in range(len(arrays.files) - 1 - len(best))]
    values["totals"] = tuple(values["totals"])
    values["best"] = tuple(values["best"]) if values.get("best") else None
    return State(**values, variables=variables, best_weights=best_weights)
