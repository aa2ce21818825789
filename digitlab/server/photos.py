"""Photos over HTTP: `POST /api/photo?name=FILE` finds the digits in the picture that is its body, and keeps nothing.

With `&part=LEFT,TOP,RIGHT,BOTTOM`, shares of the upright picture, it looks at that part alone, in more detail. The
answer is JSON: the photo as it was read, what was taken for ink, and a box and a 28×28 for each digit. One photo is
read at a time, since each takes tens of megabytes while it is decoded.
"""

import base64
import io
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from digitlab.drawing import image_file, photo
from digitlab.errors import DigitLabError, InputError
from digitlab.server.pace import Pace
from digitlab.words import _, message

if TYPE_CHECKING:
    from starlette.requests import Request

_INK = (255, 80, 0)  # what was taken for ink is shown in this colour
_VISIBLE = 0.35  # ink fainter than this is not shown
_NAME = 200  # characters
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_turn = threading.Lock()
_pace = Pace(lambda limits: limits.uploads)


async def read_photo(request: "Request") -> Response:
    """Answers with what was found, or with one sentence why the picture cannot be read: {"problem": …}."""
    if not _pace.allows(request):
        return _refused(_("You sent too many photos in a minute. Wait a moment, then send this photo again."))
    name = request.query_params.get("name", "")[:_NAME] or _("The photo")
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > image_file.MAX_BYTES:
            return _refused(
                _(
                    "{file} is larger than {most} MB; choose a smaller picture.",
                    file=name,
                    most=image_file.MAX_BYTES >> 20,
                )
            )
    try:
        part = _part(request.query_params.get("part", ""))
        found = await run_in_threadpool(_find, bytes(content), name, part)
    except DigitLabError as error:
        return _refused(error.sentence)
    return JSONResponse(found, headers=_HEADERS)


def _part(text: str) -> image_file.Window:
    """The part of a picture that an address names; all of it where it names none."""
    if not text:
        return image_file.WHOLE
    try:
        left, top, right, bottom = map(float, text.split(","))
    except ValueError:
        raise InputError(
            message("A part of a photo is four numbers: left, top, right and bottom, from 0 to 1.")
        ) from None
    return left, top, right, bottom


def _find(content: bytes, name: str, part: image_file.Window) -> dict[str, Any]:
    with _turn:
        taken = photo.read_photo(content, name, part)
        ink = photo.ink(taken)
        found = photo.digits(taken)
    height, width = taken.rgb.shape[:2]
    return {
        "width": width,
        "height": height,
        "photo": _url(Image.fromarray(taken.rgb), "JPEG", quality=85),
        "ink": _url(_tinted(ink), "PNG", compress_level=1),
        "found": [
            {
                "box": list(one.box),
                "pixels": base64.b64encode(np.rint(one.picture * 255).astype(np.uint8).tobytes()).decode(),
            }
            for one in found
        ],
    }


def _tinted(ink: Any) -> Image.Image:
    layer = np.zeros((*ink.shape, 4), np.uint8)
    layer[..., :3] = _INK
    layer[..., 3] = np.where(ink > _VISIBLE, ink * 255, 0)
    return Image.fromarray(layer, "RGBA")


def _url(picture: Image.Image, kind: str, **options: Any) -> str:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


def _refused(sentence: str) -> Response:
    return JSONResponse({"problem": sentence}, headers=_HEADERS)
