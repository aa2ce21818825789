"""The arrangement of deploy/compose.yaml on one machine, without containers: `python -m harness.cluster`.

PostgreSQL, an object store, a Ray cluster of two nodes, two supervisors of which one acts, two web servers, and HAProxy
before them. Each process has a DIGITLAB_HOME of its own. Ctrl-C ends all.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from urllib.request import urlopen

import sqlalchemy as sa

from digitlab import home
from harness import postgresql
from harness.object_store import ObjectStore
from harness.server import Server

START = 180.0  # seconds that a part may take on a busy machine
_NODE = "DIGITLAB_RAY_NODE"  # a variable by which all processes of a node are found
_WORKER = re.compile(rb"digitlab\.work\.worker[\0 ](\d+)")  # in the command line of a worker, and of its shell
_STORE_BYTES = 80_000_000  # of Ray's own object store, which nothing of ours uses
_RAY = Path(sys.executable).with_name("ray")


def free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RayNode:
    """A node, whose processes can be killed all at once."""

    def __init__(self, folder: Path, options: list[str], environment: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._mark = f"{_NODE}={folder}"
        command = [str(_RAY), "start", "--block", "--num-cpus=1", "--disable-usage-stats", *options]
        with (folder / "ray.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, f"--object-store-memory={_STORE_BYTES}"],
                env={**environment, _NODE: str(folder), "DIGITLAB_HOME": str(folder / "home")},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL for everything of it, the workers on it among them: as if its machine had lost its power."""
        for number in self._processes():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self.process.wait()

    def jobs(self) -> set[int]:
        """The numbers of the jobs that are at work on it."""
        found = set()
        for number in self._processes():
            with suppress(OSError):  # it is gone
                found |= {int(job) for job in _WORKER.findall(Path(f"/proc/{number}/cmdline").read_bytes())}
        return found

    def _processes(self) -> list[int]:
        """By their session, or by their variables: a process that gives itself a title writes over the latter."""
        numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
        return [number for number in numbers if self._is_mine(number)]

    def _is_mine(self, number: int) -> bool:
        with suppress(OSError):  # it is gone
            if os.getsid(number) == self.process.pid:
                return True
            return self._mark.encode() in Path(f"/proc/{number}/environ").read_bytes().split(b"\0")
        return False


