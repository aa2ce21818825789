"""A server that is lied to through a real websocket, and that asks nothing of anybody else meanwhile."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from harness import attacks
from harness.forger import Forger
from harness.server import Server

PAGES = {"": "digit=7", "samples": "", "train": "recipe=fast", "runs": ""}
A_PAGE = 12  # forged messages; `python -m benchmarks.fuzz` sends as many as are wanted

# Python imports this at the start of each process that has its folder on the path, the server's workers among them.
LISTENER = """
import sys, os, json
def note(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and arguments[0].type == 1 and not str(address[0]).startswith(("127.", "::1")):
            tell(event, str(address))
    elif event == "socket.getaddrinfo" and arguments[0] not in (None, "", "localhost", "127.0.0.1", "0.0.0.0", "::"):
        tell(event, str(arguments[0]))
def tell(*what):
    with open(os.environ["DIGITLAB_TEST_OUTGOING"], "a") as file:
        file.write(json.dumps(what) + "\\n")
sys.addaudithook(note)
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server, and the file in which every connection that it wants to make stands."""
    folder = tmp_path_factory.mktemp("forged")
    (folder / "sitecustomize.py").write_text(LISTENER)
    outgoing = folder / "outgoing"
    outgoing.touch()
    own = {"DIGITLAB_HOME": str(folder / "home"), "PYTHONPATH": str(folder), "DIGITLAB_TEST_OUTGOING": str(outgoing)}
    server = Server(folder / "home", environment=os.environ | own)
    yield server, outgoing
    server.stop()
    server.end_workers()
    assert not server.complaints()


def test_the_listener_hears_what_goes_out(watched: tuple[Server, Path], tmp_path: Path) -> None:
    _, outgoing = watched
    heard = tmp_path / "heard"
    environment = os.environ | {"PYTHONPATH": str(outgoing.parent), "DIGITLAB_TEST_OUTGOING": str(heard)}
    script = "import socket\ntry: socket.create_connection(('192.0.2.1', 9), 0.01)\nexcept OSError: pass"
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    assert ["socket.connect", "('192.0.2.1', 9)"] in [json.loads(line) for line in heard.read_text().splitlines()]


@pytest.mark.parametrize("page", PAGES)
def test_forged_messages_do_no_harm(page: str, watched: tuple[Server, Path]) -> None:
    tally = attacks.on_widgets(watched[0], page, PAGES[page], A_PAGE, number=18)
    assert tally.tried >= A_PAGE


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "http://localhost:1", "null"])
def test_a_page_from_elsewhere_gets_no_session(origin: str, watched: tuple[Server, Path]) -> None:
    address = watched[0].url.replace("http", "ws") + "/_stcore/stream"
    with pytest.raises(InvalidStatus, match="403"), connect(address, origin=Origin(origin)):
        pass


def test_nothing_went_out(watched: tuple[Server, Path]) -> None:
    """The last of this file: the server has started, shown pages, been lied to, and refused pages from elsewhere."""
    server, outgoing = watched
    with Forger(server.url, "samples", "section=quality") as forger:
        assert forger.widgets
    assert outgoing.read_text() == ""
