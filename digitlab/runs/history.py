"""A run's network as it was at the ends of its epochs, from the checkpoints that are kept."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from digitlab.errors import DataError, InputError
from digitlab.networks.graph import Network
from digitlab.networks.predictor import Predictor
from digitlab.store import Store
from digitlab.store.records import ACTIVE, Pin, PinReading, Run, SavedCheckpoint
from digitlab.training import state
from digitlab.training.config import TrainingConfig
from digitlab.words import message

LOOKED_BACK = 10  # checkpoints that are read for a picture that was pinned late
_OPEN_AT_ONCE = 8  # predictors kept in memory while a visitor moves the slider
_FEWEST, _MOST = 12, 48  # bins of a histogram
_REMEMBERED = 512  # readings: a page that follows a run asks for the same ones every second


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
        raise InputError(
            message(
                "Run {run} has no checkpoint of epoch {epoch}. Epochs with a checkpoint: {known}.",
                run=str(run),
                epoch=str(epoch),
                known=", ".join(map(str, epochs_kept(store, run))) or "–",
            )
        )
    config = store.runs.get(run).spec.config
    with _opening:
        return _open(config, saved.file, saved.sha256)


def pinned(store: Store, run: Run, pin: Pin) -> list[PinReading]:
    """Every reading of a pinned picture by a run, in order of steps.

    These are the live readings. For a picture that was pinned late, readings by at most LOOKED_BACK checkpoints from
    the ends of earlier epochs come first. While the run is at work and has no live reading yet, there are none.
    """
    live = store.pins.readings(pin.id)
    if not live and run.state in ACTIVE:
        return []
    first = live[0].step if live else np.inf
    early = [saved for saved in store.runs.checkpoints(run.id) if saved.epoch is not None and saved.step < first]
    every = -(-len(early) // LOOKED_BACK) or 1
    config, image = run.spec.config, pin.image.tobytes()
    found = []
    for saved in early[::-every][::-1]:
        with suppress(DataError):  # it was thinned out meanwhile
            probabilities = _probabilities(config, saved.file, saved.sha256, image)
            found.append(PinReading(pin.id, saved.step, saved.epoch or 0, probabilities))
    return [*found, *live]


@dataclass(frozen=True)
class Histogram:
    """How a layer's weights spread after an epoch: `counts` of those between each two neighbours of `edges`."""

    epoch: int
    counts: tuple[int, ...]
    edges: tuple[float, ...]


def histograms(run: Run, checkpoints: Sequence[SavedCheckpoint], layer: str) -> list[Histogram]:
    """The kernels of a layer at the ends of all epochs with a checkpoint; each checkpoint is read once a process."""
    found = []
    for saved in (saved for saved in checkpoints if saved.epoch is not None):
        with suppress(DataError):  # it was thinned out meanwhile
            by_layer = _spread(run.spec.config, saved.file, saved.sha256)
            if layer in by_layer:
                found.append(Histogram(saved.epoch or 0, *by_layer[layer]))
    return found


@lru_cache(maxsize=_REMEMBERED)
def _spread(config: TrainingConfig, key: str, sha256: str) -> dict[str, tuple[tuple[int, ...], tuple[float, ...]]]:
    """Counts and edges of each layer's kernels, all of them together, in a checkpoint."""
    values = state.read(key, sha256).variables
    made = {}
    for layer, positions in _kernels(config.network, bool(config.weight_average)).items():
        numbers = np.concatenate([values[position].reshape(-1) for position in positions])
        bins = int(np.clip(np.sqrt(numbers.size), _FEWEST, _MOST))
        counts, edges = np.histogram(numbers[np.isfinite(numbers)], bins)
        made[layer] = (tuple(counts.tolist()), tuple(edges.tolist()))
    return made


@lru_cache(maxsize=_OPEN_AT_ONCE)
def _kernels(network: Network, averaged: bool) -> dict[str, list[int]]:
    """Where each layer's kernels stand among a checkpoint's values; those of the averages, which come last."""
    with _opening:
        model = network.build()
    found: dict[str, list[int]] = {}
    own = model.weights if averaged else model.variables
    for position, variable in enumerate(own):
        if "kernel" in variable.name:
            place = position - len(own) if averaged else position
            found.setdefault(variable.path.split("/")[-2], []).append(place)
    return found


@lru_cache(maxsize=_REMEMBERED)
def _probabilities(config: TrainingConfig, key: str, sha256: str, image: bytes) -> tuple[float, ...]:
    """A checkpoint's ten probabilities for a picture, float32 [28, 28] as bytes."""
    with _opening:
        opened = _open(config, key, sha256)
    return tuple(opened.read(np.frombuffer(image, np.float32).reshape(28, 28)).probabilities.tolist())


_opening = threading.Lock()


@lru_cache(maxsize=_OPEN_AT_ONCE)
def _open(config: TrainingConfig, key: str, sha256: str) -> Predictor:
    found = state.read(key, sha256)
    model = config.network.build()
    averages = len(model.weights) if config.weight_average else 0
    kept = found.variables[len(found.variables) - averages :] if averages else found.variables
    own = model.weights if averages else model.variables
    for variable, value in zip(own, kept, strict=False):
        variable.assign(value)
    return Predictor(model, config.network)
