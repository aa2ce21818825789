"""Starting the server from any folder: `digitlab app`."""

import os
import socket
import sys
from typing import NoReturn

from digitlab import home
from digitlab.errors import InputError
from digitlab.jobs import limits
from digitlab.server import gate
from digitlab.words import message

PORT = 8501  # Streamlit's own


def command(port: int = PORT, address: str = "") -> list[str]:
    """What starts the server, with the settings that stand beside app.py.

    Args:
        port: 1 to 65535.
        address: a name or number of this machine; "" for all of them.

    Raises:
        InputError: the server could not listen there, or a setting for it cannot be used.
    """
    _check(port, address)
    gate.check_settings()
    limits.limits()
    options = ["--server.port", str(port), *(["--server.address", address] if address else [])]
    return [sys.executable, "-P", "-m", "streamlit", "run", str(home.ROOT / "app.py"), *options]


def become(command: list[str]) -> NoReturn:
    """Give this process to the command: Ctrl-C and signals then reach the server itself."""
    sys.stdout.flush()
    os.execve(command[0], command, home.environment())


def _check(port: int, address: str) -> None:
    if not 1 <= port <= 65535:
        raise InputError(message("The port must be a whole number from 1 to 65535; it is {port}.", port=str(port)))
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server will: an ended one is no obstacle
        try:
            tried.bind((address, port))
        except OSError as error:
            raise InputError(
                message(
                    "The server cannot listen on {address}, port {port}: {why}; choose another with --port or "
                    "--address.",
                    address=address or message("this machine"),
                    port=str(port),
                    why=(error.strerror or str(error)).lower(),
                )
            ) from None
