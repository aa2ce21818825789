"""In which language an answer over HTTP is, and the cookie that keeps a visitor's choice.

The choice is kept for two years and says nothing but the language. `POST /api/language/LANGUAGE` sets the cookie.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response

from digitlab.server.clients import client
from digitlab.server.responses import missing
from digitlab.words import _
from digitlab.words.language import LANGUAGES, Language, accepted, named, speaking

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE = "digitlab_language"
_LASTS = 2 * 365 * 24 * 3600  # seconds


def wanted(asked: str | None, cookies: Mapping[str, object], accept: str | None) -> Language:
    """The language of a visitor: what the address says, else what they chose last, else what their browser prefers.

    Args:
        asked: the value of `?lang=`.
        cookies: by name.
        accept: the header Accept-Language.
    """
    kept = cookies.get(COOKIE)
    return named(asked) or named(kept if isinstance(kept, str) else None) or accepted(accept or "") or "en"


class SpeakLanguages:
    """ASGI middleware: errors and texts of a route are in the language of the client."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [None])[0]
        cookies = cookie_parser(headers.get("cookie", ""))
        with speaking(wanted(asked, cookies, headers.get("accept-language"))):
            await self._app(scope, receive, send)


async def choose_language(request: "Request") -> Response:
    """Keep the visitor's choice."""
    language = request.path_params["language"]
    if language not in LANGUAGES:
        return missing(_("DigitLab speaks {languages}.", languages=", ".join(LANGUAGES)))
    answer = Response(status_code=204)
    answer.set_cookie(COOKIE, language, max_age=_LASTS, httponly=True, secure=client(request.scope).secure)
    return answer
