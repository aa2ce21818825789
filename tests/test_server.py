"""The server as a process: it works the queue off with no page open, and a run outlives it."""

import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from digitlab.jobs import beside, launch, orders
from digitlab.networks.graph import Network
from digitlab.networks.layers import Dense, Flatten
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.training.config import TrainingConfig
from harness.server import Server
from tests.waiting import until

LONG = TrainingConfig(network=Network((Flatten(), Dense(units=10))), batch_size=500, epochs=1000)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store() as opened:
        yield opened


def children(server: Server) -> str:
    """The commands of the processes that a server has started."""
    command = ["ps", "--ppid", str(server.process.pid), "-o", "args="]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def scraped(server: Server) -> dict[str, float]:
    """The figures of a server, as Prometheus reads them, by name and labels."""
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        families = text_string_to_metric_families(answer.read().decode())
    samples = [sample for family in families for sample in family.samples]
    return {name(sample.name, sample.labels): sample.value for sample in samples}


def name(sample: str, labels: dict[str, str]) -> str:
    said = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{sample}{{{said}}}" if said else sample


def test_servers_work_the_queue_off_and_a_run_outlives_them(home: Path, store: Store) -> None:
    first = orders.submit(OPERATOR, store, LONG).id
    second = orders.submit(OPERATOR, store, replace(LONG, epochs=1)).id
    server = Server(home)
    until(lambda: bool(store.runs.steps(first)))  # and nobody has opened a page
    server.process.kill()
    server.stop()
    last = store.runs.steps(first)[-1].step
    until(lambda: bool(store.runs.steps(first, after=last)))  # SIGKILL did not reach its worker
    servers = [Server(home), Server(home)]  # both on one database
    try:
        store.jobs.stop(OPERATOR, first)
        until(lambda: store.jobs.get(first).state == "stopped")
        until(lambda: store.jobs.get(second).state == "finished")
        until(lambda: launch._free_memory() < launch.ROOM or any("--ready" in children(server) for server in servers))
        figures = scraped(servers[0])
        assert figures['digitlab_jobs{pool="default",state="finished"}'] == 1
        assert figures['digitlab_jobs{pool="default",state="stopped"}'] == 1
        assert figures["digitlab_sessions"] == figures["digitlab_strokes_total"] == 0
        assert 'digitlab_stage_seconds_count{stage="figures"}' not in figures, "this request was the first"
        assert scraped(servers[0])['digitlab_stage_seconds_count{stage="figures"}'] == 1
    finally:
        for server in servers:
            server.stop()
    assert [store.jobs.get(run).attempt for run in (first, second)] == [1, 1]


def test_a_database_that_cannot_be_used_is_told_once_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, home: Path
) -> None:
    monkeypatch.setattr(beside, "AGAIN", 0.01)
    monkeypatch.setenv("DIGITLAB_SLOTS", "none")
    leave = beside.start()
    until(lambda: bool(caplog.records))
    monkeypatch.setenv("DIGITLAB_SLOTS", "1")
    until(lambda: (home / "digitlab.db").exists())
    leave()
    assert [record.getMessage() for record in caplog.records] == [
        "No run will start. DIGITLAB_SLOTS must be a whole number from 1 to 64; it is “none”."
    ]
