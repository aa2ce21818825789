"""Training runs: what they are, their curves and their checkpoints."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from digitlab import home
from digitlab.errors import InputError
from digitlab.store import pins
from digitlab.store.database import Database
from digitlab.store.jobs import Jobs
from digitlab.store.records import ACTIVE, TRAINING, Job, JobState, PinReading, Run, SavedCheckpoint, SentCommand, Taken
from digitlab.store.tables import checkpoints, epoch_metrics, jobs, runs, step_metrics
from digitlab.training.events import Epoch, Step

Row = Step | Epoch | SavedCheckpoint | Taken | PinReading

BRANCH = "branch.npz"  # in a fork's folder: the checkpoint of another run that it begins with

_ABOUT_RUN = [column for column in runs.c if column.name != "job"]


def folder(run: int) -> Path:
    """Where a run keeps its checkpoints and its worker's log."""
    return home.path() / "runs" / str(run)


class Runs:
    """All training runs. Every method is one transaction."""

    def __init__(self, database: Database, queue: Jobs) -> None:
        self._database = database
        self._jobs = queue

    # --- reading ---

    def get(self, run: int) -> Run:
        """One run.

        Raises:
            InputError: there is none with this number.
        """
        found = self._select(runs.c.job == run)
        if not found:
            raise InputError(f"There is no run number {run}; the Runs page and `python -m digitlab runs` list all.")
        return found[0]

    def all(self) -> list[Run]:
        """Every run, newest first."""
        return self._select(sa.true())

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

    def checkpoints(self, run: int) -> list[SavedCheckpoint]:
        """The checkpoints there are, in order."""
        query = _figures(checkpoints, SavedCheckpoint).where(checkpoints.c.job == run)
        with self._database.read() as connection:
            return [SavedCheckpoint(*row) for row in connection.execute(query.order_by(checkpoints.c.step))]

    # --- what people do ---

    def create(
        self,
        *,
        name: str,
        recipe: str,
        parameters: int,
        spec: dict[str, Any],
        claimed: bool = False,
        prepare: Callable[[int], None] = lambda _: None,
        **about: Any,
    ) -> Run:
        """Put a run into the queue, or, `claimed`, start it at once; `spec` holds its "config" among other things.

        Args:
            prepare: called with the run's number before anybody else knows of it; what it raises undoes the rest.
            about: other columns of the run.
        """
        with self._database.write() as connection:
            job = self._jobs.insert(connection, TRAINING, spec, claimed)
            values = {"job": job.id, "name": name, "recipe": recipe, "parameters": parameters} | about
            connection.execute(sa.insert(runs).values(values))
            prepare(job.id)
        return self.get(job.id)

    def rename(self, run: int, name: str) -> None:
        self._change(run, name=name)

    def annotate(self, run: int, note: str) -> None:
        self._change(run, note=note)

    def lengthen(self, run: int, config: dict[str, Any]) -> None:
        """Queue a run that has ended once more, with a configuration that has more epochs.

        Raises:
            InputError: it has not ended with weights.
        """
        with self._database.write() as connection:
            job = self._jobs.find(connection, run)
            if job.state not in ("finished", "stopped"):
                raise InputError(f"Run {run} is {job.state}; only a finished or stopped run can be given more epochs.")
            last = sa.select(sa.func.max(checkpoints.c.step)).where(checkpoints.c.job == run)
            spec = job.spec | {"config": config, "goes_on_after": connection.scalar(last) or 0}
            self._jobs.queue(connection, run, spec=spec)

    def delete(self, run: int) -> None:
        """Remove a run with its curves and checkpoints; a model that it gave stays.

        Raises:
            InputError: it is at work.
        """
        with self._database.write() as connection:
            state = self._jobs.find(connection, run).state
            if state in ACTIVE:
                raise InputError(f"Run {run} is {state}; stop it before you delete it.")
            connection.execute(sa.delete(jobs).where(jobs.c.id == run))
        shutil.rmtree(folder(run), ignore_errors=True)

    # --- what workers do ---

    def exchange(
        self, job: Job, rows: Sequence[Row], done: float, total: float | None
    ) -> tuple[JobState, list[SentCommand]]:
        """Write rows and a sign of life; returns the job's state and the commands that nobody has taken yet.

        Raises:
            SupersededError: the job is not this worker's any more; nothing was written.
        """
        with self._database.write() as connection:
            self._jobs.beat(connection, job, done=done, total=total)
            self._insert(connection, job, rows)
            waiting = [sent for sent in self._jobs.sent(connection, job.id) if sent.taken_at is None]
            return self._jobs.find(connection, job.id).state, waiting

    def rewind(self, job: Job, step: int) -> None:
        """Forget what came after a step, as training goes on from there and will say it again.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._jobs.beat(connection, job)
            for table in (step_metrics, epoch_metrics, checkpoints):
                connection.execute(sa.delete(table).where(table.c.job == job.id, table.c.step > step))
            pins.rewind(connection, job.id, step)

    def forget_checkpoints(self, job: Job, steps: Sequence[int]) -> None:
        """Remove checkpoints' rows, before their files go.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._jobs.beat(connection, job)
            gone = sa.delete(checkpoints).where(checkpoints.c.job == job.id, checkpoints.c.step.in_(steps))
            connection.execute(gone)

    def end(self, job: Job, state: JobState, result: dict[str, Any], **about: Any) -> None:
        """A run has ended with weights; `about` are columns of the run.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._jobs.conclude(connection, job, state, None, result)
            connection.execute(sa.update(runs).where(runs.c.job == job.id).values(about))

    def _insert(self, connection: sa.Connection, job: Job, rows: Sequence[Row]) -> None:
        for kind, table in ((Step, step_metrics), (Epoch, epoch_metrics), (SavedCheckpoint, checkpoints)):
            values = [{"job": job.id} | asdict(row) for row in rows if isinstance(row, kind)]
            if not values:
                continue
            if (
                kind is not Step
            ):  # an epoch that was stopped within and goes on is told twice, and saved twice where it ends
                keys = [column for column in table.primary_key.columns if column.name != "job"]
                again = [value[keys[0].name] for value in values]
                connection.execute(sa.delete(table).where(table.c.job == job.id, keys[0].in_(again)))
            connection.execute(sa.insert(table), values)
        if readings := [row for row in rows if isinstance(row, PinReading)]:
            pins.insert(connection, readings)
        for row in rows:
            match row:
                case Taken():
                    self._jobs.take(connection, row.command, row.step)
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
            found.append(Run(job, **{column.name: values[f"run_{column.name}"] for column in _ABOUT_RUN}))
        return found

    def _change(self, run: int, **values: Any) -> None:
        with self._database.write() as connection:
            if not connection.execute(sa.update(runs).where(runs.c.job == run).values(values)).rowcount:
                raise InputError(f"There is no run number {run}; the Runs page and `python -m digitlab runs` list all.")


def _figures(table: sa.Table, kind: type[Any]) -> sa.Select[Any]:
    """The columns of a table in the order of a dataclass's fields."""
    return sa.select(*[table.c[name] for name in kind.__dataclass_fields__])
