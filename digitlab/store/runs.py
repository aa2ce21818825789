"""Training runs: what they are, their curves and their checkpoints."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa

from digitlab import blobs
from digitlab.errors import InputError
from digitlab.networks import zoo
from digitlab.store import pins, usage
from digitlab.store.database import Database, insert_new
from digitlab.store.pools import DEFAULT
from digitlab.store.records import (
    ACTIVE,
    ENDED,
    STATES,
    TRAINING,
    Job,
    JobState,
    PinReading,
    Run,
    SavedCheckpoint,
    SentCommand,
    Taken,
)
from digitlab.store.rights import OPERATOR, Action, Person, Thing, check, may
from digitlab.store.tables import checkpoints, epoch_metrics, jobs, models, runs, step_metrics
from digitlab.store.transitions import Transitions
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Step
from digitlab.training.spec import TrainingSpec
from digitlab.words import Message, message

Row = Step | Epoch | SavedCheckpoint | Taken | PinReading

BRANCH = "branch.npz"  # among a fork's blobs: the checkpoint of another run that it begins with

_ABOUT_RUN = [column for column in runs.c if column.name != "job"]


def prefix(job: int) -> str:
    """How the keys of a job's blobs begin: a run's checkpoints, its worker's log."""
    return f"runs/{job}/"


def forget_blobs(job: int) -> None:
    """Delete what a job has kept in blobs."""
    place = blobs.stored()
    place.delete(*place.list(prefix(job)))