class Cluster:
    """All parts. `with Cluster(folder) as cluster:` starts and ends them."""

    def __init__(self, folder: Path, *, places: int = 2, threads: int = 1, port: int = 0, servers: int = 2) -> None:
        self.folder, self.places, self.threads = folder, places, threads
        self.port = port or free_port()
        self._count = servers
        self._parts = ExitStack()

    def __enter__(self) -> "Cluster":
        try:
            self._start()
        except BaseException:
            self._parts.close()
            raise
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._parts.close()

    def _start(self) -> None:
        self.postgresql = self._parts.enter_context(postgresql.running())
        url = self.postgresql.url
        engine = sa.create_engine(f"{url}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE digitlab")
        engine.dispose()
        self.objects = self._parts.enter_context(ObjectStore(self.folder / "objects"))
        self.environment = {
            **os.environ,
            **self.objects.environment,
            "DIGITLAB_DATABASE_URL": f"{url}/digitlab",
            "PYTHONPATH": str(home.ROOT),
            "CUDA_VISIBLE_DEVICES": "-1",
            "RAY_USAGE_STATS_ENABLED": "0",
        }
        self._scratch = Path(tempfile.mkdtemp(prefix="dlray-", dir="/tmp"))  # Ray's sockets need short paths
        self._parts.callback(shutil.rmtree, self._scratch, ignore_errors=True)
        self._head_port, self.dashboard_port = free_port(), free_port()
        self.nodes: dict[str, RayNode] = {}
        self._parts.callback(self._kill_nodes)
        self.start_node("head")
        self.start_node("worker")
        self.supervisors: list[subprocess.Popen[bytes]] = []
        self._parts.callback(self._end_supervisors)
        for _ in range(2):
            self.start_supervisor()
        self.servers: list[Server] = []
        self._parts.callback(self._end_servers)
        for number in range(self._count):
            self.start_server(number)
        if self._count == 2:
            self._start_balancer()

    @property
    def url(self) -> str:
        """Where visitors come."""
        return f"http://localhost:{self.port}"

    @property
    def dashboard(self) -> str:
        return f"http://127.0.0.1:{self.dashboard_port}"

    def start_node(self, name: str) -> None:
        """Start a node, and wait until Ray counts it."""
        if name == "head":
            options = ["--head", f"--port={self._head_port}", f"--temp-dir={self._scratch}", "--include-dashboard=true"]
            options += [f"--dashboard-port={self.dashboard_port}", "--dashboard-host=127.0.0.1"]
        else:
            options = [f"--address=127.0.0.1:{self._head_port}"]
        self.nodes[name] = RayNode(self.folder / name, options, self.environment)
        wanted = '"is_head_node": true' if name == "head" else '"is_head_node": false'
        self._until(lambda: self._alive_nodes(wanted) > 0, f"Ray's {name} node")

    def start_supervisor(self) -> None:
        number = len(self.supervisors)
        options = ["--ray", self.dashboard, "--places", str(self.places), "--threads", str(self.threads)]
        with (self.folder / f"supervisor-{number}.log").open("ab") as log:
            self.supervisors.append(
                subprocess.Popen(
                    [sys.executable, "-m", "digitlab", "supervise", *options, "--python", sys.executable],
                    env={**self.environment, "DIGITLAB_HOME": str(self.folder / f"supervisor-{number}")},
                    cwd=self.folder,
                    stdout=log,
                    stderr=log,
                )
            )

    def start_server(self, number: int) -> None:
        """Start a web server, or the one in the place of one that was killed."""
        own = self.folder / f"web-{number}"
        port = self.servers[number].port if number < len(self.servers) else 0
        made = Server(own, environment={**self.environment, "DIGITLAB_HOME": str(own)}, port=port)
        self.servers[number : number + 1] = [made]

    def _start_balancer(self) -> None:
        addresses = {f"WEB_{number}": f"127.0.0.1:{one.port}" for number, one in enumerate(self.servers, 1)}
        balancer = subprocess.Popen(
            [shutil.which("haproxy") or "/usr/sbin/haproxy", "-db", "-q", "-f", str(home.ROOT / "deploy/haproxy.cfg")],
            env={**os.environ, **addresses, "BIND": f"127.0.0.1:{self.port}"},
        )
        self._parts.callback(balancer.wait)
        self._parts.callback(balancer.kill)
        self._until(lambda: _answers(f"{self.url}/api/health"), "the balancer")

    def _alive_nodes(self, kind: str) -> int:
        try:
            with urlopen(f"{self.dashboard}/api/v0/nodes", timeout=5) as answer:
                rows = answer.read().decode().split('"node_id"')[1:]
        except OSError:
            return 0
        return sum(kind in row and '"state": "ALIVE"' in row for row in rows)

    def _until(self, happened: Callable[[], bool], what: str) -> None:
        give_up = time.monotonic() + START
        while not happened():
            if time.monotonic() > give_up:
                raise RuntimeError(f"{what} did not start; {self.folder} has the logs.")
            time.sleep(0.2)

    def _kill_nodes(self) -> None:
        for node in self.nodes.values():
            node.kill()

    def _end_supervisors(self) -> None:
        for process in self.supervisors:
            process.kill()
            process.wait()

    def _end_servers(self) -> None:
        for server in self.servers:
            server.process.kill()
            server.stop()


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return int(answer.status) == 200
    except OSError:
        return False


def main() -> None:
    """Start everything, print the address, and end everything with Ctrl-C."""
    parser = argparse.ArgumentParser(description="DigitLab on a small cluster on this machine.")
    parser.add_argument("--port", type=int, default=8501)
    chosen = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    scratch = tempfile.TemporaryDirectory(prefix="digitlab-cluster-", ignore_cleanup_errors=True)
    with scratch as folder, Cluster(Path(folder), port=chosen.port) as cluster:
        print(f"\n  DigitLab is open. URL: {cluster.url}\n  Ray: {cluster.dashboard}\n  Ctrl-C ends all.", flush=True)
        ended.wait()
        print("ending …", flush=True)


if __name__ == "__main__":
    main()
