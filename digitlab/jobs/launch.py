"""How workers are started, ended and asked whether they live: what every launcher can do, and local processes.

`ray_cluster` is the other launcher. Nothing else knows about process ids or clusters.
"""

import math
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal, Protocol

from digitlab import home
from digitlab.jobs import logs
from digitlab.store.pools import LauncherKind, Node
from digitlab.store.records import Job

ROOM = 2 << 30  # bytes of memory that must be free for a worker to be held ready: a run needs about half of that
NAME = "DIGITLAB_WORKER"  # the variable in which a launcher tells a worker how it is named

Life = Literal["lives", "ended", "lost", "unknown"]
"""Of a worker: it is seen to live; its process has ended; the machine under it is gone; nobody can tell."""


class Launcher(Protocol):
    """Starts workers. A worker is named by a text that the store keeps and only the launcher reads."""

    kind: LauncherKind

    def start(self, job: Job, *, quickly: bool = True) -> str:
        """Start the worker of a claimed job and name it.

        Args:
            quickly: whether to use what was prepared; otherwise that is kept for another job.

        Raises:
            OSError: it cannot be started; ConnectionError: not now, but perhaps later.
        """

    def can_start(self, job: Job) -> bool:
        """Whether a worker of this job would find room now."""

    def kill(self, worker: str) -> None:
        """End a worker on the spot. One that is gone is no error."""

    def alive(self, workers: Collection[str]) -> dict[str, Life]:
        """What is known of each of them; answers at once."""

    def node_of(self, worker: str) -> str | None:
        """The machine that a worker is on, for people; None where the worker says so itself."""

    def nodes(self) -> tuple[Node, ...]:
        """The machines and what is free on them; nothing where there is only this one."""

    def said(self, job: Job) -> bytes | None:
        """What the worker of a job wrote and could not keep itself."""

    def prepare(self, soon: bool) -> None:
        """Make the next start a quick one, if one may come soon and memory is free for it; else hold nothing ready."""


class LocalProcesses:
    """Workers are processes of this machine that outlive the process that started them.

    A worker's name is "machine process-id start-time": a process id alone may be another process's tomorrow.

    One worker may be held ready: it has imported TensorFlow and waits at a pipe for its job. When the process at the
    other end is gone, for whatever reason, the pipe ends and so does the worker.
    """

    kind: LauncherKind = "processes"

    def __init__(self) -> None:
        self._ready: subprocess.Popen[bytes] | None = None

    def start(self, job: Job, *, quickly: bool = True) -> str:
        log = logs.file(job.id, job.attempt)
        log.parent.mkdir(parents=True, exist_ok=True)
        if quickly and self._ready is not None:
            ready, self._ready = self._ready, None
            if _told(ready, f"{job.id} {job.attempt} {log.absolute()}\n"):
                return _name(ready.pid)
        with log.open("ab") as out:
            return _name(_begun([str(job.id), "--attempt", str(job.attempt)], out, subprocess.DEVNULL).pid)

    def can_start(self, job: Job) -> bool:
        return True

    def prepare(self, soon: bool) -> None:
        if self._ready is not None and self._ready.poll() is not None:
            self._ready = None
        if soon and self._ready is None:
            with suppress(OSError):  # then the next start is as quick as any
                if _free_memory() >= ROOM:
                    self._ready = _begun(["--ready"], subprocess.DEVNULL, subprocess.PIPE)
        elif not soon and self._ready is not None:
            _told(self._ready, "")
            self._ready = None

    def kill(self, worker: str) -> None:
        if self.alive([worker])[worker] == "lives":
            with suppress(ProcessLookupError):
                os.kill(_process(worker), signal.SIGKILL)

    def alive(self, workers: Collection[str]) -> dict[str, Life]:
        return {worker: _life(worker) for worker in workers}

    def node_of(self, worker: str) -> str | None:
        return None

    def nodes(self) -> tuple[Node, ...]:
        return ()

    def said(self, job: Job) -> bytes | None:
        try:
            return logs.file(job.id, job.attempt).read_bytes()
        except OSError:
            return None


def own_name() -> str:
    """This process, named as its launcher names it; as LocalProcesses does, where a person started it."""
    return os.environ.get(NAME) or _name(os.getpid())


def node() -> str | None:
    """This machine, for people; None where the launcher knows a better name."""
    return None if NAME in os.environ else socket.gethostname()


def _free_memory() -> float:
    """Bytes that a new process could have; infinite where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return math.inf
    return next((1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), math.inf)


def _begun(arguments: list[str], out: IO[bytes] | int, told_by: int) -> "subprocess.Popen[bytes]":
    """A worker's process."""
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "digitlab.work.worker", *arguments],
        start_new_session=True,  # neither Ctrl-C nor the server's end reach it
        stdin=told_by,
        stdout=out,
        stderr=out,
        env=home.environment(),
    )
    threading.Thread(target=child.wait, name="worker-end", daemon=True).start()  # else it ends as a zombie
    return child


def _told(ready: "subprocess.Popen[bytes]", what: str) -> bool:
    """Tell a worker that was held ready its job, or nothing, which ends it; says whether it was there to hear."""
    assert ready.stdin is not None
    try:
        ready.stdin.write(os.fsencode(what))
        ready.stdin.close()
    except OSError:
        return False
    return ready.poll() is None


_GONE = "gone"


def _machine() -> str:
    """This machine since it was last started."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return socket.gethostname()


def _life(worker: str) -> Life:
    if worker.split(" ")[0] != _machine():
        return "unknown"
    process = _process(worker)
    return "lives" if _name(process) == worker and not worker.endswith(_GONE) else "ended"


def _process(worker: str) -> int:
    return int(worker.split(" ")[1])


def _name(process: int) -> str:
    return f"{_machine()} {process} {_started(process)}"


def _started(process: int) -> str:
    """When a process was started, in the system's own unit; "gone" for one that is not there or is a zombie."""
    if Path("/proc/self/stat").exists():
        try:
            # The second field is the program's name in brackets, which may hold anything.
            state, *numbers = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return _GONE
        return _GONE if state in "ZX" else numbers[18]
    asked = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(process)], capture_output=True, text=True, check=False
    ).stdout.split()
    return "-".join(asked[1:]) if asked and not asked[0].startswith("Z") else _GONE
