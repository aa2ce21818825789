"""The kept drawings over HTTP, for whoever kept them: pictures and downloads. Nothing can be changed here.

- `/api/drawings.json`: all of them with their strokes, each readable as a stroke file (docs/strokes-format.md)
- `/api/drawings.zip`: all of them as PNG, 28×28, named after label and number
- `/api/drawings/NUMBER.png`: one of them, or one that another visitor shares
"""

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PIL import Image
from starlette.responses import PlainTextResponse, Response

from digitlab.errors import DigitLabError, InputError
from digitlab.server import people, visitor
from digitlab.server.clients import client
from digitlab.server.responses import number_in
from digitlab.server.store import store
from digitlab.store.drawings import Kept, Picture
from digitlab.words import _, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

# Kept in no cache: another person may sit at this computer next.
_PRIVATE = {
    "Cache-Control": "private, no-store",
    "Vary": "Cookie",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def png(picture: Picture) -> bytes:
    """A 28×28 as a file."""
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


def record(kept: Kept) -> dict[str, Any]:
    """A drawing as plain data."""
    return {
        "number": kept.id,
        "label": kept.label,
        "answered": kept.answered,
        "model": kept.model,
        "shared": kept.shared,
        "made": datetime.fromtimestamp(kept.made_at, UTC).isoformat(timespec="seconds"),
        "width": kept.drawing.widths[0],
        "strokes": [stroke.tolist() for stroke in kept.drawing.strokes],
    }


def _as_json(browser: str, _: "Request") -> Response:
    content = json.dumps({"drawings": [record(kept) for kept in store().drawings.of(browser)]})
    return _file(content.encode(), "application/json", "my-digits.json")


def _as_zip(browser: str, _: "Request") -> Response:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for digit in store().drawings.digits(browser):
            archive.writestr(f"{digit.label}-{digit.id}.png", png(digit.picture))
    return _file(content.getvalue(), "application/zip", "my-digits.zip")


def _picture(browser: str, request: "Request") -> Response:
    number = number_in(request.path_params["number"])
    if number is None:
        raise InputError(message("A drawing is asked for by its number."))
    picture = store().drawings.visible(people.person(browser, client(request.scope).address), number)
    return Response(png(picture), media_type="image/png", headers=_PRIVATE)


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = _PRIVATE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


def _for_its_browser(answer: "Callable[[str, Request], Response]") -> "Callable[[Request], Response]":
    def endpoint(request: "Request") -> Response:
        try:
            browser = people.identity(visitor.known(request.cookies))
            if browser is not None:
                return answer(browser, request)
            sentence = _("Drawings are shown to the browser that kept them, and this one has no cookie of DigitLab.")
        except DigitLabError as error:
            sentence = error.sentence
        return PlainTextResponse(sentence, status_code=404, headers=_PRIVATE)

    return endpoint


ROUTES = {
    "/drawings.json": _for_its_browser(_as_json),
    "/drawings.zip": _for_its_browser(_as_zip),
    "/drawings/{number}.png": _for_its_browser(_picture),
}
