"""How many sessions the server carries: the one too many gets a sentence, and those inside are left in peace."""

import asyncio
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import Origin, Subprotocol
from websockets.asyncio.client import ClientConnection, connect

from digitlab.server.sessions import A_SESSION, OTHERS, BoundSessions, carried
from harness import loops
from harness.server import Server

HERE, THERE = ("10.0.0.1", 1), ("10.0.0.2", 1)


async def asked(app: BoundSessions, kind: str, end: tuple[str, int]) -> list[dict[str, Any]]:
    """What the middleware says to a page or a websocket from there."""
    said: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        said.append(message)

    path = "/_stcore/stream" if kind == "websocket" else "/train"
    scope: dict[str, Any] = {"type": kind, "method": "GET", "path": path, "client": end, "scheme": "ws"}
    scope["headers"] = [(b"accept", b"text/html,*/*")]
    await app(scope, None, send)  # type: ignore[arg-type]
    return said


async def scene(app: BoundSessions, enough: asyncio.Event) -> list[Any]:
    """Two sessions from here, one from there, and who comes then; in the end all leave."""
    inside = [asyncio.create_task(asked(app, "websocket", end)) for end in (HERE, HERE, THERE)]
    await asyncio.sleep(0)
    late = [
        await asked(app, "websocket", HERE),
        await asked(app, "http", HERE),
        await asked(app, "http", ("10.0.0.3", 1)),
    ]
    enough.set()
    await asyncio.gather(*inside)
    return [*late, await asked(app, "websocket", HERE)]


def test_the_one_too_many_is_told_so_and_comes_in_once_another_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_LIMIT_SESSIONS", "3")
    monkeypatch.setenv("DIGITLAB_LIMIT_SESSIONS_AN_ADDRESS", "2")
    enough = asyncio.Event()

    async def session(*_: Any) -> None:
        await enough.wait()

    refused, page, elsewhere, again = loops.run(scene(BoundSessions(session), enough))
    assert refused == [
        {
            "type": "websocket.close",
            "code": 1013,
            "reason": "2 pages are open from your address, the most that this server allows. Close one and reload.",
        }
    ]
    assert page[0]["status"] == 503
    assert (b"retry-after", b"10") in page[0]["headers"]
    assert b"2 pages are open from your address" in page[1]["body"]
    assert b'http-equiv="refresh"' in page[1]["body"]
    assert b"3 pages are open on this server, the most that it can carry." in elsewhere[1]["body"]
    assert again == [], "it was let in"


def test_no_more_are_let_in_than_the_descriptors_carry() -> None:
    assert carried(OTHERS + 10 * A_SESSION) == 10
    assert carried(64) == 1


async def opened(url: str) -> ClientConnection:
    """A session whose page has come."""
    stream = url.replace("http:", "ws:") + "/_stcore/stream"
    socket = await connect(stream, origin=Origin(url), subprotocols=[Subprotocol("streamlit")], max_size=None)
    await run(socket)
    return socket


async def run(socket: ClientConnection) -> None:
    """Have the page made once."""
    message = BackMsg()
    message.rerun_script.query_string = "section=data"
    await socket.send(message.SerializeToString())
    async for payload in socket:
        told = ForwardMsg()
        told.ParseFromString(payload)
        if told.WhichOneof("type") == "script_finished":
            return
    raise AssertionError("the server ended the session")


def test_sessions_beyond_the_usual_limit_on_descriptors_are_carried_and_nobody_is_stuck(tmp_path: Path) -> None:
    soft, sessions = 128, 60
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    begin = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard})); "
        "from digitlab.cli import main; sys.exit(main(['app', *sys.argv[1:]]))"
    )
    server = Server(tmp_path, command=(sys.executable, "-c", begin))

    async def crowd() -> None:
        sockets = [await opened(server.url) for _ in range(sessions)]
        files = subprocess.run(["ls", f"/proc/{server.process.pid}/fd"], capture_output=True, check=True).stdout
        assert len(files.split()) > soft, "the limit was not reached, so nothing is shown"
        assert len(files.split()) < OTHERS + sessions * A_SESSION
        await asyncio.gather(*map(run, sockets))
        await asyncio.gather(*[socket.close() for socket in sockets])

    try:
        loops.run(crowd())
        assert server.complaints() == []
    finally:
        server.stop()
