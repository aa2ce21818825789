"""What operators watch: `/api/health`, figures for Prometheus at `/metrics`, and a number for each request.

The figures of the queue are the database's and so the same on every server; sessions, strokes and seconds are this
server's own.
"""

import secrets
import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from digitlab import blobs, log_lines
from digitlab.errors import DigitLabError
from digitlab.server.store import store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REGISTRY = CollectorRegistry()
SESSIONS = Gauge("digitlab_sessions", "open-pages", registry=_REGISTRY)
STROKES = Counter("digitlab_strokes", "drawings-sent", registry=_REGISTRY)
_SECONDS = Histogram(
    "digitlab_stage_seconds",
    "seconds-of-answers",
    ["stage"],
    registry=_REGISTRY,
)
_STAGES = {"/api/drawing": "drawing", "/api/": "api", "/metrics": "figures", "/_stcore": "streamlit"}  # first that fits
_STREAM = "/_stcore/stream"
_PLAIN_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class _Queue:
    """Jobs by state, asked of the database when somebody looks."""

    def collect(self) -> "Iterator[GaugeMetricFamily]":
        states = GaugeMetricFamily("digitlab_jobs", "jobs-by-pool-and-state", labels=["pool", "state"])
        length = GaugeMetricFamily("digitlab_queue_length", "jobs-waiting", labels=["pool"])
        for (pool, state), count in store().queue.counts().items():
            states.add_metric([pool, state], count)
            if state == "queued":
                length.add_metric([pool], count)
        yield states
        yield length


async def health(_: "Request") -> Response:
    """200 where this server can serve: its database and its place for files answer; else 503 with a sentence."""
    problem = await run_in_threadpool(_problem)
    return JSONResponse({"ok": not problem, "problem": problem}, 503 if problem else 200, {"Cache-Control": "no-store"})


async def metrics(_: "Request") -> Response:
    """Figures as Prometheus reads them."""
    try:
        content = await run_in_threadpool(_content)
    except DigitLabError as error:
        return Response(f"# {error}\n", 503, media_type=_PLAIN_TEXT)
    return Response(content, media_type=_PLAIN_TEXT)


class Watch:
    """ASGI middleware: times answers, counts open pages and gives each request a number, which its answer says."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app
        log_lines.begin()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        number = secrets.token_hex(8)
        before = log_lines.about.set(("request", number))

        async def send_on(message: "Message") -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", number.encode())]
            await send(message)

        is_page = scope["type"] == "websocket" and scope["path"].endswith(_STREAM)
        since = time.perf_counter()
        SESSIONS.inc(is_page)
        try:
            await self._app(scope, receive, send_on)
        finally:
            SESSIONS.dec(is_page)
            if not is_page:
                _SECONDS.labels(_stage(scope["path"])).observe(time.perf_counter() - since)
            log_lines.about.reset(before)


def _stage(path: str) -> str:
    """One of few words: a request for a strange address makes no new one."""
    for part, stage in _STAGES.items():
        if part in path:
            return stage
    return "page"


def _problem() -> str:
    try:
        with store().database.read():
            pass
        if blobs.is_shared():
            blobs.stored().exists("database.id")
    except DigitLabError as error:
        return str(error)
    return ""


def _content() -> bytes:
    queue = CollectorRegistry(auto_describe=False)
    queue.register(_Queue())
    found: bytes = generate_latest(_REGISTRY) + generate_latest(queue)
    return found
