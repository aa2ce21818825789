"""MNIST over HTTP, for pages that show its digits without asking Python.

- `/api/digits/HASH.png`: all test digits as one picture, a hundred in a row
- `/api/digits/surprise`: random test digits, no two the same; `?count=N` for 1 to 32 of them
- `/api/digit/PART/NUMBER`: one digit of a part, `training` or `test`

Digits travel as bytes, 789 for each: its number (uint32, little-endian), its label (uint8) and its 784 pixels row by
row (uint8, 255 is ink). digitlab/browser/digits.js reads them.
"""

import io
from functools import cache
from typing import TYPE_CHECKING, get_args

import numpy as np
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from digitlab.data import mnist
from digitlab.errors import DigitLabError
from digitlab.networks.graph import CLASSES
from digitlab.networks.zoo import HASH_LENGTH
from digitlab.server.responses import lasting, missing, number_in
from digitlab.words import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

A_ROW = 100  # in the picture of all test digits
AT_ONCE = 32  # of a surprise
_BYTES = "application/octet-stream"
_TAG = mnist.SHA256[:HASH_LENGTH]


def picture_url() -> str:
    """Where the picture of all test digits is, relative to a page of the app."""
    return f"api/digits/{_TAG}.png"


@cache
def _picture() -> bytes:
    """All test digits as one grey PNG."""
    images = mnist.load().x_test
    side = images.shape[1]
    rows = images.reshape(-1, A_ROW, side, side).transpose(0, 2, 1, 3)
    file = io.BytesIO()
    Image.fromarray(rows.reshape(-1, A_ROW * side)).save(file, "PNG")
    return file.getvalue()


def _packed(part: mnist.Part, numbers: "Iterable[int]") -> bytes:
    images, labels = mnist.load().of(part)
    return b"".join(
        np.uint32(number).astype("<u4").tobytes() + labels[number].tobytes() + images[number].tobytes()
        for number in numbers
    )


async def _all(request: "Request") -> Response:
    if request.path_params["name"] != f"{_TAG}.png":
        return missing(_("There is no such picture; reload the page."))
    try:
        return lasting(request, await run_in_threadpool(_picture), "image/png", _TAG)
    except DigitLabError as error:
        return missing(error.sentence)


def _any(count: int) -> bytes:
    """Random test digits; of ten or more, one of each class is there, since a key asks for a digit by its class."""
    rng = np.random.default_rng()
    order = rng.permutation(mnist.SIZES["test"])
    firsts = np.unique(mnist.load().y_test[order], return_index=True)[1] if count >= CLASSES else order[:0]
    others = np.delete(order, firsts)[: count - len(firsts)]
    return _packed("test", rng.permutation([*order[firsts], *others]))


async def _surprise(request: "Request") -> Response:
    count = number_in(request.query_params.get("count", str(AT_ONCE)))
    if count is None or not 1 <= count <= AT_ONCE:
        return missing(_("Ask for 1 to {most} digits at a time.", most=AT_ONCE))
    try:
        content = await run_in_threadpool(_any, count)
    except DigitLabError as error:
        return missing(error.sentence)
    return Response(content, media_type=_BYTES, headers={"Cache-Control": "no-store"})


async def _one(request: "Request") -> Response:
    part, number = request.path_params["part"], number_in(request.path_params["number"])
    if part not in get_args(mnist.Part):
        return missing(_("MNIST has two parts: training and test."))
    if number is None or number >= mnist.SIZES[part]:
        return missing(_("The numbers of these digits are 0 to {last}.", last=mnist.SIZES[part] - 1))
    try:
        content = await run_in_threadpool(_packed, part, [number])
    except DigitLabError as error:
        return missing(error.sentence)
    return lasting(request, content, _BYTES, f"{_TAG}-{part}-{number}")


ROUTES = {
    "/digits/surprise": _surprise,
    "/digits/{name}": _all,
    "/digit/{part}/{number}": _one,
}
