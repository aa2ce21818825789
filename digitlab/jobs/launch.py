"""How a worker is started, told to end and asked whether it lives. Nothing else knows about process ids.

Another place to train, a cluster say, takes the place of `LocalProcesses` here.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from digitlab import home


class Launcher(Protocol):
    """Starts workers. A worker is named by a text that the store keeps and only the launcher reads."""

    def start(self, job: int, attempt: int, log: Path) -> str:
        """Start the worker of a claimed job and name it.

        Raises:
            OSError: it cannot be started.
        """

    def signal(self, worker: str, *, kill: bool = False) -> None:
        """Ask a worker to write a checkpoint and leave, or end it on the spot. One that is gone is no error."""

    def alive(self, worker: str) -> bool | None:
        """Whether it lives; None where this launcher cannot know."""


class LocalProcesses:
    """Workers are processes of this machine that outlive whoever started them.

    A worker's name is "machine process-id start-time": a process id alone may be another process's tomorrow.
    """

    def start(self, job: int, attempt: int, log: Path) -> str:
        log.parent.mkdir(parents=True, exist_ok=True)
        paths = [str(home.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        surroundings = {"DIGITLAB_HOME": str(home.path()), "PYTHONPATH": os.pathsep.join(paths)}
        with log.open("ab") as out:
            child = subprocess.Popen(
                [sys.executable, "-m", "digitlab.jobs.worker", str(job), "--attempt", str(attempt)],
                start_new_session=True,  # neither Ctrl-C nor the server's end reach it
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=os.environ | surroundings,
            )
        threading.Thread(target=child.wait, name=f"end of job {job}", daemon=True).start()  # else it ends as a zombie
        return _name(child.pid)

    def signal(self, worker: str, *, kill: bool = False) -> None:
        if self.alive(worker):
            with suppress(ProcessLookupError):
                os.kill(_process(worker), signal.SIGKILL if kill else signal.SIGTERM)

    def alive(self, worker: str) -> bool | None:
        if worker.split(" ")[0] != _machine():
            return None
        process = _process(worker)
        return _name(process) == worker and not worker.endswith(_GONE)


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
