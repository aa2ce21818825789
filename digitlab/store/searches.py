"""Searches and their trials: which are to come, which run, and what each was given."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from digitlab.errors import InputError
from digitlab.store.database import Database
from digitlab.store.jobs import Jobs
from digitlab.store.records import ENDED, TRAINING, Job, Run
from digitlab.store.runs import Runs
from digitlab.store.tables import jobs, runs, search_trials, searches

SearchState = Literal["running", "stopped", "finished"]


@dataclass(frozen=True)
class Search:
    """A search over settings.

    Attributes:
        plan: what `digitlab.search.planning` made of it, as plain data: "trials" says how many there are to be, "run"
            is the spec that all trials begin with, "parameters" those of their network.
        following: the number of the trial that is to be queued next, counted from 0.
    """

    id: int
    name: str
    recipe: str
    state: SearchState
    plan: dict[str, Any]
    following: int
    created_at: float

    @property
    def trials(self) -> int:
        return int(self.plan["trials"])


@dataclass(frozen=True)
class Trial:
    """A run of a search, and the settings that it was given: None before it begins."""

    run: Run
    search: int
    number: int
    settings: dict[str, Any] | None
    pruned: bool


class Searches:
    """All searches. Every method is one transaction."""

    def __init__(self, database: Database, queue: Jobs, all_runs: Runs) -> None:
        self._database = database
        self._jobs = queue
        self._runs = all_runs

    # --- reading ---

    def get(self, search: int) -> Search:
        """One search.

        Raises:
            InputError: there is none with this number.
        """
        with self._database.read() as connection:
            return self._find(connection, search)

    def all(self) -> list[Search]:
        """Every search, newest first."""
        with self._database.read() as connection:
            return [Search(*row) for row in connection.execute(sa.select(searches).order_by(searches.c.id.desc()))]

    def trials(self, search: int) -> list[Trial]:
        """The trials that were queued so far, in order."""
        return self._trials(search_trials.c.search == search)

    def trial(self, run: int) -> Trial | None:
        """The trial that a run is, if it is one."""
        found = self._trials(search_trials.c.job == run)
        return found[0] if found else None

    # --- what people do ---

    def create(self, *, name: str, recipe: str, plan: dict[str, Any]) -> Search:
        """A search that the supervisor begins at once."""
        values = {"name": name, "recipe": recipe, "state": "running", "plan": plan, "created_at": self._jobs.now()}
        with self._database.write() as connection:
            (number,) = connection.execute(sa.insert(searches).values(values)).inserted_primary_key or (0,)
            return self._find(connection, number)

    def stop(self, search: int) -> None:
        """Queue no more trials, and stop those at work; what has not begun yet is taken back.

        Raises:
            InputError: there is no such search, or it is not running.
        """
        with self._database.write() as connection:
            self._change(connection, search, "running", "stopped")
            waiting = (
                self._unfinished(connection, search) & jobs.c.state.in_(("queued", "paused")) & (jobs.c.beats == 0)
            )
            connection.execute(sa.delete(jobs).where(jobs.c.id.in_(sa.select(jobs.c.id).where(waiting))))
            last = sa.select(sa.func.max(search_trials.c.number)).where(search_trials.c.search == search)
            highest = connection.scalar(last)
            after = {"following": 0 if highest is None else highest + 1}
            connection.execute(sa.update(searches).where(searches.c.id == search).values(after))
        for trial in self.trials(search):
            if trial.run.state not in ENDED:
                self._jobs.stop(trial.run.id)

    def resume(self, search: int) -> None:
        """Go on with a stopped search, and with trials that wait for a person.

        Raises:
            InputError: there is no such search, or it is over.
        """
        with self._database.write() as connection:
            if self._find(connection, search).state == "finished":
                raise InputError(f"Search {search} has made all its trials.")
            connection.execute(sa.update(searches).where(searches.c.id == search).values(state="running"))
        for trial in self.trials(search):
            if trial.run.state in ("paused", "interrupted"):
                self._jobs.resume(trial.run.id)

    def delete(self, search: int) -> None:
        """Remove a search; its trials stay as runs.

        Raises:
            InputError: it is running.
        """
        with self._database.write() as connection:
            if self._find(connection, search).state == "running":
                raise InputError(f"Search {search} is running; stop it before you delete it.")
            connection.execute(sa.delete(searches).where(searches.c.id == search))

    # --- what the supervisor does ---

    def advance(self, places: int) -> list[Job]:
        """Queue the next trials of running searches, each as many at once as there are places; returns them.

        Any number of supervisors may do so at once: a trial has a number, and none is queued twice.
        """
        with self._database.read() as connection:
            running = list(connection.scalars(sa.select(searches.c.id).where(searches.c.state == "running")))
        queued: list[Job] = []
        for search in running:
            with self._database.write() as connection:
                still = (searches.c.id == search) & (searches.c.state == "running")
                if not connection.execute(sa.update(searches).where(still).values(state="running")).rowcount:
                    continue  # written first, so that other supervisors wait
                found = self._find(connection, search)
                at_once = connection.scalar(
                    sa.select(sa.func.count()).select_from(jobs).where(self._unfinished(connection, search))
                )
                if found.following < found.trials and (at_once or 0) < places:
                    queued.append(self._queue(connection, found))
                elif found.following >= found.trials and not at_once:
                    connection.execute(sa.update(searches).where(searches.c.id == search).values(state="finished"))
        return queued

    # --- what workers do ---

    def begin(self, job: Job, settings: dict[str, Any], spec: dict[str, Any]) -> Job:
        """A trial has got its settings; `spec` is its job's from now on.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._jobs.beat(connection, job, spec=spec)
            mine = search_trials.c.job == job.id
            connection.execute(sa.update(search_trials).where(mine).values(settings=settings))
            return self._jobs.find(connection, job.id)

    def prune(self, job: Job) -> None:
        """There is no hope for this trial; it is stopped after this.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._jobs.beat(connection, job)
            connection.execute(sa.update(search_trials).where(search_trials.c.job == job.id).values(pruned=True))

    # --- parts of a transaction ---

    def _find(self, connection: sa.Connection, search: int) -> Search:
        row = connection.execute(sa.select(searches).where(searches.c.id == search)).one_or_none()
        if row is None:
            raise InputError(f"There is no search number {search}.")
        return Search(*row)

    def _unfinished(self, connection: sa.Connection, search: int) -> sa.ColumnElement[bool]:
        mine = sa.select(search_trials.c.job).where(search_trials.c.search == search)
        return jobs.c.id.in_(mine) & jobs.c.state.not_in(ENDED)

    def _queue(self, connection: sa.Connection, search: Search) -> Job:
        spec = search.plan["run"] | {"search": search.id}
        job = self._jobs.insert(connection, TRAINING, spec, claimed=False)
        about = {
            "job": job.id,
            "name": f"Search {search.id}, trial {search.following + 1}",
            "recipe": search.recipe,
            "parameters": search.plan["parameters"],
        }
        connection.execute(sa.insert(runs).values(about))
        trial = {"job": job.id, "search": search.id, "number": search.following}
        connection.execute(sa.insert(search_trials).values(trial))
        following = {"following": search.following + 1}
        connection.execute(sa.update(searches).where(searches.c.id == search.id).values(following))
        return job

    def _change(self, connection: sa.Connection, search: int, before: SearchState, after: SearchState) -> None:
        mine = (searches.c.id == search) & (searches.c.state == before)
        if not connection.execute(sa.update(searches).where(mine).values(state=after)).rowcount:
            raise InputError(f"Search {search} is {self._find(connection, search).state}, not {before}.")

    def _trials(self, which: sa.ColumnElement[bool]) -> list[Trial]:
        columns = [search_trials.c[name] for name in ("job", "search", "number", "settings", "pruned")]
        with self._database.read() as connection:
            rows: Sequence[Any] = connection.execute(
                sa.select(*columns).where(which).order_by(search_trials.c.number)
            ).all()
        found = self._runs.some([row.job for row in rows])
        return [
            Trial(found[row.job], row.search, row.number, row.settings, row.pruned) for row in rows if row.job in found
        ]
