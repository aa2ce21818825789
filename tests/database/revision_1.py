"""A database as programs made it before there were migrations, and how tests come by it.

revision-1.db.gz holds runs with curves, checkpoints, commands and a fork; a search with two trials, with Optuna's
tables; measurements; a run at work and one that waits; drawings of two visitors; and two pinned pictures. Commit
b69ac15 made it, from its root, with this script:

    import gzip, os, sqlite3, tempfile
    from dataclasses import replace
    from pathlib import Path

    home = Path(tempfile.mkdtemp())
    os.environ["DIGITLAB_HOME"] = str(home)

    import numpy as np

    from digitlab.data import mnist
    from digitlab.jobs import orders
    from digitlab.search import planning
    from digitlab.search.space import Dimension
    from digitlab.store import Store
    from digitlab.training.events import Step
    from digitlab.work import kinds, performing, pinned
    from digitlab.work.link import Link
    from harness.drawn import drawn
    from tests.trained import CONFIG

    SMALL = replace(CONFIG, train_size=4000, validation_size=1000, batch_size=200, log_every=2)  # 20 steps an epoch
    ANNA, BEN = "a" * 64, "b" * 64
    pinned.EVERY = 0.0

    with Store() as store:
        one = orders.submit(store, SMALL, name="the first", threads=2, claimed=True)
        picture = store.pins.add(one.id, mnist.scaled(mnist.load().x_test[3]), "test digit 3")
        store.pins.add(one.id, np.eye(28, dtype=np.float32), "drawing")
        store.jobs.set_rate(one.id, 0.002)
        with Link(store, one) as link:
            performing.perform(store, link)
        store.runs.annotate(one.id, "A note, with “quotes” and 数字.")
        step = store.runs.checkpoints(one.id)[0].step
        longer = replace(SMALL, epochs=3)
        fork = orders.submit(store, longer, name="a fork", threads=2, parent=(one.id, step), claimed=True)
        with Link(store, fork) as link:
            def stop(event):
                if isinstance(event, Step) and event.step == 30:
                    store.jobs.stop(fork.id)
                    link.flush()
            performing.perform(store, link, stop)
        planning.begin(
            store, recipe="two-conv-64-logits", config=SMALL, sampler="tpe", pruner="median", trials=3,
            space=(Dimension(name="learning_rate", low=1e-4, high=1e-2, log=True),),
        )
        for _ in range(2):
            store.searches.advance(1)
            trial = store.jobs.claim(1)
            with Link(store, trial) as link:
                kinds.perform(store, link)
        measured = store.jobs.submit("speed", {"threads": 1}, claimed=True)
        store.jobs.begin(measured)
        store.jobs.end(measured, "failed", reason="It rained.")
        asked = store.jobs.submit("answers", {"model": "0123456789ab", "options": {}}, claimed=True)
        store.jobs.begin(asked)
        store.jobs.end(asked, "finished", result={})
        at_work = orders.submit(store, replace(SMALL, epochs=9), name="at work", threads=2, claimed=True)
        store.jobs.started(at_work, "elsewhere 4711 1")
        store.jobs.begin(at_work)
        store.runs.exchange(at_work, store.runs.steps(one.id)[:5], 10, 180)
        store.jobs.pause(at_work.id)
        orders.submit(store, SMALL, name="waits", threads=2)
        store.jobs.submit("speed", {"threads": 2})
        digits = {"seven": 7, "three": 3}
        for browser in (ANNA, BEN):
            store.drawings.agree(browser)
        for name, label in digits.items():
            kept = store.drawings.keep(
                ANNA, drawn(name), label, model="0123456789ab", answered=1,
                picture=mnist.load().x_test[label],
            )
        store.drawings.share(ANNA, kept, True)

    file = sqlite3.connect(home / "digitlab.db")
    file.execute("PRAGMA journal_mode = DELETE")
    file.execute("VACUUM")
    file.close()
    Path("revision-1.db.gz").write_bytes(gzip.compress((home / "digitlab.db").read_bytes(), mtime=0))
"""

import gzip
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from digitlab.store.migrations.versions.revision_1 import TABLES

FILE = Path(__file__).with_name("revision-1.db.gz")

AT_WORK = 7  # a run whose worker is in the middle of it: attempt 1, steps 2, 4, … 10
WAITING = 8  # a run that is next
SPEEDS = (5, 9)  # jobs that measure the machine

Rows = dict[str, list[dict[str, Any]]]


def make(url: str) -> Rows:
    """Have the old database at a URL where there is none yet; returns its rows by table."""
    parsed = sa.make_url(url)
    content = gzip.decompress(FILE.read_bytes())
    if parsed.get_backend_name() == "sqlite":
        file = Path(str(parsed.database))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return rows(url)
    memory = sa.create_engine("sqlite://")
    with memory.connect() as source:
        driver: Any = source.connection.driver_connection
        driver.deserialize(content)
        found = _rows(source)
    memory.dispose()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        TABLES.create_all(connection)
        for table in TABLES.sorted_tables:
            connection.execute(sa.insert(table), found[table.name])
            if "id" in table.c:
                highest = max(row["id"] for row in found[table.name])
                sequence = sa.func.pg_get_serial_sequence(table.name, "id")
                connection.execute(sa.select(sa.func.setval(sequence, highest)))
    engine.dispose()
    return found


def rows(url: str) -> Rows:
    """What a database has in the tables and columns of revision 1."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = _rows(connection)
    engine.dispose()
    return found


def _rows(connection: sa.Connection) -> Rows:
    return {
        name: [dict(row._mapping) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
        for name, table in TABLES.tables.items()
    }
