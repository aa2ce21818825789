"""Who is visiting: a browser, known by a random identifier in a cookie and by nothing else.

The cookie is set by the app's own middleware with the page itself. No script can read it (HttpOnly), other sites cannot
send it (SameSite), and the database keeps its SHA-256 only.
"""

import hashlib
import re
import secrets
from typing import TYPE_CHECKING

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "digitlab_browser"
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 random bytes
_LASTS = 2 * 365 * 24 * 3600  # seconds


def browser() -> str | None:
    """The browser of this session, as the store knows it; None if it keeps no cookie."""
    identifier = st.context.cookies.get(COOKIE)
    return known(identifier) if isinstance(identifier, str) else None  # a page without a browser has no real cookies


def known(identifier: str | None) -> str | None:
    """What the store calls the browser with this cookie; None without a cookie of ours."""
    if identifier is None or not _IDENTIFIER.fullmatch(identifier):
        return None
    return hashlib.sha256(identifier.encode()).hexdigest()


class NameBrowsers:
    """ASGI middleware: a browser that asks for the page without an identifier is given one."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http" or known(cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE)):
            await self._app(scope, receive, send)
            return

        async def send_named(message: "Message") -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", _new_cookie(secure=scope["scheme"] == "https"))
            await send(message)

        await self._app(scope, receive, send_named)


def _new_cookie(*, secure: bool) -> str:
    kept = f"{COOKIE}={secrets.token_urlsafe(32)}; Path=/; Max-Age={_LASTS}; HttpOnly; SameSite=Lax"
    return kept + ("; Secure" if secure else "")
