"""The app's own HTTP routes: modules and weights for what the browser computes by itself, and the kept drawings.

Modules and weights stand under addresses that name their content, so that a browser may keep them for ever:

- `/api/web/VERSION/PATH.js`: the modules in `web/`, `live/` and `layers/`
- `/api/digits/HASH.png`: MNIST's test digits as one picture
- `/api/weights/HASH`: a network in the form of digitlab/networks/export.py; `?exact` for float32 and one record a
  layer, `?layer=NAME` for one layer of that form with its followers
"""

import hashlib
import io
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import streamlit as st
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digitlab.data import mnist
from digitlab.errors import DigitLabError, ModelError
from digitlab.networks import export, zoo
from digitlab.networks.zoo import HASH_LENGTH, Model
from digitlab.ui import warmup
from digitlab.ui.predictors import open_predictor
from digitlab.ui.teach import routes as teach

if TYPE_CHECKING:
    from starlette.requests import Request

_HERE = Path(__file__).parent
_HASH = re.compile(rf"[0-9a-f]{{{HASH_LENGTH},64}}")
_KEPT = 8  # packed networks in memory, about half a megabyte each
_LAYERS_KEPT = 32  # most are some kilobytes, the largest 13 MB
DIGITS_A_ROW = 100  # in the picture of all test digits
_FOR_EVER = "public, max-age=31536000, immutable"


@cache
def _modules() -> dict[str, bytes]:
    """Every module by its path; nothing else can be asked for."""
    files = [path for folder in ("web", "live", "layers") for path in sorted((_HERE / folder).glob("*.js"))]
    return {path.relative_to(_HERE).as_posix(): path.read_bytes() for path in files}


@cache
def _version() -> str:
    digest = hashlib.sha256()
    for path, content in _modules().items():
        digest.update(f"{path} {len(content)} ".encode() + content)
    return digest.hexdigest()[:HASH_LENGTH]


def modules_url() -> str:
    """Where the modules are, relative to a page of the app; ends with a slash."""
    return f"api/web/{_version()}/"


def weights_url(model: Model, *, exact: bool = False) -> str:
    """Where the network's weights are, relative to a page of the app."""
    return f"api/weights/{model.hash}?format={export.FORMAT}{'&exact' if exact else ''}"


def layer_url(model: Model, layer: str) -> str:
    """Where one layer's weights are, as float32."""
    return f"api/weights/{model.hash}?format={export.FORMAT}&layer={quote(layer)}"


async def _module(request: "Request") -> Response:
    content = _modules().get(request.path_params["path"])
    if content is None or request.path_params["version"] != _version():
        return _missing("There is no such module; reload the page.")
    return _lasting(request, content, "text/javascript; charset=utf-8", _version())


async def _weights(request: "Request") -> Response:
    wanted = request.path_params["hash"]
    if not _HASH.fullmatch(wanted):
        return _missing(f"A network's hash is {HASH_LENGTH} to 64 hexadecimal digits.")
    exact = "exact" in request.query_params
    layer = request.query_params.get("layer", "")
    try:
        content = await run_in_threadpool(_weights_of, wanted, exact, layer)
    except DigitLabError as error:
        return _missing(str(error))
    tag = f"{wanted}-{export.FORMAT}{'-exact' * exact}{quote(f'-{layer}', safe='') if layer else ''}"
    return _lasting(request, content, "application/octet-stream", tag)


def _weights_of(wanted: str, exact: bool, layer: str) -> bytes:
    for model in zoo.models():
        if str(model.card["sha256"]).startswith(wanted):
            return _packed_layer(model.name, model.hash, layer) if layer else _packed(model.name, model.hash, exact)
    raise ModelError(f"There is no network {wanted}; `python -m digitlab models` lists those there are.")


@lru_cache(maxsize=_KEPT)
def _packed(name: str, _hash: str, exact: bool) -> bytes:
    """Keyed by the hash as well, for a name may be used again."""
    warmup.wait()
    predictor = open_predictor(name)
    return export.pack(predictor.model, predictor.network, exact=exact)


@lru_cache(maxsize=_LAYERS_KEPT)
def _packed_layer(name: str, _hash: str, layer: str) -> bytes:
    warmup.wait()
    predictor = open_predictor(name)
    return export.pack_layer(predictor.model, predictor.network, layer)


@cache
def _test_digits() -> bytes:
    """All test digits as one grey PNG, a hundred in a row."""
    images = mnist.load().x_test
    side = images.shape[1]
    rows = images.reshape(-1, DIGITS_A_ROW, side, side).transpose(0, 2, 1, 3)
    file = io.BytesIO()
    Image.fromarray(rows.reshape(-1, DIGITS_A_ROW * side)).save(file, "PNG")
    return file.getvalue()


def test_digits_url() -> str:
    """Where the picture of all test digits is, relative to a page of the app."""
    return f"api/digits/{mnist.SHA256[:HASH_LENGTH]}.png"


async def _digits(request: "Request") -> Response:
    tag = mnist.SHA256[:HASH_LENGTH]
    if request.path_params["name"] != f"{tag}.png":
        return _missing("There is no such picture; reload the page.")
    try:
        return _lasting(request, await run_in_threadpool(_test_digits), "image/png", tag)
    except DigitLabError as error:
        return _missing(str(error))


def _lasting(request: "Request", content: bytes, media_type: str, tag: str) -> Response:
    headers = {"ETag": f'"{tag}"', "Cache-Control": _FOR_EVER, "X-Content-Type-Options": "nosniff"}
    if f'"{tag}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def _missing(sentence: str) -> Response:
    return PlainTextResponse(sentence, status_code=404, headers={"Cache-Control": "no-store"})


def routes() -> list[Route]:
    """For `st.App(…, routes=routes())`; also under `server.baseUrlPath`, which Streamlit does not put before them."""
    base = st.get_option("server.baseUrlPath").strip("/")
    endpoints = {
        "/api/web/{version}/{path:path}": _module,
        "/api/weights/{hash}": _weights,
        "/api/digits/{name}": _digits,
        **teach.ROUTES,
    }
    prefixes = ["", f"/{base}"] if base else [""]
    return [Route(prefix + path, endpoint) for prefix in prefixes for path, endpoint in endpoints.items()]
