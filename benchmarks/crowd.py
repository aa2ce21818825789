"""A crowd that draws at once: how long a hundred sessions wait for the server, against one session.

    python -m benchmarks.crowd [--sessions 100] [--seconds 60] [--model pen]

A real Chromium draws a few digits once, and what it sends is recorded. Then so many clients without a browser open a
session as it did and send the same at moments of their own, each stroke pushed and stretched so that no two drawings
are alike; a hundred browsers on one machine would measure the browsers. `confirmed` is the time from pen-up to the
message in which the server confirms the number of this drawing, with the delay until the page sends a stroke, which is
measured in Chromium. `processor` is the server's time for one drawing, with another stroke or cleared.
"""

import argparse
import asyncio
import json
import os
import random
import re
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Page, Request, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from digitlab.drawing.sent import read_strokes, write_strokes
from digitlab.drawing.strokes import Drawing
from harness.live_page import expect_held, expect_strokes, open_page
from harness.pen import Pen
from harness.server import ARGUMENTS, Server, chromium

LIMIT = 1.5  # times the p95 of one session
COST_LIMIT = 4.0  # milliseconds of the server's processor time for a stroke
BETWEEN = 1.5, 2.5  # seconds from a session's stroke to its next

# A one, a seven with its bar, and a four: drawings of one to three strokes.
DRAWINGS = (
    [[[150, 40], [145, 120], [140, 230]]],
    [[[80, 60], [150, 60], [200, 64], [150, 220]], [[90, 150], [120, 150], [190, 150]]],
    [[[100, 50], [90, 100], [80, 150]], [[80, 150], [140, 152], [200, 150]], [[170, 80], [168, 160], [165, 240]]],
)


Message = dict[str, Any]  # a drawing as the page sends it
_SENT = "/api/drawing"
_LIFTS = "addEventListener('pointerup', ({ timeStamp }) => { window.lifted = timeStamp }, true)"
_DELAY = (
    f"performance.getEntriesByType('resource').findLast(({{ name }}) => name.endsWith('{_SENT}')).startTime - lifted"
)


@dataclass
class Recording:
    """What a browser sent.

    Attributes:
        opening: its first message over the websocket, which asks for the page.
        drawings: of each the message after every stroke, and that of the button that then clears the pad.
        delay: seconds from pen-up to the message, the median.
    """

    opening: bytes = b""
    drawings: list[tuple[list[Message], Message]] = field(default_factory=list)
    delay: float = 0.0


@dataclass
class Waits:
    """Seconds from each stroke's message to its confirmation."""

    confirmed: list[float] = field(default_factory=list)
    sent: int = 0  # messages: strokes and cleared pads


