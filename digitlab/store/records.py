"""What the store gives and takes, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

JobState = Literal[
    "queued",
    "starting",
    "running",
    "pausing",
    "paused",
    "stopping",
    "finished",
    "stopped",
    "failed",
    "interrupted",
]

TRAINING = "training"  # the kind of job that has curves and checkpoints
SPEED = "speed"  # the kind that measures the machine: it waits for all others, and gives its place away to them

ACTIVE: tuple[JobState, ...] = ("starting", "running", "pausing", "stopping")  # these have a worker and take a place
ENDED: tuple[JobState, ...] = ("finished", "stopped", "failed")

# From each state, where it can go.
NEXT: dict[JobState, tuple[JobState, ...]] = {
    "queued": ("starting", "paused", "stopped"),
    "starting": ("running", "pausing", "stopping", "finished", "stopped", "failed", "interrupted"),
    "running": ("pausing", "stopping", "finished", "stopped", "failed", "interrupted"),
    "pausing": ("paused", "running", "stopping", "finished", "stopped", "failed", "interrupted"),
    "paused": ("queued", "stopped"),
    "stopping": ("finished", "stopped", "failed", "interrupted"),
    "interrupted": ("queued", "stopped"),
    "finished": ("queued",),  # with more epochs
    "stopped": ("queued",),
    "failed": ("queued",),
}

CommandKind = Literal["pause", "stop", "set-rate"]


@dataclass(frozen=True)
class Job:
    """Long work in the queue.

    Attributes:
        id: its number; the run's number where it trains.
        kind: what is to be done; `digitlab.jobs.kinds` knows how.
        spec: what that needs, as plain data.
        created_at, queued_at, started_at, ended_at: seconds since 1970, to be shown.
        attempt: how many times it was claimed. Only the worker of the newest attempt may write.
        worker: where the worker is, in words that only the launch interface reads.
        beats: how many times a worker has written; it lives while this number grows.
        resumed_by_itself: whether it was interrupted and went on since a person last said so.
        done, total: progress, in the kind's own unit; total is None until it is known.
        reason: why it failed or was interrupted, a sentence.
        result: what came out, as plain data.
    """

    id: int
    kind: str
    state: JobState
    spec: dict[str, Any]
    created_at: float
    queued_at: float
    started_at: float | None
    ended_at: float | None
    attempt: int
    worker: str | None
    beats: int
    beat_at: float | None
    resumed_by_itself: bool
    done: float
    total: float | None
    reason: str | None
    result: dict[str, Any] | None


@dataclass(frozen=True)
class Run:
    """A training run: its job, and what is known of it.

    Attributes:
        name: a label; anything.
        recipe: what it began as.
        parameters: of its network.
        parent, parent_step, parent_epochs: for a fork, the run whose checkpoint it began with, the step of that, and
            how many epochs (with a fraction) these were; its own steps count from 0. `parent` is None once that run is
            deleted.
        expected_epoch_seconds: what an epoch should have taken, as was thought when it was put into the queue.
        best_validation: best validation accuracy so far, 0..1.
        test_accuracy, test_loss, seconds, model: once it has ended with weights; `model` is the weights' name.
    """

    job: Job
    name: str
    recipe: str
    note: str
    parameters: int
    parent: int | None
    parent_step: int | None
    parent_epochs: float | None
    expected_epoch_seconds: float | None
    best_validation: float | None
    test_accuracy: float | None
    test_loss: float | None
    seconds: float | None
    model: str | None

    @property
    def id(self) -> int:
        return self.job.id

    @property
    def state(self) -> JobState:
        return self.job.state

    @property
    def config(self) -> dict[str, Any]:
        """The configuration as `TrainingConfig.from_record` reads it."""
        config: dict[str, Any] = self.job.spec["config"]
        return config


@dataclass(frozen=True)
class SavedCheckpoint:
    """A checkpoint's file: its name in the run's folder, SHA-256, size in bytes; `epoch` is the one that ends here."""

    step: int
    epoch: int | None
    file: str
    sha256: str
    size: int


@dataclass(frozen=True)
class SentCommand:
    """What a job was told, and the step after which it was taken (None: not yet)."""

    id: int
    kind: CommandKind
    value: float | None
    sent_at: float
    step: int | None
    taken_at: float | None


@dataclass(frozen=True)
class Taken:
    """A command took effect after this step."""

    command: int
    step: int


@dataclass(frozen=True, eq=False)
class Pin:
    """A picture, float32 [28, 28] in 0..1, that a run reads again and again while it learns."""

    id: int
    run: int
    label: str
    image: NDArray[np.float32]


@dataclass(frozen=True)
class PinReading:
    """What a run's network made of a pinned picture after a step: ten probabilities."""

    pin: int
    step: int
    epoch: int
    probabilities: Sequence[float]


class SupersededError(Exception):
    """This worker's attempt is over: the job was claimed again, ended or deleted. It must not write any more."""
