"""How a worker is started, ended and asked whether it lives. Nothing else knows about process ids.

Another place to train, a cluster say, takes the place of `LocalProcesses` here.
"""

import math
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from digitlab import home

ROOM = 2 << 30  # bytes of memory that must be free for a worker to be held ready: a run needs about half of that


class Launcher(Protocol):
    """Starts workers. A worker is named by a text that the store keeps and only the launcher reads."""

    def start(self, job: int, attempt: int, log: Path, *, quickly: bool = True) -> str:
        """Start the worker of a claimed job and name it.

        Args:
            quickly: whether to use what was prepared; otherwise that is kept for another job.

        Raises:
            OSError: it cannot be started.
        """

    def kill(self, worker: str) -> None:
        """End a worker on the spot. One that is gone is no error."""

    def alive(self, worker: str) -> bool | None:
        """Whether it lives; None where this launcher cannot know."""

    def prepare(self, soon: bool) -> None:
        """Make the next start a quick one, if one may come soon and memory is free for it; else hold nothing ready."""


class LocalProcesses:
    """Workers are processes of this machine that outlive whoever started them.

    A worker's name is "machine process-id start-time": a process id alone may be another process's tomorrow.

    One worker may be held ready: it has imported TensorFlow and waits at a pipe to be told its job. When whoever holds
    the other end is gone, however that came about, the pipe ends and so does the worker.
    """

    def __init__(self) -> None:
        self._ready: subprocess.Popen[bytes] | None = None

    def start(self, job: int, attempt: int, log: Path, *, quickly: bool = True) -> str:
        log.parent.mkdir(parents=True, exist_ok=True)
        if quickly and self._ready is not None:
            ready, self._ready = self._ready, None
            if _told(ready, f"{job} {attempt} {log.absolute()}\n"):
                return _name(ready.pid)
        with log.open("ab") as out:
            return _name(_begun([str(job), "--attempt", str(attempt)], out, subprocess.DEVNULL).pid)

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
        if self.alive(worker):
            with suppress(ProcessLookupError):
                os.kill(_process(worker), signal.SIGKILL)

    def alive(self, worker: str) -> bool | None:
        if worker.split(" ")[0] != _machine():
            return None
        process = _process(worker)
        return _name(process) == worker and not worker.endswith(_GONE)


def _free_memory() -> float:
    """Bytes that a new process could have; infinite where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return math.inf
    return next((1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), math.inf)


def _begun(arguments: list[str], out: IO[bytes] | int, told_by: int) -> "subprocess.Popen[bytes]":
    """A worker's process."""
    paths = [str(home.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    surroundings = {"DIGITLAB_HOME": str(home.path()), "PYTHONPATH": os.pathsep.join(paths)}
    child = subprocess.Popen(
        [sys.executable, "-m", "digitlab.jobs.worker", *arguments],
        start_new_session=True,  # neither Ctrl-C nor the server's end reach it
        stdin=told_by,
        stdout=out,
        stderr=out,
        env=os.environ | surroundings,
    )
    threading.Thread(target=child.wait, name="end of a worker", daemon=True).start()  # else it ends as a zombie
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


def this_process() -> str:
    """This process, named as LocalProcesses names its workers."""
    return _name(os.getpid())


def _machine() -> str:
    """This machine since it was last started."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return socket.gethostname()


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
