"""PostgreSQL away while a real worker trains: `python -m benchmarks.outage [--seconds 60] [--times 2]`.

The server is stopped and started again, so many times for so long each. The run must end by itself, in its first
attempt, with the same rows and weights as one that was left in peace.
"""

import argparse
import os
import sys
import tempfile
import time

import sqlalchemy as sa

from digitlab.jobs import orders
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from harness import postgresql
from harness.kills import CONFIG, figures, started, weights

EPOCHS = 40  # of the small network of benchmarks.kills: about a minute
PATIENCE = 600.0  # seconds for the whole run
ROWS = 5  # that a run has written before its database goes


def run(store: Store, times: int, seconds: float, control: postgresql.Running | None) -> int:
    """A run in a process of its own; its database goes away where there is a `control`. Returns the run's number."""
    config = CONFIG.with_changes(epochs=EPOCHS)
    number = orders.submit(OPERATOR, store, config, recipe="two-conv-64-dropout", threads=1).id
    with started(number, "never", 0) as process:
        for time_away in range(times if control else 0):
            while len(store.runs.steps(number)) < ROWS * (time_away + 1):
                time.sleep(0.2)
            assert control is not None
            control.stop()
            time.sleep(seconds)
            control.start()
        if code := process.wait(timeout=PATIENCE):
            raise AssertionError(f"the worker ended with code {code}")
    return number


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outage", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="that it is away (default: %(default)s)")
    parser.add_argument("--times", type=int, default=2, help="how often (default: %(default)s)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, postgresql.running() as control:
        url = f"{control.url}/digitlab"
        with sa.create_engine(f"{control.url}/postgres", isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE digitlab")
        os.environ |= {"DIGITLAB_HOME": folder, "DIGITLAB_DATABASE_URL": url}
        with Store(patience=PATIENCE) as store:
            whole = run(store, 0, 0, None)
            cut = run(store, chosen.times, chosen.seconds, control)
            same_rows = figures(store, whole) == figures(store, cut)
            same_weights = weights(store, whole) == weights(store, cut)
            ended = store.jobs.get(cut)
    print(f"state {ended.state}, attempt {ended.attempt}, same rows: {same_rows}, same weights: {same_weights}")
    return int(not (same_rows and same_weights and ended.state == "finished" and ended.attempt == 1))


if __name__ == "__main__":
    sys.exit(main())
