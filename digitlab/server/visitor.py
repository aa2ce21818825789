"""Who is visiting: a browser, known by a random identifier in a cookie and by nothing else.

The cookie is set by the app's own middleware with the page itself. No script can read it (HttpOnly), other sites cannot
send it (SameSite), and the database keeps its SHA-256 only. Over https the name begins with `__Host-`: then no other
port without https and no subdomain can set or read the cookie, and the one without that name counts for nothing.
"""

import hashlib
import re
import secrets
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser

from digitlab.server.clients import client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "digitlab_browser"
SECURE_COOKIE = f"__Host-{COOKIE}"
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 random bytes
_LASTS = 2 * 365 * 24 * 3600  # seconds
# With these a browser asks whether the page that it keeps is still the same; the answer to that could set no cookie.
_CONDITIONS = (b"if-none-match", b"if-modified-since")


def known(cookies: "Mapping[str, str]") -> str | None:
    """What the store calls the browser with these cookies; None without a cookie of ours.

    The middleware has taken out the cookie that does not belong to the connection's scheme.
    """
    identifier = cookies.get(SECURE_COOKIE) or cookies.get(COOKIE)
    if not isinstance(identifier, str) or not _IDENTIFIER.fullmatch(identifier):  # without a browser, none is real
        return None
    return hashlib.sha256(identifier.encode()).hexdigest()


class NameBrowsers:
    """ASGI middleware: a browser that asks for the page without an identifier is given one."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        secure = client(scope).secure
        cookie = _without(COOKIE if secure else SECURE_COOKIE, Headers(scope=scope).get("cookie", ""))
        named = known(cookie_parser(cookie)) is not None
        left_out = {b"cookie", *(() if named else _CONDITIONS)}
        headers = [(name, value) for name, value in scope["headers"] if name not in left_out]
        headers.append((b"cookie", cookie.encode("latin-1")))

        async def send_named(message: "Message") -> None:
            if message["type"] == "http.response.start" and not named:
                answer = MutableHeaders(scope=message)
                if answer.get("content-type", "").startswith("text/html"):
                    answer.append("set-cookie", new_cookie(secure=secure))
            await send(message)

        await self._app({**scope, "headers": headers}, receive, send_named)


def _without(name: str, cookies: str) -> str:
    return ";".join(part for part in cookies.split(";") if part.partition("=")[0].strip() != name)


def new_cookie(*, secure: bool) -> str:
    """A new identifier, as the header that sets it."""
    name = SECURE_COOKIE if secure else COOKIE
    kept = f"{name}={secrets.token_urlsafe(32)}; Path=/; Max-Age={_LASTS}; HttpOnly; SameSite=Lax"
    return kept + ("; Secure" if secure else "")