def recorded(server: Server, model: str) -> Recording:
    """What Chromium sends while somebody draws."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        found = _record(browser.new_context().new_page(), server, model)
        browser.close()
    return found


def _record(page: Page, server: Server, model: str) -> Recording:
    """Draw in a browser.

    Raises:
        RuntimeError: something was sent while the pen was down, or a stroke was not one message.
    """
    opening: list[bytes] = []
    asked: list[Request] = []

    def note(payload: str | bytes) -> None:
        if isinstance(payload, bytes) and _is_run(payload):
            opening.append(payload)

    def taken() -> Message:
        page.wait_for_timeout(500)  # what comes of itself, after the answer
        if [request.url.endswith(_SENT) for request in asked] != [True] or len(opening) > 1:
            raise RuntimeError(f"A stroke was not one message: {[request.url for request in asked]}")
        message: Message = json.loads(asked.pop().post_data or "")
        return message

    page.on("websocket", lambda socket: socket.on("framesent", note))
    open_page(page, server, f"/?model={model}")
    page.wait_for_timeout(500)
    recording = Recording(opening=opening[0])
    page.evaluate(_LIFTS)
    page.on("request", lambda request: asked.append(request))
    pen, delays = Pen(page), []
    for drawing in DRAWINGS:
        strokes = []
        for stroke in drawing:
            pen.down(stroke)
            page.wait_for_timeout(300)
            if asked:
                raise RuntimeError(f"Something was sent while the pen was down: {[request.url for request in asked]}")
            pen.up()
            expect_held(page)
            strokes.append(taken())
            delays.append(page.evaluate(_DELAY) / 1000)
        page.get_by_role("button", name="Clear").click()
        expect_strokes(page, 0)
        expect_held(page)
        recording.drawings.append((strokes, taken()))
    recording.delay = statistics.median(delays)
    return recording


def _is_run(payload: bytes) -> bool:
    message = BackMsg()
    message.ParseFromString(payload)
    return message.WhichOneof("type") == "rerun_script"


def varied(message: Message, session: str, number: int, chance: random.Random) -> bytes:
    """The same drawing with a number of its own and its strokes pushed and stretched, as another hand draws them."""
    drawn = read_strokes(message["strokes"])
    stretched = tuple(
        (stroke - 140) * chance.uniform(0.8, 1.1) + 140 + chance.uniform(-20, 20) for stroke in drawn.strokes
    )
    strokes = write_strokes(Drawing(stretched, drawn.widths))
    return json.dumps(message | {"session": session, "number": number, "strokes": strokes}).encode()


class Session:
    """A client that talks to the server as a browser's page does."""

    def __init__(self, url: str, number: int, cookie: str = "") -> None:
        self._url = url
        self._cookies = cookie
        self._chance = random.Random(number)
        self._socket: ClientConnection | None = None
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._key = ""  # of the session's inbox
        self._drawn = 1000  # the number of its drawing
        self.waits = Waits()

    async def open(self, recording: Recording) -> None:
        if not self._cookies:
            with await asyncio.to_thread(urllib.request.urlopen, self._url) as page:
                self._cookies = "; ".join(cookie.partition(";")[0] for cookie in page.headers.get_all("set-cookie"))
        address = self._url.replace("http", "ws") + "/_stcore/stream"
        self._socket = await connect(
            address,
            subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN"],  # type: ignore[list-item]  # as Streamlit's page does
            origin=self._url,  # type: ignore[arg-type]
            additional_headers={"Cookie": self._cookies},
            max_size=None,
        )
        await self._run(recording.opening)

    async def draw(self, recording: Recording, end: float) -> None:
        """Draw and clear until `end`, of the event loop's clock."""
        clock = asyncio.get_running_loop().time
        at = clock() + self._chance.uniform(0, BETWEEN[1])
        while True:
            strokes, clearing = self._chance.choice(recording.drawings)
            seed = self._chance.random()
            for stroke in strokes:
                at += self._chance.uniform(*BETWEEN)
                if at > end:
                    return
                await asyncio.sleep(at - clock())
                self.waits.confirmed.append(await self._tell(stroke, seed))
            await self._tell(clearing, seed)

    async def _tell(self, message: Message, seed: float) -> float:
        """Send a drawing with the next number, and say how many seconds its confirmation took.

        The strokes that came before stay where they were.
        """
        host = urlsplit(self._url)
        if self._line is None or self._line[0].at_eof():  # the server closes a connection that rests
            self._line = await asyncio.open_connection(host.hostname, host.port)
        self._drawn += 1
        self.waits.sent += 1
        body = varied(message, self._key, self._drawn, random.Random(seed))
        head = [f"POST {_SENT} HTTP/1.1", f"Host: {host.netloc}", f"Cookie: {self._cookies}"]
        reader, writer = self._line
        begun = time.perf_counter()
        writer.write("\r\n".join([*head, f"Content-Length: {len(body)}", "\r\n"]).encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", answer, re.IGNORECASE)
        confirmed = json.loads(await reader.readexactly(int(length[1]) if length else 0))
        took = time.perf_counter() - begun
        if confirmed != {"held": self._drawn, "run": False}:
            raise RuntimeError(f"The server did not confirm a drawing, or wants a run for it: {confirmed}")
        return took

    async def _run(self, message: bytes) -> None:
        """Have the server's script run, and wait for its end."""
        assert self._socket is not None
        await self._socket.send(message)
        async for payload in self._socket:
            if isinstance(payload, bytes) and (found := re.search(rb'"session": ?"([^"]+)"', payload)):
                self._key = found[1].decode()
            reply = ForwardMsg()
            reply.ParseFromString(payload)
            if reply.WhichOneof("type") == "script_finished":
                return
        raise RuntimeError("The server closed the connection.")

    async def look_again(self, recording: Recording) -> None:
        """Have the page made once more."""
        await self._run(recording.opening)

    async def close(self) -> None:
        if self._line:
            self._line[1].close()
        if self._socket:
            await self._socket.close()


async def crowd(
    url: str,
    servers: Sequence[Server],
    recording: Recording,
    sessions: int,
    seconds: float,
    cookies: Sequence[str] = (),
) -> dict[str, float]:
    """So many sessions for so long: how long they waited, what a run cost, and what a session keeps in memory.

    Args:
        url: where they come.
        servers: who serves them there.
        cookies: of the first sessions, whom the servers know already.
    """
    before = sum(map(resident, servers))
    known = [*cookies, *[""] * (sessions - len(cookies))]
    opened = [Session(url, number, cookie) for number, cookie in enumerate(known)]
    for session in opened:
        await session.open(recording)
    worked = sum(map(processor_time, servers))
    together = Waits()
    end = asyncio.get_running_loop().time() + seconds
    await asyncio.gather(*[session.draw(recording, end) for session in opened])
    worked = sum(map(processor_time, servers)) - worked
    grown = sum(map(resident, servers)) - before
    for session in opened:
        await session.close()
        together.confirmed += session.waits.confirmed
        together.sent += session.waits.sent
    return {
        "strokes": len(together.confirmed),
        "confirmed_median_ms": _milliseconds(together.confirmed, 0.5, recording.delay),
        "confirmed_p95_ms": _milliseconds(together.confirmed, 0.95, recording.delay),
        "processor_ms_a_drawing": round(1000 * worked / together.sent, 1),
        "megabytes_a_session": round(grown / 1e6 / sessions, 1),
    }


def resident(server: Server) -> int:
    """The server's memory in bytes."""
    pages = Path(f"/proc/{server.process.pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def processor_time(server: Server) -> float:
    """Seconds of the processor that the server has used."""
    times = Path(f"/proc/{server.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--model", default="pen")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        server = Server(Path(home))
        try:
            recording = recorded(server, arguments.model)
            found = {
                sessions: asyncio.run(crowd(server.url, [server], recording, sessions, arguments.seconds))
                for sessions in (1, arguments.sessions)
            }
            complaints = server.complaints()
        finally:
            server.stop()
    ratio = found[arguments.sessions]["confirmed_p95_ms"] / found[1]["confirmed_p95_ms"]
    print(json.dumps({"page_delay_ms": round(1000 * recording.delay), "sessions": found, "ratio": ratio}, indent=2))
    broken = [f"not held: p95 {ratio:.2f} times that of one session"] if ratio > LIMIT else []
    cost = found[arguments.sessions]["processor_ms_a_drawing"]
    broken += [f"not held: {cost} ms of the processor a stroke"] if cost > COST_LIMIT else []
    for line in broken + complaints:
        print(line)
    return 1 if broken or complaints else 0


def _milliseconds(seconds: list[float], share: float, more: float = 0.0) -> float:
    return round(1000 * (float(np.quantile(seconds, share)) + more), 1)


if __name__ == "__main__":
    raise SystemExit(main())