class Runs:
    """All training runs. Every method is one transaction."""

    def __init__(self, database: Database, transitions: Transitions) -> None:
        self._database = database
        self._transitions = transitions

    # --- reading ---

    def get(self, run: int) -> Run:
        """One run.

        Raises:
            InputError: there is none with this number.
        """
        found = self._select(runs.c.job == run)
        if not found:
            raise _unknown(run)
        return found[0]

    def seen(self, person: Person, run: int) -> Run:
        """One run, for a person.

        Raises:
            InputError: there is none with this number that this person may see.
        """
        found = self.get(run)
        if not may(person, "see", found.job.thing):
            raise _unknown(run)
        return found

    def all(self, person: Person = OPERATOR) -> list[Run]:
        """Every run that this person may see, newest first."""
        return [run for run in self._select(sa.true()) if may(person, "see", run.job.thing)]

    def forks(self, person: Person, run: int) -> list[Run]:
        """The runs that branched off from this one, as far as this person may see them, oldest first."""
        return [fork for fork in self._select(runs.c.parent == run)[::-1] if may(person, "see", fork.job.thing)]

    def some(self, numbers: Sequence[int]) -> dict[int, Run]:
        """These runs by number; those that are gone are left out."""
        return {run.id: run for run in self._select(runs.c.job.in_(numbers))} if numbers else {}

    def steps(self, run: int, after: int = 0) -> list[Step]:
        """What was logged after this step, in order."""
        query = _figures(step_metrics, Step).where(step_metrics.c.job == run, step_metrics.c.step > after)
        with self._database.read() as connection:
            return [Step(*row) for row in connection.execute(query.order_by(step_metrics.c.step))]

    def epochs(self, run: int) -> list[Epoch]:
        """The epochs that are over, in order."""
        query = _figures(epoch_metrics, Epoch).where(epoch_metrics.c.job == run)
        with self._database.read() as connection:
            return [Epoch(*row) for row in connection.execute(query.order_by(epoch_metrics.c.epoch))]

    def recent_epochs(self, pool: str, count: int) -> list[tuple[Run, float]]:
        """The runs of a pool that ended last, so many at most, each with the mean seconds of its epochs."""
        mean = sa.func.avg(epoch_metrics.c.seconds)
        query = (
            sa.select(jobs.c.id, mean)
            .join(epoch_metrics, epoch_metrics.c.job == jobs.c.id)
            .where(jobs.c.pool == pool, jobs.c.state.in_(("finished", "stopped")))
            .group_by(jobs.c.id, jobs.c.ended_at)
            .order_by(jobs.c.ended_at.desc())
            .limit(count)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        found = self.some([row[0] for row in rows])
        return [(found[number], float(seconds)) for number, seconds in rows if number in found and seconds > 0]

    def checkpoints(self, run: int) -> list[SavedCheckpoint]:
        """The checkpoints there are, in order."""
        query = _figures(checkpoints, SavedCheckpoint).where(checkpoints.c.job == run)
        with self._database.read() as connection:
            saved = [SavedCheckpoint(*row) for row in connection.execute(query.order_by(checkpoints.c.step))]
        # A worker of the revision before, which may be at work still, writes the key's last part alone.
        return [one if "/" in one.file else replace(one, file=prefix(run) + one.file) for one in saved]

    # --- what people do ---

    def create(
        self,
        person: Person,
        *,
        name: Message | str,
        recipe: str,
        parameters: int,
        spec: dict[str, Any],
        claimed: bool = False,
        prepare: Callable[[int], None] = lambda _: None,
        allow: usage.Allow = lambda _: None,
        pool: str = DEFAULT,
        **about: Any,
    ) -> Run:
        """Put a run into the queue, or, `claimed`, start it at once; `spec` is a `TrainingSpec` as plain data.

        Args:
            person: whose it is.
            prepare: called with the run's number before others can see the run; what it raises undoes the rest.
            allow: called with what this person has already; what it raises undoes the rest.
            pool: where it is done.
            about: other columns of the run.
        """
        with self._database.write() as connection:
            usage.admit(connection, person, allow, 1, self._transitions.now())
            job = self._transitions.insert(connection, person, TRAINING, spec, claimed=claimed, pool=pool)
            values = {"job": job.id, "name": name, "recipe": recipe, "parameters": parameters} | about
            connection.execute(sa.insert(runs).values(values))
            prepare(job.id)
        return self.get(job.id)

    def rename(self, person: Person, run: int, name: str) -> None:
        self._change(person, "rename", run, name=name)

    def annotate(self, person: Person, run: int, note: str) -> None:
        self._change(person, "note", run, note=note)

    def tag(self, person: Person, run: int, tags: Sequence[str]) -> None:
        self._change(person, "note", run, tags=tuple(tags))

    def share(self, person: Person, run: int, shared: bool) -> None:
        """Let others than its owner know of a run and of its models, earlier ones among them, or no longer."""
        earlier = models.c.name.in_([model.name for model in zoo.replaced(run)])
        with self._database.write() as connection:
            check(person, "share", self._transitions.find(connection, run).thing)
            connection.execute(sa.update(jobs).where(jobs.c.id == run).values(shared=shared))
            newest = models.c.name == sa.select(runs.c.model).where(runs.c.job == run).scalar_subquery()
            connection.execute(sa.update(models).where(newest | earlier).values(shared=shared))

    def tags(self, person: Person) -> list[str]:
        """The tags of all runs that this person may see, each once."""
        columns = (runs.c.tags, jobs.c.owner, jobs.c.classroom, jobs.c.shared)
        query = sa.select(*columns).join(jobs, runs.c.job == jobs.c.id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        seen = [row.tags for row in rows if may(person, "see", Thing("run", row.owner, row.classroom, row.shared))]
        return sorted({tag for tags in seen for tag in tags})

    def lengthen(
        self,
        person: Person,
        run: int,
        config: TrainingConfig,
        *,
        allow: usage.Allow = lambda _: None,
        **about: Any,
    ) -> None:
        """Queue a run that has ended once more, with a configuration that has more epochs.

        Args:
            person, allow, about: as in `create`; the run stays whose it is.

        Raises:
            InputError: it has not ended with weights.
            DataError: what is stored of it cannot be read.
        """
        with self._database.write() as connection:
            usage.admit(connection, person, allow, 1, self._transitions.now())
            job = self._transitions.find(connection, run)
            check(person, "change", job.thing)
            if job.state not in ("finished", "stopped"):
                raise InputError(
                    message(
                        "Run {run} is {state}; only finished and stopped runs can train for more epochs.",
                        run=str(run),
                        state=STATES[job.state],
                    )
                )
            last = sa.select(sa.func.max(checkpoints.c.step)).where(checkpoints.c.job == run)
            before = TrainingSpec.from_record(job.spec)
            spec = replace(before, config=config, goes_on_after=connection.scalar(last) or 0)
            self._transitions.queue(connection, run, spec=spec.to_record())
            if about:
                connection.execute(sa.update(runs).where(runs.c.job == run).values(about))

    def delete(self, person: Person, run: int) -> None:
        """Remove a run with its curves and checkpoints; a model that it gave stays.

        Raises:
            InputError: it is at work, or this person may not.
        """
        with self._database.write() as connection:
            found = self._transitions.find(connection, run)
            check(person, "delete", found.thing)
            state = found.state
            if state in ACTIVE:
                raise InputError(
                    message(
                        "Run {run} is {state}; stop the run before you delete it.", run=str(run), state=STATES[state]
                    )
                )
            connection.execute(sa.delete(jobs).where(jobs.c.id == run))
        forget_blobs(run)

    # --- what workers do ---

    def exchange(
        self, job: Job, rows: Sequence[Row], done: float, total: float | None
    ) -> tuple[JobState, list[SentCommand]]:
        """Write rows and a sign of life; returns the job's state and the commands that were not taken yet.

        Raises:
            SupersededError: the job is not this worker's any more; nothing was written.
        """
        with self._database.write() as connection:
            self._transitions.beat(connection, job, done=done, total=total)
            self._insert(connection, job, rows)
            waiting = [sent for sent in self._transitions.sent(connection, job.id) if sent.taken_at is None]
            return self._transitions.find(connection, job.id).state, waiting

    def rewind(self, job: Job, step: int) -> None:
        """Forget what came after a step, as training goes on from there and will say it again.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._transitions.beat(connection, job)
            for table in (step_metrics, epoch_metrics, checkpoints):
                connection.execute(sa.delete(table).where(table.c.job == job.id, table.c.step > step))
            pins.rewind(connection, job.id, step)

    def forget_checkpoints(self, job: Job, steps: Sequence[int]) -> None:
        """Remove checkpoints' rows, before their files go.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._transitions.beat(connection, job)
            _delete_checkpoints(connection, job.id, steps)

    def forget_old_checkpoints(self, run: int, steps: Sequence[int]) -> bool:
        """The same for a run that has ended; says whether that is so."""
        with self._database.write() as connection:
            ended = self._transitions.find(connection, run).state in ENDED
            if ended:
                _delete_checkpoints(connection, run, steps)
        return ended

    def end(self, job: Job, state: JobState, result: dict[str, Any], **about: Any) -> None:
        """A run has ended with weights; `about` are columns of the run.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._transitions.conclude(connection, job, state, result=result)
            connection.execute(sa.update(runs).where(runs.c.job == job.id).values(about))
            if about.get("model"):
                now = self._transitions.find(connection, job.id)  # its owner may have logged in meanwhile
                whose = {"name": about["model"], "owner": now.owner, "classroom": now.classroom, "shared": now.shared}
                insert_new(connection, models, whose)

    def _insert(self, connection: sa.Connection, job: Job, rows: Sequence[Row]) -> None:
        for kind, table in ((Step, step_metrics), (Epoch, epoch_metrics), (SavedCheckpoint, checkpoints)):
            values = [{"job": job.id} | asdict(row) for row in rows if isinstance(row, kind)]
            if not values:
                continue
            if kind is not Step:  # an epoch that was stopped in between is reported and saved twice
                keys = [column for column in table.primary_key.columns if column.name != "job"]
                again = [value[keys[0].name] for value in values]
                connection.execute(sa.delete(table).where(table.c.job == job.id, keys[0].in_(again)))
            insert_new(connection, table, values)  # the answer to a commit may be lost: then they are there already
        if readings := [row for row in rows if isinstance(row, PinReading)]:
            pins.insert(connection, readings)
        for row in rows:
            match row:
                case Taken():
                    self._transitions.take(connection, row.command, row.step)
                case Epoch() if row.val_accuracy is not None:
                    best = sa.func.coalesce(runs.c.best_validation, 0.0)
                    better = sa.case((best < row.val_accuracy, row.val_accuracy), else_=best)
                    connection.execute(sa.update(runs).where(runs.c.job == job.id).values(best_validation=better))

    def _select(self, which: sa.ColumnElement[bool]) -> list[Run]:
        query = sa.select(jobs, *[column.label(f"run_{column.name}") for column in _ABOUT_RUN])
        with self._database.read() as connection:
            rows = connection.execute(
                query.join(runs, runs.c.job == jobs.c.id).where(which).order_by(jobs.c.id.desc())
            ).all()
        found = []
        for row in rows:
            values = row._mapping
            job = Job(**{column.name: values[column.name] for column in jobs.c})
            about = {column.name: values[f"run_{column.name}"] for column in _ABOUT_RUN}
            found.append(Run(job, title=about.pop("name"), **about))
        return found

    def _change(self, person: Person, action: Action, run: int, **values: Any) -> None:
        with self._database.write() as connection:
            check(person, action, self._transitions.find(connection, run).thing)
            if not connection.execute(sa.update(runs).where(runs.c.job == run).values(values)).rowcount:
                raise _unknown(run)


def _delete_checkpoints(connection: sa.Connection, run: int, steps: Sequence[int]) -> None:
    connection.execute(sa.delete(checkpoints).where(checkpoints.c.job == run, checkpoints.c.step.in_(steps)))


def _unknown(run: int) -> InputError:
    return InputError(
        message("There is no run number {run}; the Runs page and `python -m digitlab runs` list all.", run=str(run))
    )


def _figures(table: sa.Table, kind: type[Any]) -> sa.Select[Any]:
    """The columns of a table in the order of a dataclass's fields."""
    return sa.select(*[table.c[name] for name in kind.__dataclass_fields__])
