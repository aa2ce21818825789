"""How many sessions the server carries at once: from one address, and altogether.

A session is a websocket. Each takes a few of the process's file descriptors. A process without any left answers no
request, not even those of open sessions. So the limit on descriptors is raised as far as the system allows, and a
visitor who would be one too many gets a page that says so and tries again.
"""

import math
import resource
from collections import Counter
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.websockets import WebSocketClose

from digitlab.jobs.limits import limits
from digitlab.server.clients import client
from digitlab.words import plural

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

AGAIN = 10  # seconds until a page that found no room tries again
A_SESSION = 5  # descriptors that a session takes at most
OTHERS = 256  # that the server needs for all else: files, the database, workers, requests
_TRY_AGAIN_LATER = 1013  # of a websocket's end
_STREAM = "/_stcore/stream"

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>DigitLab is full</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="{again}">
<style>body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto; padding: 0 1rem;
color: #1d2233; background: #fbfaf7 }}
@media (prefers-color-scheme: dark) {{ body {{ color: #e9e8e3; background: #12141c }} }}</style></head>
<body><h1>No room just now</h1><p>{sentence}</p><p>This page tries again every {again} seconds.</p></body></html>
"""


class BoundSessions:
    """ASGI middleware: lets so many websockets in, and tells the one too many."""

    def __init__(self, app: "ASGIApp") -> None:
        """Wrap an app, and raise the process's limit on descriptors.

        Raises:
            InputError: a limit in the environment is no number above 0.
        """
        self._app = app
        self._altogether = min(limits().sessions, carried(raise_descriptors()))
        self._from_one = limits().sessions_an_address
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == "websocket" and scope["path"].endswith(_STREAM):
            await self._let_in(scope, receive, send)
        elif scope["type"] == "http" and _is_page(scope) and (sentence := self._full(client(scope).address)):
            page = _PAGE.format(again=AGAIN, sentence=escape(sentence))
            headers = {"Retry-After": str(AGAIN), "Cache-Control": "no-store"}
            await HTMLResponse(page, status_code=503, headers=headers)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _let_in(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        address = client(scope).address
        if sentence := self._full(address):
            await WebSocketClose(code=_TRY_AGAIN_LATER, reason=sentence)(scope, receive, send)
            return
        self._open[address] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    def _full(self, address: str) -> str:
        """Why no further session is let in from there; "" where there is room."""
        if self._open[address] >= self._from_one:
            return plural(
                "{n} page is open from your address, the most that this server allows. Close it and reload.",
                "{n} pages are open from your address, the most that this server allows. Close one and reload.",
                self._open[address],
            )
        if self._open.total() >= self._altogether:
            return plural(
                "{n} page is open on this server, the most that it can carry. Reload this page later.",
                "{n} pages are open on this server, the most that it can carry. Reload this page later.",
                self._open.total(),
            )
        return ""


def raise_descriptors() -> float:
    """Raise this process's limit on open files to the highest that it may have; returns that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # then it stays as it is
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return math.inf if soft == resource.RLIM_INFINITY else soft


def carried(descriptors: float) -> float:
    """How many sessions a process with so many descriptors carries."""
    return max(1, (descriptors - OTHERS) // A_SESSION)


def _is_page(scope: "Scope") -> bool:
    return scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
