"""What a run may cost and what a person may have: read from the environment, and refused with a sentence.

A run's cost is reckoned from its configuration; what a person has is counted by the store, which asks `Limits.allow` in
the transaction that would give them more. Work at the command line is not limited.
"""

import math
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

from digitlab import home
from digitlab.errors import InputError
from digitlab.jobs import speed
from digitlab.store import Store
from digitlab.store.records import Usage, Used
from digitlab.store.rights import Person
from digitlab.training.config import TrainingConfig
from digitlab.words import Message, message, plural_message

GIGABYTE = 1e9
LEAST_KEPT = 3  # checkpoints: the newest two and the best
MOST_KEPT = 43  # the same and 40 on the way

_PROCESS = 1.0e9  # bytes: TensorFlow, MNIST, and the test at the end; `python -m benchmarks.memory` compares
_FOR_EACH_NUMBER = 12  # bytes for each number that layers hand on: itself, its gradient, and what a kernel needs beside
_SLOTS = {"adam": 2, "adamw": 2, "sgd": 1, "rmsprop": 1}  # numbers that an optimizer keeps for each weight


def _limit(usual: float, variable: str) -> float:
    made: float = field(default=usual, metadata={"variable": variable})
    return made


@dataclass(frozen=True)
class Cost:
    """What a run takes, as far as that can be said before it begins.

    Attributes:
        parameters: of its network.
        memory: bytes while it trains.
        multiply_adds: forwards, of all its epochs.
        seconds: by this machine's speed; None until that was measured.
        checkpoint_bytes: what its checkpoints take on the disk at most.
        epochs: how often it sees its digits.
    """

    parameters: int
    memory: float
    multiply_adds: float
    seconds: float | None
    checkpoint_bytes: float
    epochs: float


