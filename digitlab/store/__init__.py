"""The store: the database of jobs, runs, metrics, checkpoints and commands. A run's state is here and nowhere else.

Several processes use it at once: the server's pages, one or more supervisors, a worker for each run, the command line.
What they can rely on:

- A method is one transaction. It happens as a whole and is on the disk when it returns, or it raises and nothing
  happened.
- Reading never waits for writing and sees one state of the database. Writers wait for each other, for at most
  `database.BUSY_SECONDS`; then StoreBusyError says so and the call can be repeated.
- A job is claimed by one process: claims of all processes come one after the other (each first writes the same row), so
  that neither is a job started twice nor are there ever more at work in a pool than there are places.
- The queue is in the order of priority, and of coming within one, which the database counts and no clock. A job that is
  preemptible gives its slot away to one with a higher priority.
- A claim counts up the job's `attempt`. Everything that a worker writes begins with an update that asks for its own
  attempt; a worker that was taken for dead and wakes up finds its writes refused (SupersededError).
- A job's state changes only along `records.NEXT`, in the transaction of what causes it. What a person tells a job is a
  row beside the new state ("pausing"); the worker notes the step after which it took it.
- Rows of a run are written in the order in which they came about, a checkpoint's with or after all before it. So a run
  that goes on from a checkpoint forgets what came later, comes by it again, and no row is lost or doubled.
- Opening the database brings an older one to this program's revision, in one transaction. A newer one is refused.
  Workers of the revision before go on with theirs: what they write still fits.
- Who asks is an argument: what changes something for a person takes that person first and asks `rights`.
- Times in it are for people. Nothing is decided by comparing one process's clock with another's: a worker lives while
  its count of beats grows.

SQLite in WAL mode needs all of them on one machine and a local disk. All processes of one database share one place for
files.
"""

from types import TracebackType

from digitlab.clock import Clock, SystemClock
from digitlab.store import belonging, database
from digitlab.store.accounts import Accounts
from digitlab.store.classes import Classes
from digitlab.store.drawings import Drawings
from digitlab.store.jobs import Jobs
from digitlab.store.members import Members
from digitlab.store.models import Models
from digitlab.store.pins import Pins
from digitlab.store.pools import Pools
from digitlab.store.queue import Queue
from digitlab.store.runs import Runs
from digitlab.store.searches import Searches
from digitlab.store.slices import Slices
from digitlab.store.transitions import Transitions
from digitlab.store.usage import Usages

__all__ = ["Store"]


class Store:
    """The database, opened. Threads may share it; processes open their own."""

    def __init__(
        self,
        url: str | None = None,
        *,
        clock: Clock | None = None,
        busy_seconds: float | None = None,
        patience: float = 0.0,
    ) -> None:
        """Open it.

        Args:
            url: names the database; None: the one of the environment, whose files must lie in DIGITLAB_HOME.
            clock: what time it is.
            busy_seconds: how long a transaction waits for others.
            patience: seconds for which it waits for a database that is locked for longer, or away.

        Raises:
            StoreError: the database cannot be used.
        """
        self.clock = clock or SystemClock()
        self.database = database.Database(url or database.url(), busy_seconds or database.BUSY_SECONDS, patience)
        if url is None:
            try:
                belonging.check(self.database)
            except BaseException:
                self.close()
                raise
        transitions = Transitions(self.clock)
        self.jobs = Jobs(self.database, transitions)
        self.queue = Queue(self.database, self.clock)
        self.runs = Runs(self.database, transitions)
        self.pools = Pools(self.database)
        self.pins = Pins(self.database, transitions)
        self.searches = Searches(self.database, transitions, self.runs)
        self.usages = Usages(self.database, transitions)
        self.drawings = Drawings(self.database, self.clock)
        self.slices = Slices(self.database, self.clock)
        self.models = Models(self.database)
        self.classes = Classes(self.database, self.clock)
        self.members = Members(self.database, self.clock)
        self.accounts = Accounts(self.database, self.clock)

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()
