"""The app as a user starts it, on a port of its own, for tests, benchmarks and screenshots."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from digitlab.home import ROOT
from digitlab.jobs.launch import LocalProcesses
from digitlab.store import Store
from digitlab.store.records import ACTIVE

START = 60  # seconds a server may take on a busy machine
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def chromium() -> str:
    """Where the machine has its Chromium.

    Raises:
        RuntimeError: there is none.
    """
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        raise RuntimeError("Chromium is missing; tests/browser/install-chromium says how to get it.")
    return found


@dataclass
class Server:
    """A running app with a folder of its own.

    Attributes:
        home: where it may write.
        script: what is served.
        options: more of `streamlit run`.
        command: what to start instead of `streamlit run`; takes `--port` and the options.
        folder: where it is started; the script's own otherwise.
        environment: its variables; this process's otherwise, with `home` as DIGITLAB_HOME.
        port: where it listens; 0 for any that is free.
        lines: its log so far.
    """

    home: Path
    script: Path = ROOT / "app.py"
    options: Sequence[str] = ()
    command: Sequence[str] = ()
    folder: Path | None = None
    environment: Mapping[str, str] | None = None
    port: int = 0
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = self.port or free.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        streamlit = [sys.executable, "-m", "streamlit", "run", self.script.name, "--server.port"]
        self.process = subprocess.Popen(
            [*([*self.command, "--port"] if self.command else streamlit), str(self.port), *self.options],
            cwd=self.folder or self.script.parent,
            env=self.environment or os.environ | {"DIGITLAB_HOME": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._up = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._up.wait(START):
            self.stop()
            raise RuntimeError("The server did not start:\n" + "".join(self.lines))

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if "URL:" in line:
                self._up.set()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(START)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def end_workers(self) -> None:
        """End what would outlive the server: a test that fails must not leave its run at work."""
        with Store(f"sqlite:///{self.home / 'digitlab.db'}") as store:
            for job in store.jobs.all(*ACTIVE):
                if job.worker:
                    LocalProcesses().kill(job.worker)

    def complaints(self) -> list[str]:
        return [line for line in self.lines if re.search(r"Traceback|Error|Exception|WARNING", line)]
