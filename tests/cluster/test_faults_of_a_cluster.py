"""A small cluster on this machine: runs go through one fault of each kind and end as if nothing had happened."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from digitlab.jobs import logs, orders
from digitlab.networks import weights_file, zoo
from digitlab.store import Store
from digitlab.store.records import Job
from digitlab.store.rights import OPERATOR
from harness.cluster import Cluster
from tests.test_two_homes import SMALL
from tests.waiting import until

LONG = replace(SMALL, epochs=30, log_every=5)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture
def store(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """As a further web server has it, with a home of its own."""
    for name, value in cluster.environment.items():
        if os.environ.get(name) != value:
            monkeypatch.setenv(name, value)
    with Store(patience=60.0) as opened:
        yield opened


def get(url: str) -> str:
    with urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def serves(url: str) -> bool:
    """Whether a server behind the balancer answers."""
    try:
        return bool(json.loads(get(f"{url}/api/health"))["ok"])
    except OSError:
        return False


def progressed(store: Store, run: int, steps: int) -> None:
    """Wait until the run is so far."""

    def is_there() -> bool:
        job = store.jobs.get(run)
        assert job.state not in ("failed", "interrupted", "paused"), f"{job.reason} {logs.read(run)}"
        return job.state == "finished" or job.done >= steps

    until(is_there, seconds=240)


def figures(store: Store, run: int) -> list[Any]:
    return [(step.step, step.loss) for step in store.runs.steps(run)] + [
        (epoch.epoch, epoch.loss, epoch.val_loss) for epoch in store.runs.epochs(run)
    ]


def weights(store: Store, run: int) -> list[bytes]:
    layers = weights_file.read(zoo.find(str(store.runs.get(run).model)).file)
    return [array.tobytes() for layer in layers.values() for array in layer.arrays]


def test_one_fault_of_each_kind_changes_nothing(cluster: Cluster, store: Store) -> None:
    whole = orders.submit(OPERATOR, store, LONG, threads=1).id
    disturbed = orders.submit(OPERATOR, store, LONG, threads=1).id
    progressed(store, disturbed, 60)
    health = json.loads(get(f"{cluster.url}/api/health"))
    assert health == {"ok": True, "problem": ""}
    pool = store.pools.get()
    assert pool is not None
    assert (pool.launcher, pool.places, pool.threads, len(pool.nodes)) == ("ray", 2, 1, 2)

    cluster.objects.hold()
    cluster.postgresql.restart()
    cluster.objects.go_on()

    acting = cluster.supervisors[0]
    acting.kill()
    acting.wait()

    cluster.servers[0].process.kill()
    until(lambda: serves(cluster.url), seconds=60)

    def job() -> Job:
        return store.jobs.get(disturbed)

    before = job().attempt
    cluster.nodes["worker"].kill()
    until(lambda: job().attempt > before or store.jobs.get(whole).attempt > before or job().state == "finished")
    cluster.start_node("worker")
    for run in (whole, disturbed):
        progressed(store, run, LONG.total_steps + 1)
        assert len(store.runs.epochs(run)) == LONG.epochs
    assert figures(store, whole) == figures(store, disturbed)
    assert weights(store, whole) == weights(store, disturbed)
    assert job().node is not None

    found = get(f"http://localhost:{cluster.servers[1].port}/metrics")
    assert re.search(r'digitlab_jobs{pool="default",state="finished"} 2\.0', found)
    assert "digitlab_sessions 0.0" in found
    assert not list(Path(cluster.folder / "web-1").glob("blobs/*"))
