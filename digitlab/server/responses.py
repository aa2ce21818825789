"""Answers of the app's own routes: what a browser may keep for ever, what is not there, and numbers in addresses."""

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

_FOR_EVER = "public, max-age=31536000, immutable"
_LARGEST = 2**31 - 1  # the largest number that a column of every database holds


def lasting(request: "Request", content: bytes, media_type: str, tag: str) -> Response:
    """Content whose address names it; a browser that has it already gets a short answer.

    Args:
        request: who asks.
        content: the bytes.
        media_type: what they are.
        tag: of plain characters; changes whenever the content does.
    """
    headers = {"ETag": f'"{tag}"', "Cache-Control": _FOR_EVER, "X-Content-Type-Options": "nosniff"}
    if f'"{tag}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def missing(sentence: str) -> Response:
    """404 and why."""
    return PlainTextResponse(sentence, status_code=404, headers={"Cache-Control": "no-store"})


def number_in(text: str) -> int | None:
    """The whole number from 0 that a part of an address spells; None where it spells none, or one too large to count.

    Starlette's own `{number:int}` fails on 4,301 digits, and a database on numbers beyond its columns.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_LARGEST))):
        return None
    return number if (number := int(text)) <= _LARGEST else None
