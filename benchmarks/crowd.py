"""A class that draws at once: how long thirty sessions wait for the server's answer, against one session.

    python -m benchmarks.crowd [--sessions 30] [--seconds 60] [--model pen]

A real Chromium draws a few digits once, and what it sends over its websocket is recorded. Then so many clients without
a browser connect as it did and send the same at moments of their own, each stroke pushed and stretched so that no two
drawings are alike; thirty browsers on one machine would measure the browsers. `answer` is the time from pen-up to the
message that carries the answer, `maps` to the end of the script's run; both hold the canvas's own delay before it sends
a stroke, which is measured in Chromium. `work` is the answer without that delay. `processor` is the server's time for
one run of the script: a stroke is one, clearing the pad two.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from tests.browser.live_page import SETTLED, expect_blank, open_page
from tests.browser.pen import Pen
from tests.browser.server import ARGUMENTS, Server, chromium

LIMIT = 3.0  # times the p95 of one session
BETWEEN = 1.5, 2.5  # seconds from a session's stroke to its next
ANSWER = 'class="dl-answer"'

# A one, a seven with its bar, and a four: drawings of one to three strokes.
DRAWINGS = (
    [[[150, 40], [145, 120], [140, 230]]],
    [[[80, 60], [150, 60], [200, 64], [150, 220]], [[90, 150], [120, 150], [190, 150]]],
    [[[100, 50], [90, 100], [80, 150]], [[80, 150], [140, 152], [200, 150]], [[170, 80], [168, 160], [165, 240]]],
)


@dataclass
class Recording:
    """What a browser sent.

    Attributes:
        opening: its first message, which asks for the page.
        drawings: of each the message after every stroke, and those of the button that then clears the pad.
        delay: seconds from pen-up to the message, the median.
    """

    opening: bytes = b""
    drawings: list[tuple[list[bytes], list[bytes]]] = field(default_factory=list)
    delay: float = 0.0


@dataclass
class Waits:
    """Seconds from each stroke's message to its answer, and to the end of the run."""

    answer: list[float] = field(default_factory=list)
    maps: list[float] = field(default_factory=list)
    runs: int = 0  # of the script: strokes, and two for each cleared pad


def record(page: Page, server: Server, model: str) -> Recording:
    """Draw in a browser.

    Raises:
        RuntimeError: something was sent while the pen was down, or a stroke was not one message.
    """
    sent: list[tuple[float, bytes]] = []

    def note(payload: str | bytes) -> None:
        if isinstance(payload, bytes) and _message(payload).WhichOneof("type") == "rerun_script":
            sent.append((time.monotonic(), payload))

    def taken() -> list[tuple[float, bytes]]:
        page.wait_for_timeout(500)  # what comes of itself, after the answer
        found = sent.copy()
        sent.clear()
        return found

    asked: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", note))
    open_page(page, server, f"/?model={model}")
    recording = Recording(opening=taken()[0][1])
    page.on("request", lambda request: asked.append(request.url))
    pen, delays = Pen(page), []
    for drawing in DRAWINGS:
        strokes = []
        for stroke in drawing:
            pen.down(stroke)
            page.wait_for_timeout(300)
            if sent or asked:
                raise RuntimeError(f"Something was sent while the pen was down: {asked or sent}")
            lifted = time.monotonic()
            pen.up()
            page.wait_for_selector(SETTLED)
            [(at, message)] = taken()
            delays.append(at - lifted)
            strokes.append(message)
            asked.clear()
        page.keyboard.press("x")
        expect_blank(page)
        recording.drawings.append((strokes, [message for _, message in taken()]))
        asked.clear()
    recording.delay = statistics.median(delays)
    return recording


def varied(message: bytes, chance: random.Random) -> bytes:
    """The same message with its last stroke pushed and stretched, as another hand draws it."""
    changed = _message(message)
    script = changed.rerun_script
    del script.cached_message_hashes[:]  # this client keeps none
    for widget in script.widget_states.widgets:
        if not widget.id.endswith("-pad"):
            continue
        canvas = json.loads(widget.json_value)
        for item in canvas["drawing"]["raw"]["objects"]:
            item["left"] += chance.uniform(-20, 20)
            item["top"] += chance.uniform(-20, 20)
            item["scaleX"], item["scaleY"] = chance.uniform(0.8, 1.1), chance.uniform(0.8, 1.1)
        widget.json_value = json.dumps(canvas)
    made: bytes = changed.SerializeToString()
    return made


