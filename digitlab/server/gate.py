"""What every connection passes first, and what every answer carries: the app's own ASGI middleware.

- A Host that is not ours and an Origin that is not the Host's are refused before Streamlit sees them. Streamlit would
  ask an address on the internet for this machine's own, to compare a foreign Origin with it, while all sessions wait.
- Every answer says what a page may load and who may show it in a frame.
- Over https Streamlit's own cookies, among them that of a login, are Secure: Streamlit does not know of a proxy.
- What goes wrong in a route is logged, and answered with a sentence.
"""

import base64
import hashlib
import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocketClose

from digitlab.errors import InputError
from digitlab.server import hosts
from digitlab.server.clients import client, networks
from digitlab.words import _, message

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)
_FRAME = re.compile(r"'self'|(https?://)?(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?")
_METRICS = ("/_stcore/metrics", "/metrics")
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class Gate:
    """ASGI middleware; stands behind `clients.BehindProxies` and before all else."""

    def __init__(self, app: "ASGIApp", *, page: Path, names: tuple[str, ...] = ()) -> None:
        """Wrap an app.

        Args:
            app: what answers.
            page: the HTML that Streamlit sends as each page; the scripts within it may run, and no others of that kind.
            names: further names of this machine, as the server's settings have them.

        Raises:
            InputError: DIGITLAB_ALLOWED_HOSTS, DIGITLAB_FRAMED_BY or DIGITLAB_METRICS_FROM cannot be used.
        """
        self._app = app
        self._names = hosts.allowed() + names
        self._metrics_from = networks("DIGITLAB_METRICS_FROM")
        self._headers = _headers(page.read_text(encoding="utf-8"), _framed_by())

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_on(message: "Message") -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                self._complete(MutableHeaders(scope=message), secure=client(scope).secure)
            await send(message)

        refusal = self._refusal(scope)
        if refusal and scope["type"] == "websocket":
            await WebSocketClose(code=1008, reason=refusal)(scope, receive, send)
        elif refusal:
            await PlainTextResponse(refusal, status_code=403)(scope, receive, send_on)
        else:
            try:
                await self._app(scope, receive, send_on)
            except Exception:
                _log.exception("%s could not be answered", scope["path"][:200])
                if not begun and scope["type"] == "http":
                    answer = PlainTextResponse(_("The server failed because of an error in DigitLab."), status_code=500)
                    await answer(scope, receive, send_on)

    def _refusal(self, scope: "Scope") -> str:
        """Why the server does not answer; "" where it does."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        end = client(scope)
        if not hosts.is_known(host, self._names):
            return _(
                "DigitLab does not answer under this name. Its administrator can add the name to the setting "
                "DIGITLAB_ALLOWED_HOSTS."
            )
        if origin is not None and not hosts.is_same(origin, host, secure=end.secure):
            return _("DigitLab answers its own pages only. This request came from another page.")
        if scope["path"].endswith(_METRICS) and not end.within(self._metrics_from):
            return _("The server's figures are not for this address; DIGITLAB_METRICS_FROM says for which they are.")
        return ""

    def _complete(self, headers: MutableHeaders, *, secure: bool) -> None:
        for name, value in self._headers.items():
            headers[name] = value
        # Streamlit names origins that may read an answer; no other page may.
        del headers["access-control-allow-origin"]
        if headers.get("content-type", "").startswith("text/html"):
            headers["cache-control"] = "private, no-store"
        if secure and (cookies := headers.getlist("set-cookie")):
            del headers["set-cookie"]
            for cookie in cookies:
                headers.append("set-cookie", cookie + "; Secure" * _is_streamlits_insecure(cookie))


def _is_streamlits_insecure(cookie: str) -> bool:
    return cookie.startswith("_streamlit") and "; secure" not in cookie.lower()


def check_settings() -> None:
    """Read what the environment says of names, frames and proxies.

    Raises:
        InputError: a variable cannot be used.
    """
    hosts.allowed()
    _framed_by()
    networks("DIGITLAB_METRICS_FROM")
    networks("DIGITLAB_TRUSTED_PROXIES")


def _framed_by() -> str:
    """Whose pages may show ours in a frame: `DIGITLAB_FRAMED_BY`, as a list of sources of a Content-Security-Policy.

    Raises:
        InputError: a part is none.
    """
    given = os.environ.get("DIGITLAB_FRAMED_BY", "").split()
    if wrong := next((part for part in given if not _FRAME.fullmatch(part)), None):
        raise InputError(
            message(
                "DIGITLAB_FRAMED_BY must be origins with spaces between them, as in https://moodle.school.example; "
                "“{wrong}” is none.",
                wrong=wrong[:80],
            )
        )
    return " ".join(given)


def _headers(html: str, framed: str) -> dict[str, str]:
    inline = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in _INLINE.findall(html))
    scripts = " ".join(f"'sha256-{digest}'" for digest in inline)
    policy = {
        "default-src": "'self'",
        # Vega makes functions of its expressions; Streamlit loads a component's own module from a blob.
        "script-src": f"'self' blob: 'unsafe-eval' {scripts}",
        "worker-src": "'self' blob:",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self' data: blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": framed or "'none'",
    }
    headers = {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    return headers if framed else headers | {"x-frame-options": "DENY"}
