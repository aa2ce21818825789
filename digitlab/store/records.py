"""What the store gives and takes, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from digitlab.store.rights import Kind, Thing
from digitlab.training.spec import TrainingSpec
from digitlab.words import Message, message

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
SPEED = "speed"  # the kind that measures the machine

NORMAL, LOW = 0, -1  # priorities

ACTIVE: tuple[JobState, ...] = ("starting", "running", "pausing", "stopping")  # these have a worker and take a slot
ENDED: tuple[JobState, ...] = ("finished", "stopped", "failed")

STATES: dict[JobState, Message] = {  # as sentences say them
    "queued": message("queued"),
    "starting": message("starting"),
    "running": message("running"),
    "pausing": message("pausing"),
    "paused": message("paused"),
    "stopping": message("stopping"),
    "finished": message("finished"),
    "stopped": message("stopped"),
    "failed": message("failed"),
    "interrupted": message("interrupted"),
}

# From each state, where it can go.
NEXT: dict[JobState, tuple[JobState, ...]] = {
    "queued": ("starting", "paused", "stopped"),
    "starting": ("running", "pausing", "stopping", "finished", "stopped", "failed", "interrupted"),
    "running": ("pausing", "stopping", "finished", "stopped", "failed", "interrupted"),
    "pausing": ("paused", "running", "stopping", "finished", "stopped", "failed", "interrupted"),
    "paused": ("queued", "stopped"),
    "stopping": ("finished", "stopped", "failed", "interrupted"),
    "interrupted": ("queued", "paused", "stopped"),
    "finished": ("queued",),  # with more epochs
    "stopped": ("queued",),
    "failed": ("queued",),
}

CommandKind = Literal["pause", "stop", "set-rate"]


@dataclass(frozen=True)
class Usage:
    """What somebody has of the machine.

    Attributes:
        waiting: runs that have not ended.
        today: runs that were asked for within 24 hours, deleted ones too.
        stored: bytes of the checkpoints of all runs that are there, with what those that have not ended may come to.
    """

    waiting: int
    today: int
    stored: float


@dataclass(frozen=True)
class Used:
    """What a person has, and what all have who come from the same address."""

    person: Usage
    address: Usage


@dataclass(frozen=True)
class Job:
    """Long work in the queue.

    Attributes:
        id: its number; the run's number where it trains.
        kind: what is to be done; `digitlab.work.kinds` knows how.
        spec: what that needs, as plain data; each kind has a class that reads it.
        created_at, queued_at, started_at, ended_at: seconds since 1970, to be shown.
        attempt: how many times it was claimed. Only the worker of the newest attempt may write.
        worker: where the worker is, in words that only the launch interface reads.
        beats: how many times a worker has written; it lives while this number grows.
        resumed_by_itself: whether it was interrupted and went on since a person last said so.
        done, total: progress, in the kind's own unit; total is None until it is known.
        reason: why it failed or was interrupted, a sentence.
        result: what came out, as plain data.
        priority: all jobs with a higher one come before it.
        preemptible: whether it gives its slot away to a job with a higher priority, and starts again later.
        turn: within a priority the lower comes first; no clock has a say in it.
        owner, address: who asked for it, as in `rights.Person`; None: the server's operator.
        classroom: the class in which it was made; None: in none.
        preferred: the higher comes first, within a priority, because a teacher said so.
        pool: where it is done.
        node: the machine that its worker is on, for people; None: not known.
        shared: whether others than its owner may know of it.
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
    reason: Message | None
    result: dict[str, Any] | None
    priority: int
    preemptible: bool
    turn: int
    owner: str | None
    address: str | None
    classroom: int | None
    preferred: int
    pool: str
    node: str | None
    shared: bool

    @property
    def thing(self) -> Thing:
        """What `rights` decides on."""
        kind: Kind = "run" if self.kind == TRAINING else "job"
        return Thing(kind, self.owner, self.classroom, self.shared)

    def yields_to(self, priority: int) -> bool:
        """Whether a job of this priority that came now would not have to wait for this one."""
        return self.priority < priority and (self.preemptible or self.state not in ACTIVE)


@dataclass(frozen=True)
class Run:
    """A training run: its job, and what is known of it.

    Attributes:
        title: a label: what a person wrote, or a message.
        recipe: what it began as.
        tags: words by which people find it.
        parameters: of its network.
        parent, parent_step, parent_epochs: for a fork, the run whose checkpoint it began with, the step of that, and
            how many epochs (with a fraction) these were; its own steps count from 0. `parent` is None once that run is
            deleted.
        expected_epoch_seconds, expected_seconds: what an epoch and the whole run should take, as was thought when it
            was put into the queue; None where the machine was not measured, and for the whole of a search's trial.
        best_validation: best validation accuracy so far, 0..1.
        checkpoint_bytes: what its checkpoints take at most; None for a run of an older program.
        test_accuracy, test_loss, seconds, model: once it has ended with weights; `model` is the weights' name.
    """

    job: Job
    title: Message
    recipe: str
    note: str
    tags: tuple[str, ...]
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
    checkpoint_bytes: float | None
    expected_seconds: float | None

    @property
    def id(self) -> int:
        return self.job.id

    @property
    def name(self) -> str:
        """The title in the reader's language."""
        return str(self.title)

    @property
    def state(self) -> JobState:
        return self.job.state

    @property
    def spec(self) -> TrainingSpec:
        """What it is made from.

        Raises:
            DataError: another version of the project wrote it, or it is damaged.
        """
        return TrainingSpec.from_record(self.job.spec)


@dataclass(frozen=True)
class SavedCheckpoint:
    """A checkpoint: its blob's key, SHA-256, size in bytes; `epoch` is the one that ends here."""

    step: int
    epoch: int | None
    file: str
    sha256: str
    size: int


@dataclass(frozen=True)
class SentCommand:
    """A command to a job, and the step after which its worker took the command (None: not yet)."""

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
    """A picture, float32 [28, 28] in 0..1, that a run reads again and again while it learns.

    `title` is its label; `owner` is the browser that pinned it (None: an older program, which did not say), `shared`
    whether others see it.
    """

    id: int
    run: int
    title: Message
    image: NDArray[np.float32]
    owner: str | None
    shared: bool

    @property
    def label(self) -> str:
        """The title in the reader's language."""
        return str(self.title)


@dataclass(frozen=True)
class PinReading:
    """What a run's network made of a pinned picture after a step: ten probabilities."""

    pin: int
    step: int
    epoch: int
    probabilities: Sequence[float]


class SupersededError(Exception):
    """This worker's attempt is over: the job was claimed again, ended or deleted. It must not write any more."""