def _message(payload: bytes) -> Any:
    message = BackMsg()
    message.ParseFromString(payload)
    return message


class Session:
    """A client that talks to the server as a browser's page does."""

    def __init__(self, server: Server, number: int) -> None:
        self._server = server
        self._chance = random.Random(number)
        self._socket: ClientConnection | None = None
        self.waits = Waits()

    async def open(self, recording: Recording) -> None:
        with await asyncio.to_thread(urllib.request.urlopen, self._server.url) as page:
            cookie = page.headers["set-cookie"].partition(";")[0]
        address = self._server.url.replace("http", "ws") + "/_stcore/stream"
        self._socket = await connect(
            address,
            subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN"],  # type: ignore[list-item]  # as Streamlit's page does
            origin=self._server.url,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookie},
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
                message = varied(stroke, random.Random(seed))  # the strokes before this one stay where they were
                answer, maps = await self._run(message)
                if answer is None:  # counted as no time at all it would make the figures better
                    raise RuntimeError("The server ran the script for a stroke and gave no answer.")
                self.waits.answer.append(answer)
                self.waits.maps.append(maps)
            for message in clearing:
                await self._run(varied(message, random.Random(seed)))

    async def _run(self, message: bytes) -> tuple[float | None, float]:
        """Send, and say how long the answer, if one came, and the end of the run took."""
        assert self._socket is not None
        self.waits.runs += 1
        begun = time.perf_counter()
        answered: float | None = None
        await self._socket.send(message)
        async for payload in self._socket:
            now = time.perf_counter() - begun
            told = ForwardMsg()
            told.ParseFromString(payload)
            if told.delta.new_element.html.body.find(ANSWER) >= 0:
                answered = now
            elif told.WhichOneof("type") == "script_finished":
                return answered, now
        raise RuntimeError("The server closed the connection.")

    async def close(self) -> None:
        if self._socket:
            await self._socket.close()


async def crowd(server: Server, recording: Recording, sessions: int, seconds: float) -> dict[str, float]:
    """So many sessions for so long: how long they waited, what a run cost, and what a session keeps in memory."""
    before = resident(server)
    opened = [Session(server, number) for number in range(sessions)]
    for session in opened:
        await session.open(recording)
    worked = processor_time(server)
    together = Waits(runs=-sessions)  # without those that opened the pages
    end = asyncio.get_running_loop().time() + seconds
    await asyncio.gather(*[session.draw(recording, end) for session in opened])
    worked = processor_time(server) - worked
    grown = resident(server) - before
    for session in opened:
        await session.close()
        together.answer += session.waits.answer
        together.maps += session.waits.maps
        together.runs += session.waits.runs
    return {
        "strokes": len(together.answer),
        "work_median_ms": _milliseconds(together.answer, 0.5),
        "work_p95_ms": _milliseconds(together.answer, 0.95),
        "answer_p95_ms": _milliseconds(together.answer, 0.95, recording.delay),
        "maps_p95_ms": _milliseconds(together.maps, 0.95, recording.delay),
        "processor_ms_a_run": round(1000 * worked / together.runs, 1),
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
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--model", default="pen")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        server = Server(Path(home))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
                recording = record(browser.new_context().new_page(), server, arguments.model)
                browser.close()
            found = {
                sessions: asyncio.run(crowd(server, recording, sessions, arguments.seconds))
                for sessions in (1, arguments.sessions)
            }
            complaints = server.complaints()
        finally:
            server.stop()
    ratio = found[arguments.sessions]["answer_p95_ms"] / found[1]["answer_p95_ms"]
    print(json.dumps({"canvas_delay_ms": round(1000 * recording.delay), "sessions": found, "ratio": ratio}, indent=2))
    broken = [f"not held: p95 {ratio:.2f} times that of one session"] if ratio > LIMIT else []
    for line in broken + complaints:
        print(line)
    return 1 if broken or complaints else 0


def _milliseconds(seconds: list[float], share: float, more: float = 0.0) -> float:
    return round(1000 * (float(np.quantile(seconds, share)) + more), 1)


if __name__ == "__main__":
    raise SystemExit(main())
