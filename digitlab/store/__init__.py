"""The store: the database of jobs, runs, metrics, checkpoints and commands. A run's state is here and nowhere else.

Several processes use it at once: the server's pages, one or more supervisors, a worker for each run, the command line.
What they can rely on:

- A method is one transaction. It happens as a whole and is on the disk when it returns, or it raises and nothing
  happened.
- Reading never waits for writing and sees one state of the database. Writers wait for each other, for at most
  `database.BUSY_SECONDS`; then StoreBusyError says so and the call can be repeated.
- A job is claimed by one process: claims of all processes come one after the other (each first writes the same row), so
  that neither is a job started twice nor are there ever more at work than there are places.
- A claim counts up the job's `attempt`. Everything that a worker writes begins with an update that asks for its own
  attempt; a worker that was taken for dead and wakes up finds its writes refused (SupersededError).
- A job's state changes only along `records.NEXT`, in the transaction of what causes it. What a person tells a job is a
  row beside the new state ("pausing"); the worker notes the step after which it took it.
- Rows of a run are written in the order in which they came about, a checkpoint's with or after all before it. So a run
  that goes on from a checkpoint forgets what came later, comes by it again, and no row is lost or doubled.
- Times in it are for people. Nothing is decided by comparing one process's clock with another's: a worker lives while
  its count of beats grows.

SQLite in WAL mode needs all of them on one machine and a local disk. All processes of one database share DIGITLAB_HOME.
"""

from types import TracebackType

from digitlab.clock import Clock, SystemClock
from digitlab.store import database
from digitlab.store.drawings import Drawings
from digitlab.store.jobs import Jobs
from digitlab.store.pins import Pins
from digitlab.store.runs import Runs
from digitlab.store.searches import Searches

__all__ = ["Store"]


class Store:
    """The database, opened. Threads may share it; processes open their own."""

    def __init__(self, address: str | None = None, *, clock: Clock | None = None, busy_seconds: float | None = None):
        """Open it; `address` is a database URL, by default the one of the environment.

        Raises:
            StoreError: the database cannot be used.
        """
        self.clock = clock or SystemClock()
        self.database = database.Database(address or database.url(), busy_seconds or database.BUSY_SECONDS)
        self.jobs = Jobs(self.database, self.clock)
        self.runs = Runs(self.database, self.jobs)
        self.pins = Pins(self.database, self.jobs)
        self.searches = Searches(self.database, self.jobs, self.runs)
        self.drawings = Drawings(self.database, self.clock)

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()
