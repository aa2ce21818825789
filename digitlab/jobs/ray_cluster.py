"""Workers on a Ray cluster, each a job of Ray's Jobs interface: the submission's name is that of a job and its attempt.

Ray starts an entry point where its resources are free, says what became of it and ends it. Nothing is retried by Ray:
resuming is ours, and exact. A thread asks the cluster again and again, so that a slow one holds nobody up.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from digitlab.errors import InputError
from digitlab.jobs.launch import NAME, Life
from digitlab.store.pools import LauncherKind, Node
from digitlab.store.records import Job
from digitlab.words import message

EVERY = 1.0  # seconds between two looks at the cluster
PATIENCE = 5.0  # seconds that one answer may take
STALE = 10.0  # seconds after which nothing that the cluster said counts
_ENDED = ("SUCCEEDED", "STOPPED")
_GONE = ("node", "Node", "actor", "unhealthy")  # what Ray says where the machine failed and not the program
# What a worker needs to find the database and the files; a node's own DIGITLAB_HOME stays its own.
_PASSED_ON = ("DIGITLAB_DATABASE_URL", "DIGITLAB_STORAGE", "DIGITLAB_POOL", "AWS_", "PYTHONPATH")

log = logging.getLogger(__name__)


class RayCluster:
    """A cluster, by the address of its head's dashboard."""

    kind: LauncherKind = "ray"

    def __init__(self, address: str, database: int, threads: int, gpus: float = 0.0, python: str = "python") -> None:
        """Look at it from now on.

        Args:
            address: as http://head:8265.
            database: the number that stands in the database, so that several may use one cluster.
            threads: processor threads that a job is given where its own number does not say.
            gpus: graphics processors of a job.
            python: the program on the nodes.

        Raises:
            InputError: it is no such address, or nobody answers there.
        """
        parts = urlsplit(address if "://" in address else f"http://{address}")
        if parts.scheme not in ("http", "https") or not parts.netloc:
            given = address[:80]
            raise InputError(
                message("A Ray cluster is named by its dashboard, as http://head:8265, not {given}.", given=given)
            )
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._prefix = f"digitlab-{database:x}-"
        self._threads, self._gpus, self._python = threads, gpus, python
        self._jobs: dict[str, dict[str, Any]] = {}
        self._nodes: tuple[Node, ...] = ()
        self._names: dict[str, str] = {}
        self._heard_at = -STALE
        self._begun: dict[str, float] = {}  # submissions that no look has shown yet
        self._lock = threading.Lock()
        try:
            self._look()
        except (OSError, ValueError) as error:
            why = str(getattr(error, "reason", error))
            said = message("The Ray cluster at {address} does not answer: {why}.", address=self._base, why=why)
            raise InputError(said) from None
        threading.Thread(target=self._watch, name="ray", daemon=True).start()

    def start(self, job: Job, *, quickly: bool = True) -> str:
        name = f"{self._prefix}{job.id}-{job.attempt}"
        passed = {key: value for key, value in os.environ.items() if key.startswith(_PASSED_ON)}
        try:
            self._ask(
                "POST",
                "/api/jobs/",
                {
                    "entrypoint": " ".join(self._command(job)),
                    "submission_id": name,
                    "entrypoint_num_cpus": self._cpus(job),
                    "entrypoint_num_gpus": self._gpus or None,
                    "runtime_env": {"env_vars": passed | {NAME: name}},
                },
            )
        except (OSError, ValueError) as error:
            self._heard_at = -STALE
            raise ConnectionError(str(error)) from error
        with self._lock:
            self._begun[name] = time.monotonic()
        return name

    def can_start(self, job: Job) -> bool:
        """Whether the cluster answers and a node has enough processors free."""
        with self._lock:
            heard = time.monotonic() - self._heard_at < STALE
            taken = sum(self._cpus(job) for _ in self._begun)
            return heard and any(node.free - taken >= self._cpus(job) for node in self._nodes)

    def kill(self, worker: str) -> None:
        with suppress(OSError, ValueError):  # what is away is ended when it is back, or refused by the database
            self._ask("POST", f"/api/jobs/{worker}/stop")

    def alive(self, workers: Collection[str]) -> dict[str, Life]:
        with self._lock:
            known = time.monotonic() - self._heard_at < STALE
            return {worker: self._life(worker) if known else "unknown" for worker in workers}

    def node_of(self, worker: str) -> str | None:
        with self._lock:
            return self._names.get(str(self._jobs.get(worker, {}).get("driver_node_id")))

    def nodes(self) -> tuple[Node, ...]:
        with self._lock:
            return self._nodes

    def said(self, job: Job) -> bytes | None:
        """What the entry point wrote before the worker had a log of its own."""
        try:
            written = self._ask("GET", f"/api/jobs/{job.worker}/logs").get("logs") if job.worker else None
        except (OSError, ValueError):
            return None
        return str(written).encode() if written and self._life(str(job.worker)) == "ended" else None

    def prepare(self, soon: bool) -> None:
        """Nothing is held ready: that would take a place."""

    def _command(self, job: Job) -> list[str]:
        module = [self._python, "-P", "-m", "digitlab.work.worker"]
        return [*module, str(job.id), "--attempt", str(job.attempt), "--log"]

    def _cpus(self, job: Job) -> float:
        threads = job.spec.get("threads")
        return float(threads) if isinstance(threads, int) else float(self._threads)

    def _life(self, worker: str) -> Life:
        """By what Ray says. What runs on a node that died is said to run for half a minute more: beats decide."""
        about = self._jobs.get(worker)
        if about is None:
            return "unknown"
        match about.get("status"):
            case "PENDING":
                return "lives"
            case "FAILED":
                said = str(about.get("message"))
                lost = about.get("driver_exit_code") is None and any(word in said for word in _GONE)
                return "lost" if lost else "ended"
            case status if status in _ENDED:
                return "ended"
        return "unknown"

    def _watch(self) -> None:
        told = ""
        while True:
            time.sleep(EVERY)
            try:
                self._look()
                told = ""
            except (OSError, ValueError) as error:
                if str(error) != told:
                    log.warning("The Ray cluster at %s does not answer: %s", self._base, error)
                told = str(error)

    def _look(self) -> None:
        jobs = {one["submission_id"]: one for one in self._ask("GET", "/api/jobs/") if one.get("submission_id")}
        usage = self._ask("GET", "/api/cluster_status?format=0")["data"]["clusterStatus"]["loadMetricsReport"]
        there = self._ask("GET", "/api/v0/nodes")["data"]["result"]["result"]
        found, names = [], {}
        for one in there:
            if one["state"] == "ALIVE":
                total = float(one["resources_total"].get("CPU", 0.0))
                used = _used(usage.get("usageByNode") or {}, one["node_id"])
                names[one["node_id"]] = f"{one['node_ip']} · {one['node_id'][:6]}"
                found.append(Node(names[one["node_id"]], total, max(0.0, total - used)))
        with self._lock:
            self._jobs = {name: one for name, one in jobs.items() if name.startswith(self._prefix)}
            self._nodes, self._names = tuple(sorted(found, key=lambda node: node.name)), names
            self._heard_at = time.monotonic()
            at_work = {name for name, one in self._jobs.items() if one.get("driver_node_id")}
            self._begun = {
                name: at for name, at in self._begun.items() if name not in at_work and time.monotonic() - at < STALE
            }

    def _ask(self, method: str, path: str, given: Mapping[str, Any] | None = None) -> Any:
        """One request; its answer as plain data.

        Raises:
            OSError: the cluster does not answer, or refuses.
            ValueError: it answers something else.
        """
        content = None if given is None else json.dumps({k: v for k, v in given.items() if v is not None}).encode()
        request = Request(self._base + path, content, {"Content-Type": "application/json"}, method=method)
        try:
            with urlopen(request, timeout=PATIENCE) as answer:
                return json.loads(answer.read())
        except HTTPError as error:
            raise OSError(f"{error.code} {error.read()[:200].decode('utf-8', 'replace')}") from error
        except URLError as error:
            raise OSError(str(error.reason)) from error
        except (KeyError, TypeError) as error:
            raise ValueError(repr(error)) from error


def _used(usage: Mapping[str, Any], node: str) -> float:
    """Processors of a node that are taken."""
    cpus = usage.get(node, {}).get("CPU", [0.0, 0.0])
    return float(cpus[0])
