"""Searches and their trials: which are to come, which run, and what each was given."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa

from digitlab.errors import DataError, InputError
from digitlab.store import usage
from digitlab.store.database import Database
from digitlab.store.pools import DEFAULT
from digitlab.store.records import ENDED, STATES, TRAINING, Job, Run
from digitlab.store.rights import Person, Thing, check, may
from digitlab.store.runs import Runs
from digitlab.store.tables import jobs, runs, search_trials, searches
from digitlab.store.transitions import Transitions, as_job
from digitlab.training.search_plan import SearchPlan
from digitlab.training.spec import TrainingSpec
from digitlab.words import Message, message

log = logging.getLogger(__name__)

SearchState = Literal["running", "stopped", "finished"]


@dataclass(frozen=True)
class Search:
    """A search over settings.

    Attributes:
        title: a label: what a person wrote, or a message.
        record: what it is made from, as plain data; `plan` reads it.
        following: the number of the trial that is to be queued next, counted from 0.
    """

    id: int
    title: Message
    recipe: str
    state: SearchState
    record: dict[str, Any]
    following: int
    created_at: float
    owner: str | None
    address: str | None
    classroom: int | None
    pool: str

    @property
    def thing(self) -> Thing:
        """What `rights` decides on."""
        return Thing("search", self.owner, self.classroom)

    @property
    def name(self) -> str:
        """The title in the reader's language."""
        return str(self.title)

    @property
    def plan(self) -> SearchPlan:
        """What it is made from.

        Raises:
            DataError: another version of the project wrote it, or it is damaged.
        """
        return SearchPlan.from_record(self.record)


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

    def __init__(self, database: Database, transitions: Transitions, all_runs: Runs) -> None:
        self._database = database
        self._transitions = transitions
        self._runs = all_runs

    # --- reading ---

    def get(self, search: int) -> Search:
        """One search.

        Raises:
            InputError: there is none with this number.
        """
        with self._database.read() as connection:
            return self._find(connection, search)

    def all(self, person: Person) -> list[Search]:
        """Every search that this person may see, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(searches).order_by(searches.c.id.desc()))
            return [found for found in (Search(*row) for row in rows) if may(person, "see", found.thing)]

    def trials(self, search: int) -> list[Trial]:
        """The trials that were queued so far, in order."""
        return self._trials(search_trials.c.search == search)

    def trial(self, run: int) -> Trial | None:
        """The trial that a run is, if it is one."""
        found = self._trials(search_trials.c.job == run)
        return found[0] if found else None

    def of_runs(self) -> dict[int, int]:
        """The search of each run that is a trial."""
        with self._database.read() as connection:
            return {
                row.job: row.search
                for row in connection.execute(sa.select(search_trials.c.job, search_trials.c.search))
            }

    # --- what people do ---

    def create(
        self,
        person: Person,
        *,
        name: Message | str,
        recipe: str,
        plan: SearchPlan,
        allow: usage.Allow = lambda _: None,
        pool: str = DEFAULT,
    ) -> Search:
        """A search that the supervisor begins at once.

        Args:
            person: whose it is, and whose its trials are.
            allow: called with what this person has already; what it raises undoes the rest.
            pool: where its trials are done.
        """
        values = {
            "name": name,
            "recipe": recipe,
            "state": "running",
            "plan": plan.to_record(),
            "created_at": self._transitions.now(),
            "owner": person.browser,
            "address": person.address,
            "classroom": person.classroom,
            "pool": pool,
        }
        with self._database.write() as connection:
            usage.admit(connection, person, allow, plan.trials, self._transitions.now())
            (number,) = connection.execute(sa.insert(searches).values(values)).inserted_primary_key or (0,)
            return self._find(connection, number)

    def stop(self, person: Person, search: int) -> None:
        """Queue no more trials, and stop those at work; what has not begun yet is taken back.

        Raises:
            InputError: there is no such search, it is not running, or this person may not.
        """
        with self._database.write() as connection:
            check(person, "stop", self._find(connection, search, lock=True).thing)
            mine = (searches.c.id == search) & (searches.c.state == "running")
            if not connection.execute(sa.update(searches).where(mine).values(state="stopped")).rowcount:
                state = STATES[self._find(connection, search).state]
                raise InputError(
                    message(
                        "Search {search} is {state}; only a running search can be stopped.",
                        search=str(search),
                        state=state,
                    )
                )
            for job in self._lock_unfinished(connection, search):
                if job.state in ("queued", "paused") and not job.beats:
                    connection.execute(sa.delete(jobs).where(jobs.c.id == job.id))
                else:
                    self._transitions.stop(connection, job)
            last = sa.select(sa.func.max(search_trials.c.number)).where(search_trials.c.search == search)
            highest = connection.scalar(last)
            after = {"following": 0 if highest is None else highest + 1}
            connection.execute(sa.update(searches).where(searches.c.id == search).values(after))

    def resume(self, person: Person, search: int) -> None:
        """Go on with a stopped search, and with trials that wait for a person.

        Raises:
            InputError: there is no such search, it is over, or this person may not.
        """
        with self._database.write() as connection:
            found = self._find(connection, search, lock=True)
            check(person, "pause", found.thing)
            if found.state == "finished":
                raise InputError(message("Search {search} is finished: all its trials are done.", search=str(search)))
            connection.execute(sa.update(searches).where(searches.c.id == search).values(state="running"))
            for job in self._lock_unfinished(connection, search):
                if job.state in ("paused", "interrupted"):
                    self._transitions.resume(connection, job)

    def delete(self, person: Person, search: int) -> None:
        """Remove a search; its trials stay as runs.

        Raises:
            InputError: it is running, or this person may not.
        """
        with self._database.write() as connection:
            found = self._find(connection, search, lock=True)
            check(person, "delete", found.thing)
            if found.state == "running":
                raise InputError(
                    message("Search {search} is running; stop the search before you delete it.", search=str(search))
                )
            connection.execute(sa.delete(searches).where(searches.c.id == search))

    # --- what the supervisor does ---

    def advance(self, slots: int, pool: str = DEFAULT) -> list[Job]:
        """Queue the next trials of a pool's running searches, each as many at once as there are places; returns them.

        Any number of supervisors may do so at once: a trial has a number, and none is queued twice. Where there is
        nothing to do, nothing is written. A search whose plan cannot be read is stopped; all others go on.
        """
        running = (searches.c.state == "running") & (searches.c.pool == pool)
        with self._database.read() as connection:
            rows = connection.execute(sa.select(searches).where(running)).all()
            due = [row.id for row in rows if self._next(connection, Search(*row), slots)]
        queued: list[Job] = []
        for search in due:
            with self._database.write() as connection:
                own = sa.select(searches).where(searches.c.id == search, searches.c.state == "running")
                row = connection.execute(own.with_for_update()).one_or_none()  # other supervisors wait here
                found = Search(*row) if row else None
                step = self._next(connection, found, slots) if found else None
                if found and step == "queue":
                    queued.append(self._queue(connection, found))
                elif step is not None:
                    connection.execute(sa.update(searches).where(searches.c.id == search).values(state=step))
                    if step == "stopped":
                        log.warning("What is stored of search %d cannot be read; it is stopped.", search)
        return queued

    # --- what workers do ---

    def begin(self, job: Job, settings: dict[str, Any], spec: dict[str, Any]) -> Job:
        """A trial has got its settings; `spec` is its job's from now on.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._transitions.beat(connection, job, spec=spec)
            mine = search_trials.c.job == job.id
            connection.execute(sa.update(search_trials).where(mine).values(settings=settings))
            parameters = TrainingSpec.from_record(spec).config.network.parameters  # the architecture may be varied, too
            connection.execute(sa.update(runs).where(runs.c.job == job.id).values(parameters=parameters))
            return self._transitions.find(connection, job.id)

    def prune(self, job: Job) -> None:
        """There is no hope for this trial; it is stopped after this.

        Raises:
            SupersededError: the job is not this worker's any more.
        """
        with self._database.write() as connection:
            self._transitions.beat(connection, job)
            connection.execute(sa.update(search_trials).where(search_trials.c.job == job.id).values(pruned=True))

    # --- parts of a transaction ---

    def _find(self, connection: sa.Connection, search: int, lock: bool = False) -> Search:
        query = sa.select(searches).where(searches.c.id == search)
        row = connection.execute(query.with_for_update() if lock else query).one_or_none()
        if row is None:
            raise InputError(message("There is no search number {search}.", search=str(search)))
        return Search(*row)

    def _next(
        self, connection: sa.Connection, search: Search, slots: int
    ) -> Literal["queue", "finished", "stopped"] | None:
        """What is to be done for a running search: queue a trial, or change its state."""
        try:
            trials = search.plan.trials
        except DataError:
            return "stopped"
        at_once = connection.scalar(sa.select(sa.func.count()).select_from(jobs).where(_unfinished(search.id))) or 0
        if search.following < trials:
            return "queue" if at_once < slots else None
        return None if at_once else "finished"

    def _lock_unfinished(self, connection: sa.Connection, search: int) -> list[Job]:
        """The jobs of its trials that have not ended; none of them changes before the transaction ends."""
        query = sa.select(jobs).where(_unfinished(search)).order_by(jobs.c.id).with_for_update()
        return [as_job(row) for row in connection.execute(query)]

    def _queue(self, connection: sa.Connection, search: Search) -> Job:
        plan = search.plan
        spec = replace(plan.run, search=search.id).to_record()
        owner = Person(search.owner, search.address, search.classroom)
        job = self._transitions.insert(connection, owner, TRAINING, spec, pool=search.pool)
        about = {
            "job": job.id,
            "name": message("Search {search}, trial {trial}", search=str(search.id), trial=str(search.following + 1)),
            "recipe": search.recipe,
            "parameters": plan.run.config.network.parameters,
            "checkpoint_bytes": plan.checkpoint_bytes,
        }
        connection.execute(sa.insert(runs).values(about))
        trial = {"job": job.id, "search": search.id, "number": search.following}
        connection.execute(sa.insert(search_trials).values(trial))
        following = {"following": search.following + 1}
        connection.execute(sa.update(searches).where(searches.c.id == search.id).values(following))
        return job

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


def _unfinished(search: int) -> sa.ColumnElement[bool]:
    """The jobs of a search's trials that have not ended."""
    mine = sa.select(search_trials.c.job).where(search_trials.c.search == search)
    return jobs.c.id.in_(mine) & jobs.c.state.not_in(ENDED)
