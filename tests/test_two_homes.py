"""A server and a supervisor with two homes, one database and one object store: no process sees the other's folder."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitlab import blobs
from digitlab.data import drawn
from digitlab.insight import features
from digitlab.jobs import asking, launch, logs, orders
from digitlab.networks import litert, zoo
from digitlab.networks.graph import Network
from digitlab.networks.layers import Conv, Dense, Flatten
from digitlab.runs import history, removal, trainings
from digitlab.search import planning
from digitlab.store import Store, consistency, results
from digitlab.store.records import ACTIVE
from digitlab.store.rights import OPERATOR
from digitlab.training.config import TrainingConfig
from digitlab.training.space import Dimension
from harness.object_store import ObjectStore
from tests.waiting import until

SMALL = TrainingConfig(
    network=Network((Conv(filters=4, kernel=7, stride=7), Flatten(), Dense(units=10))),
    batch_size=1000,
    epochs=2,
    validation="last",
    validation_size=5000,
    learning_rate=1e-2,
)
OWNER = "a" * 64


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with ObjectStore(tmp_path_factory.mktemp("objects")) as server:
        yield server


@pytest.fixture
def url(postgresql_server: str, tmp_path: Path, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> str:
    """One database and one store for whatever home a process has."""
    import sqlalchemy as sa

    engine = sa.create_engine(f"{postgresql_server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE two_homes_" + tmp_path.name.lower().replace("-", "_")[-20:])
    engine.dispose()
    found = f"{postgresql_server}/two_homes_" + tmp_path.name.lower().replace("-", "_")[-20:]
    monkeypatch.setenv("DIGITLAB_DATABASE_URL", found)
    for name, value in objects.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DIGITLAB_STORAGE", f"s3://digitlab/{tmp_path.name.lower().replace('_', '-')}")
    return found


@contextmanager
def supervised(home: Path, store: Store) -> Iterator[None]:
    """Another machine, as far as folders go, that works off the queue."""
    environment = os.environ | {"DIGITLAB_HOME": str(home), "CUDA_VISIBLE_DEVICES": "-1"}
    with subprocess.Popen([sys.executable, "-m", "digitlab", "supervise"], env=environment) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait()
            for job in store.jobs.all(*ACTIVE):
                if job.worker:
                    launch.LocalProcesses().kill(job.worker)


def ended(store: Store, job: int) -> Callable[[], bool]:
    def has_ended() -> bool:
        found = store.jobs.get(job)
        assert found.state not in ("failed", "interrupted"), f"{found.reason}\n{logs.read(job)}"
        return found.state in ("finished", "stopped")

    return has_ended


def test_everything_works_where_server_and_worker_share_no_folder(url: str, home: Path, tmp_path: Path) -> None:
    with Store() as store, supervised(tmp_path / "other", store):
        whole = orders.submit(OPERATOR, store, SMALL, name="whole", threads=1)
        until(ended(store, whole.id), seconds=180)
        model = trainings.find(trainings.trainings(store, OPERATOR), str(whole.id)).model()
        assert model is not None
        assert zoo.open_model(model.name).outputs(np.zeros((1, 28, 28), np.float32)).shape == (1, 10)
        assert history.network_at(store, whole.id, 1) is not None

        # paused, resumed by another process, and forked
        paused = orders.submit(OPERATOR, store, replace(SMALL, epochs=40), threads=1)
        until(lambda: len(store.runs.checkpoints(paused.id)) > 1, seconds=120)
        store.jobs.stop(OPERATOR, paused.id)
        until(ended(store, paused.id), seconds=120)
        fork = orders.submit(
            OPERATOR, store, SMALL, threads=1, parent=(whole.id, store.runs.checkpoints(whole.id)[0].step)
        )
        until(ended(store, fork.id), seconds=120)

        # a search, a computed result, drawings
        space = (Dimension(name="learning_rate", choices=(1e-3, 1e-2)),)
        search = planning.begin(
            OPERATOR, store, recipe="fast", config=SMALL, space=space, sampler="random", pruner="none", trials=1
        )
        until(lambda: store.searches.get(search.id).state == "finished", seconds=120)
        wanted = features.wanted(model)
        job = asking.ask(OPERATOR, store, wanted)
        until(ended(store, job.id), seconds=180)
        assert results.kept(wanted) is not None
        frozen = drawn.freeze(OWNER, [1, 2, 3], np.full((3, 28, 28), 200, np.uint8), [1, 2, 3])
        learned = orders.submit(OPERATOR, store, replace(SMALL, epochs=1, drawings=frozen), threads=1)
        until(ended(store, learned.id), seconds=120)
        assert litert.make(model).file.stat().st_size > 1000

        # deletion leaves nothing, in any place
        assert consistency.differences(store, blobs.stored()) == []
        for training in trainings.trainings(store, OPERATOR):
            if training.removable:
                removal.remove(OPERATOR, store, training, with_model=True)
        drawn.forget(OWNER, [1, 2, 3])
        left = [
            key
            for key in blobs.stored().list("")
            if not key.startswith((f"runs/{job.id}/", "results/", "pools/", "database.id"))
        ]
        assert left == []
        assert consistency.differences(store, blobs.stored()) == []
    assert not list((tmp_path / "other").glob("blobs/*"))
