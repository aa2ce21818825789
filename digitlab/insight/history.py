"""A run's network as it was at the ends of its epochs, from the checkpoints that are kept."""

import threading
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab.errors import InputError
from digitlab.networks.predictor import Predictor
from digitlab.store import Store
from digitlab.store.records import PinReading, SavedCheckpoint
from digitlab.store.runs import folder
from digitlab.training import state
from digitlab.training.config import TrainingConfig

_OPEN_AT_ONCE = 8  # predictors kept in memory for whoever moves a slider to and fro


def epochs_kept(store: Store, run: int) -> list[int]:
    """The epochs at whose end a checkpoint is kept, in order; of long runs not every one is."""
    return [saved.epoch for saved in store.runs.checkpoints(run) if saved.epoch is not None]


def network_at(store: Store, run: int, epoch: int) -> Predictor:
    """The network as it was at the end of an epoch, ready to read; opened once a process.

    Raises:
        InputError: no checkpoint of that epoch is kept.
        DataError: its file is missing or damaged.
    """
    saved = next((one for one in store.runs.checkpoints(run) if one.epoch == epoch), None)
    if saved is None:
        raise InputError(f"Run {run} has no checkpoint of epoch {epoch!r}; it has {epochs_kept(store, run)}.")
    config = TrainingConfig.from_record(store.runs.get(run).config)
    with _opening:
        return _open(config, folder(run) / saved.file, saved.sha256)


def read_by_epoch(store: Store, run: int, image: NDArray[np.float32]) -> list[tuple[int, int, list[float]]]:
    """What a picture, float32 [28, 28] in 0..1, would have been read as: (step, epoch, ten probabilities) by epoch."""
    read = []
    for saved in store.runs.checkpoints(run):
        if saved.epoch is not None:
            probabilities = network_at(store, run, saved.epoch).read(image).probabilities
            read.append((saved.step, saved.epoch, probabilities.tolist()))
    return read


def pinned(store: Store, pin: int, run: int) -> list[PinReading]:
    """All that is known of how a run learned to read a pinned picture, in order of steps.

    It is what was read live, and before that, for a picture that was pinned late, what the checkpoints read.
    """
    live = store.pins.readings(pin)
    found = next((one for one in store.pins.of(run) if one.id == pin), None)
    if found is None:
        return live
    first = live[0].step if live else np.inf
    early = [saved for saved in store.runs.checkpoints(run) if saved.epoch is not None and saved.step < first]
    return [_from(store, run, saved, pin, found.image) for saved in early] + live


def _from(store: Store, run: int, saved: SavedCheckpoint, pin: int, image: NDArray[np.float32]) -> PinReading:
    assert saved.epoch is not None
    read = network_at(store, run, saved.epoch).read(image)
    return PinReading(pin, saved.step, saved.epoch, read.probabilities.tolist())


_opening = threading.Lock()


@lru_cache(maxsize=_OPEN_AT_ONCE)
def _open(config: TrainingConfig, file: Path, sha256: str) -> Predictor:
    found = state.read(file, sha256)
    model = config.network.build()
    averages = len(model.weights) if config.weight_average else 0
    kept = found.variables[len(found.variables) - averages :] if averages else found.variables
    own = model.weights if averages else model.variables
    for variable, value in zip(own, kept, strict=False):
        variable.assign(value)
    return Predictor(model, config.network)