@dataclass(frozen=True)
class Limits:
    """The most that is allowed; each can be set in the environment (docs/reference.md).

    Attributes:
        parameters: of a run's network.
        memory: gigabytes that a run takes while it trains.
        multiply_adds: of a run: epochs × digits × those of one digit.
        hours: that a run takes on this machine.
        checkpoints: gigabytes that one run's checkpoints take.
        waiting: runs of a person that have not ended.
        a_day: runs that a person starts within 24 hours; each trial of a search is one.
        stored: gigabytes that the checkpoints of a person's runs take.
        people: how many people an address may stand for: together they may have so many times as much.
        sessions, sessions_an_address: pages that are open at once, altogether and from one address.
        drawings: that a browser keeps.
        uploads, strokes: photos, and drawings with a stroke more, that a person sends in a minute.
        free_disk: gigabytes of the disk that stay free: with less no run starts.
        checkpoint_days: after its end in which a class's run keeps all its checkpoints.
    """

    parameters: float = _limit(20e6, "DIGITLAB_LIMIT_PARAMETERS")
    memory: float = _limit(4, "DIGITLAB_LIMIT_MEMORY_GB")
    multiply_adds: float = _limit(3e14, "DIGITLAB_LIMIT_MULTIPLY_ADDS")
    hours: float = _limit(24, "DIGITLAB_LIMIT_HOURS")
    checkpoints: float = _limit(2, "DIGITLAB_LIMIT_CHECKPOINTS_GB")
    waiting: float = _limit(20, "DIGITLAB_LIMIT_WAITING")
    a_day: float = _limit(500, "DIGITLAB_LIMIT_RUNS_A_DAY")
    stored: float = _limit(20, "DIGITLAB_LIMIT_STORED_GB")
    people: float = _limit(20, "DIGITLAB_LIMIT_PEOPLE")
    sessions: float = _limit(1000, "DIGITLAB_LIMIT_SESSIONS")
    sessions_an_address: float = _limit(200, "DIGITLAB_LIMIT_SESSIONS_AN_ADDRESS")
    drawings: float = _limit(2000, "DIGITLAB_LIMIT_DRAWINGS")
    uploads: float = _limit(30, "DIGITLAB_LIMIT_UPLOADS_A_MINUTE")
    strokes: float = _limit(600, "DIGITLAB_LIMIT_STROKES_A_MINUTE")
    free_disk: float = _limit(1, "DIGITLAB_LIMIT_FREE_DISK_GB")
    checkpoint_days: float = _limit(30, "DIGITLAB_LIMIT_CHECKPOINT_DAYS")

    def refusal(self, cost: Cost) -> Message | None:
        """Why such a run cannot be started here, a sentence; None where nothing speaks against it."""
        if cost.parameters > self.parameters:
            return plural_message(
                "This network has {n} parameter; this server allows {most}. Take smaller or fewer layers.",
                "This network has {n} parameters; this server allows {most}. Take smaller or fewer layers.",
                cost.parameters,
                most=int(self.parameters),
            )
        if cost.memory > self.memory * GIGABYTE:
            return message(
                "This run needs about {size} of memory; this server allows {most}. Take a smaller batch or smaller "
                "layers.",
                size=gigabytes(cost.memory),
                most=gigabytes(self.memory * GIGABYTE),
            )
        if cost.multiply_adds > self.multiply_adds:
            return message(
                "This run needs {count} multiply-adds; this server allows {most}. Take fewer epochs, fewer digits or "
                "smaller layers.",
                count=f"{cost.multiply_adds:.2g}",
                most=f"{self.multiply_adds:.2g}",
            )
        if (cost.seconds or 0.0) > self.hours * 3600:
            return plural_message(
                "This run would take about {n} hour; this server allows {most}. Take fewer epochs, fewer digits or "
                "smaller layers.",
                "This run would take about {n} hours; this server allows {most}. Take fewer epochs, fewer digits or "
                "smaller layers.",
                math.ceil((cost.seconds or 0.0) / 3600),
                most=self.hours,
            )
        if cost.checkpoint_bytes > self.checkpoints * GIGABYTE:
            return message(
                "The checkpoints of this run need {size} of disk space; this server allows {most} for a run. Take "
                "smaller or fewer layers.",
                size=gigabytes(cost.checkpoint_bytes),
                most=gigabytes(self.checkpoints * GIGABYTE),
            )
        return None

    def no_more(self, used: Used, cost: Cost, runs: int = 1) -> Message | None:
        """Why a person may not start so many runs more now, a sentence; None where they may."""
        more = min(runs, 1) * cost.checkpoint_bytes  # a search's trials come one after the other
        found = self._beyond(used.person, runs, more, 1.0)
        if found == "waiting":
            return plural_message(
                "You have {n} unfinished run; at most {most} are allowed. Wait until a run ends, or cancel one.",
                "You have {n} unfinished runs; at most {most} are allowed. Wait until a run ends, or cancel one.",
                used.person.waiting,
                most=int(self.waiting),
            )
        if found == "today":
            return message(
                "Runs that you started within 24 hours: {started}. Requested now: {more}. Limit: {most}. Come back "
                "tomorrow.",
                started=used.person.today,
                more=runs,
                most=int(self.a_day),
            )
        if found == "stored":
            return message(
                "Your checkpoints need {size} on this server, unfinished runs included; {most} is the limit. Delete "
                "runs that you do not need.",
                size=gigabytes(used.person.stored),
                most=gigabytes(self.stored * GIGABYTE),
            )
        return self._no_more_there(used.address, runs, more)

    def _no_more_there(self, usage: Usage, runs: int, more: float) -> Message | None:
        """The same for all people at an address together."""
        found = self._beyond(usage, runs, more, self.people)
        if found == "waiting":
            return plural_message(
                "Your address has {n} unfinished run; at most {most} are allowed. Wait until a run ends, or cancel "
                "one.",
                "Your address has {n} unfinished runs; at most {most} are allowed. Wait until a run ends, or cancel "
                "one.",
                usage.waiting,
                most=int(self.waiting * self.people),
            )
        if found == "today":
            return message(
                "Runs that your address started within 24 hours: {started}. Requested now: {more}. Limit: {most}. Come "
                "back tomorrow.",
                started=usage.today,
                more=runs,
                most=int(self.a_day * self.people),
            )
        if found == "stored":
            return message(
                "The checkpoints of your address need {size} on this server, unfinished runs included; {most} is the "
                "limit. Delete runs that you do not need.",
                size=gigabytes(usage.stored),
                most=gigabytes(self.stored * self.people * GIGABYTE),
            )
        return None

    def _beyond(self, usage: Usage, runs: int, more: float, times: float) -> str | None:
        """Which limit so many runs more would exceed, with `times` as much as one person may have."""
        if usage.waiting + 1 > self.waiting * times:
            return "waiting"
        if usage.today + runs > self.a_day * times:
            return "today"
        return "stored" if usage.stored + more > self.stored * times * GIGABYTE else None

    def allow(self, cost: Cost, runs: int = 1) -> Callable[[Used], None]:
        """What the store asks in its transaction; it raises an InputError."""
        return partial(self._allow, cost, runs)

    def _allow(self, cost: Cost, runs: int, used: Used) -> None:
        if sentence := disk_is_full() or self.refusal(cost) or self.no_more(used, cost, runs):
            raise InputError(sentence)


