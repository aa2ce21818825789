"""A PostgreSQL server for the tests: on loopback, in a folder of its own, gone afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Running:
    """A server that runs.

    Attributes:
        url: "postgresql+psycopg://…@127.0.0.1:PORT", without a database's name.
        restart: has it crash and come back.
        stop, start: the two halves of that.
    """

    url: str
    restart: Callable[[], None]
    stop: Callable[[], None]
    start: Callable[[], None]


@contextmanager
def server() -> Iterator[str]:
    """Start one; gives its URL."""
    with running() as started:
        yield started.url


@contextmanager
def running() -> Iterator[Running]:
    """Start one that can be restarted."""
    programs = _programs()
    # It refuses to run as root, and another user cannot look into pytest's folders.
    user = "postgres" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="digitlab-postgresql-"))
    try:
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "user": user}
        initdb = [programs / "initdb", "-D", data, "-U", "digitlab", "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(initdb, check=True, **quiet)  # type: ignore[call-overload]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=off"
        control = [programs / "pg_ctl", "-D", data, "-s", "-w"]
        start = [*control, "-l", folder / "log", "-o", options, "start"]
        subprocess.run(start, check=True, **quiet)  # type: ignore[call-overload]
        try:
            url = f"postgresql+psycopg://digitlab@127.0.0.1:{port}"
            halt = [*control, "-m", "immediate", "stop"]

            def begin() -> None:
                subprocess.run(start, check=True, **quiet)  # type: ignore[call-overload]

            def end() -> None:
                subprocess.run(halt, check=True, **quiet)  # type: ignore[call-overload]

            def restart() -> None:
                end()
                begin()

            yield Running(url, restart, end, begin)
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, **quiet)  # type: ignore[call-overload]
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    """The folder of initdb and pg_ctl; tests/database/install-postgresql has seen to it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    program = found[-1] if found else shutil.which("initdb")
    if program is None:
        raise RuntimeError("PostgreSQL is not installed; run sh tests/database/install-postgresql")
    return Path(program).parent
