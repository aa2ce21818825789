"""How long an epoch should take on a machine of the pool, from a short calibration.

The time that a step spends on a digit is taken to be a sum of three: the multiply-adds, the numbers that layers hand on
(memory is slower than arithmetic), and a step's own cost for each layer, shared by the digits of the batch. Four small
networks are timed, and the three factors that fit them best are kept.
"""

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from digitlab import blobs
from digitlab.data import mnist
from digitlab.data.augment import augment
from digitlab.data.augmentation import Augmentation
from digitlab.errors import BlobAwayError, BlobMissingError, DataError
from digitlab.jobs import settings
from digitlab.networks.graph import Network
from digitlab.networks.layers import BatchNorm, Conv, Dense, Flatten, Layer, MaxPool, Relu
from digitlab.plain_data import checked, damaged
from digitlab.training.config import TrainingConfig
from digitlab.words import message

_ROUNDS = 4  # of each network; the quickest counts, since what slows one down is not its own
_DIGITS = 1280  # a round
_TITLE = message("the speed test")


@dataclass(frozen=True)
class Speed:
    """What this machine takes, in seconds.

    Attributes:
        threads: processor threads it was measured with.
        multiply_add: one, forwards and backwards.
        number: one that a layer hands on, forwards and backwards.
        layer: one layer of one step.
        varied: varying one digit.
    """

    threads: int
    multiply_add: float
    number: float
    layer: float
    varied: float

    def epoch_seconds(self, config: TrainingConfig) -> float:
        """One epoch with its validation; going forwards alone takes a third."""
        digit = float(np.dot(_amounts(config), [self.multiply_add, self.number, self.layer]))
        others = config.exposure.share if config.exposure else 0.0  # non-digits that are shown for each digit
        seconds = config.digits * digit * (1 + others)
        if config.augmentation:
            seconds += config.digits * self.varied / self.threads  # by a thread of its own
        validated = 10_000 if config.validation == "test" else config.validation_size
        return seconds + validated * digit / 3


def known() -> Speed | None:
    """What was measured in the pool where jobs that are asked for here are done; None if nothing was yet."""
    try:
        values = json.loads(blobs.stored().read(_key(), cached=True))
        speed = Speed(**values)
        return speed if all(math.isfinite(value) and value >= 0 for value in values.values()) else None
    except (BlobMissingError, BlobAwayError, ValueError, TypeError):
        return None


@dataclass(frozen=True)
class SpeedSpec:
    """A job that measures the machine with so many processor threads, at least one."""

    threads: int

    def to_record(self) -> dict[str, Any]:
        return {"threads": self.threads}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "SpeedSpec":
        """Undo `to_record`.

        Raises:
            DataError: the threads are missing or none, or there is something else.
        """
        spec = cls(**checked(record, _TITLE, required={"threads": int}))
        if spec.threads < 1:
            raise DataError(damaged(_TITLE, f"threads = {spec.threads}"))
        return spec


def job(record: Mapping[str, Any], report: Callable[[float, float], None]) -> dict[str, Any]:
    """Measure and keep it.

    Raises:
        DataError: the record is no SpeedSpec's.
    """
    spec = SpeedSpec.from_record(record)
    probes = _probes()
    seconds = []
    for number, probe in enumerate(probes):
        report(number, len(probes))
        seconds.append(_digit_seconds(probe))
    speed = fitted(probes, seconds, _varied_seconds(), spec.threads)
    blobs.stored().put(_key(), json.dumps(asdict(speed)).encode())
    return asdict(speed)


def fitted(probes: list[TrainingConfig], seconds: list[float], varied: float, threads: int) -> Speed:
    """The factors, none below 0, that give each probe's seconds for a digit best, by the share they are wrong."""
    from scipy.optimize import nnls

    amounts = np.array([_amounts(probe) for probe in probes]) / np.array(seconds)[:, None]
    scale = amounts.max(axis=0)
    factors, _ = nnls(amounts / scale, np.ones(len(probes)))
    multiply_add, number, layer = (factors / scale).tolist()
    return Speed(threads, multiply_add, number, layer, varied)


def _amounts(config: TrainingConfig) -> list[float]:
    """What a digit takes: multiply-adds, numbers handed on, layers of a step."""
    network = config.network
    numbers = sum(math.prod(network.shapes[layer.name]) for layer in network.layers)
    return [network.multiply_adds, numbers, len(network.layers) / config.batch_size]


def _probes() -> list[TrainingConfig]:
    def block(filters: int) -> tuple[Layer, ...]:
        return Conv(filters=filters, kernel=3, padding="same", use_bias=False), BatchNorm(), Relu()

    dense = Network((Flatten(), Dense(units=64, activation="relu"), Dense(units=10)))
    plain = (Conv(filters=32, kernel=3, activation="relu"), MaxPool(), Conv(filters=64, kernel=3, activation="relu"))
    convolutions = Network((*plain, MaxPool(), Flatten(), Dense(units=64, activation="relu"), Dense(units=10)))
    normalised = Network((*block(8), MaxPool(), *block(32), MaxPool(), Flatten(), Dense(units=10)))
    arithmetic = Network((Conv(filters=32, kernel=5, stride=2), *block(64), MaxPool(), Flatten(), Dense(units=10)))
    return [
        TrainingConfig(network=dense, batch_size=32),
        TrainingConfig(network=convolutions, batch_size=64),
        TrainingConfig(network=normalised, batch_size=128),
        TrainingConfig(network=arithmetic, batch_size=128),
    ]


def _digit_seconds(config: TrainingConfig) -> float:
    from digitlab.training.batches import batches
    from digitlab.training.start import first_model
    from digitlab.training.trainer import Trainer

    data = mnist.load()
    trainer = Trainer(config, first_model(config))
    config = replace(config, log_every=_DIGITS // config.batch_size)
    taken = []
    for batch in batches(config, data.x_train, data.y_train, 0):
        since = time.perf_counter()
        trainer.run(batch, [1e-4] * len(batch.images))
        taken.append((time.perf_counter() - since) / (batch.digits * len(batch.images)))
        if len(taken) > _ROUNDS:
            break
    return min(taken[1:])  # the first one builds the graph


def _varied_seconds() -> float:
    data, rng = mnist.load(), np.random.default_rng(0)
    settings = Augmentation(rotation=10, shift=1, scale=0.1, thickness=0.3)
    taken = []
    for _ in range(_ROUNDS):
        since = time.perf_counter()
        augment(data.x_train[:_DIGITS], data.y_train[:_DIGITS], rng, settings)
        taken.append((time.perf_counter() - since) / _DIGITS)
    return min(taken)


def _key() -> str:
    return f"pools/{settings.pool()}.json"