def limits() -> Limits:
    """Those of this server.

    Raises:
        InputError: a variable of the environment is no number above 0.
    """
    variables = {one.name: one.metadata["variable"] for one in fields(Limits)}
    return Limits(**{name: _number(variable) for name, variable in variables.items() if os.environ.get(variable)})


def disk_is_full() -> Message | None:
    """Why no run starts on this machine, a sentence: its disk has too little room; None where it has enough."""
    place = home.path()
    free = shutil.disk_usage(next(one for one in (place, *place.parents) if one.exists())).free
    least = limits().free_disk * GIGABYTE
    if free >= least:
        return None
    return message(
        "This server's disk has {free} left; no run starts with less than {least}. Delete runs that nobody needs.",
        free=gigabytes(free),
        least=gigabytes(least),
    )


def cost(config: TrainingConfig) -> Cost:
    """What a run with this configuration takes."""
    network = config.network
    measured = speed.known()
    handed_on = sum(math.prod(network.shapes[layer.name]) for layer in network.layers)
    copies = 1 + _SLOTS[config.optimizer] + bool(config.weight_average) + config.keep_best
    shown = config.total_steps * config.batch_size
    epochs = shown / config.digits
    size = checkpoint_bytes(config)
    # What a checkpoint is made of lies in memory once more while it is written, twice over.
    memory = _PROCESS + 4.0 * network.parameters * (copies + 1) + 2 * size
    memory += float(config.batch_size) * handed_on * _FOR_EACH_NUMBER
    return Cost(
        parameters=network.parameters,
        memory=memory,
        multiply_adds=float(shown) * network.multiply_adds,
        seconds=measured.epoch_seconds(config) * epochs if measured else None,
        checkpoint_bytes=size * min(kept(size), math.ceil(epochs) + LEAST_KEPT),
        epochs=epochs,
    )


def checkpoint_bytes(config: TrainingConfig) -> float:
    """One checkpoint: the weights, what the optimizer keeps for each, their average and the best ones."""
    copies = 1 + _SLOTS[config.optimizer] + bool(config.weight_average) + config.keep_best
    return 4.0 * config.network.parameters * copies + 20_000


def kept(size: float) -> int:
    """How many checkpoints of so many bytes a run keeps: the newest two, the best, and as many on the way as fit."""
    return int(min(MOST_KEPT, max(LEAST_KEPT, limits().checkpoints * GIGABYTE // max(1.0, size))))


def left(store: Store, person: Person, cost_of_run: Cost, runs: int = 1) -> str | None:
    """Why this person, the reader, cannot start such a run now, a sentence; the store asks again when they do."""
    ours = limits()
    sentence = disk_is_full() or ours.refusal(cost_of_run)
    if sentence is None and not person.operator:
        sentence = ours.no_more(store.usages.of(person), cost_of_run, runs)
    return str(sentence) if sentence else None


def gigabytes(size: float) -> Message:
    """Bytes in words: 240 MB, 1.5 GB."""
    if size >= GIGABYTE:
        return message("{size:.1f} GB", size=size / GIGABYTE)
    return message("{size:.0f} MB", size=size / 1e6)


def _number(variable: str) -> Any:
    given = os.environ[variable]
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise InputError(
            message("{variable} must be a number above 0; it is “{given}”.", variable=variable, given=given[:40])
        )
    return value
