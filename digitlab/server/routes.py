"""The app's own HTTP routes: modules and weights for what the browser computes by itself, digits, the kept drawings.

Modules and weights stand under addresses that name their content, so that a browser may keep them for ever:

- `/api/browser/VERSION/PATH.js`: the modules of `digitlab/server/modules.py`
- `/api/weights/HASH`: a network in the form of digitlab/networks/export.py; `?exact` for float32, `?layer=NAME` for one
  layer of that form with its followers

No route waits for TensorFlow: weights are read from the model's file without it.
"""

import re
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route, Router

from digitlab.errors import DigitLabError, ModelError
from digitlab.kept import Kept
from digitlab.networks import export, zoo
from digitlab.networks.zoo import HASH_LENGTH, Model
from digitlab.server import classroom, digits, drawings, people, visitor, warmup, watched
from digitlab.server.clients import client
from digitlab.server.inbox import take_drawing
from digitlab.server.languages import choose_language
from digitlab.server.modules import modules, version
from digitlab.server.photos import read_photo
from digitlab.server.responses import lasting, missing
from digitlab.store.rights import Person
from digitlab.words import _, message

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

_HASH = re.compile(rf"[0-9a-f]{{{HASH_LENGTH},64}}")
# All shipped networks take 9 MB, the largest layer in the exact form 13.
_packed: Kept[bytes] = Kept(64_000_000, len)


def weights_url(model: Model, *, exact: bool = False) -> str:
    """Where the network's weights are, relative to a page of the app."""
    return f"api/weights/{model.hash}?format={export.FORMAT}{'&exact' if exact else ''}"


def layer_url(model: Model, layer: str) -> str:
    """Where one layer's weights are, as float32."""
    return f"api/weights/{model.hash}?format={export.FORMAT}&layer={quote(layer)}"


async def _module(request: "Request") -> "Response":
    content = modules().get(request.path_params["path"])
    if content is None or request.path_params["version"] != version():
        return missing(_("There is no such module; reload the page."))
    return lasting(request, content, "text/javascript; charset=utf-8", version())


async def _weights(request: "Request") -> "Response":
    wanted = request.path_params["hash"]
    if not _HASH.fullmatch(wanted):
        return missing(_("A network's hash is {least} to 64 hexadecimal digits.", least=HASH_LENGTH))
    exact = "exact" in request.query_params
    layer = request.query_params.get("layer", "")
    try:
        asks = people.person(visitor.known(request.cookies), client(request.scope).address)
        content = await run_in_threadpool(_weights_of, asks, wanted, exact, layer)
    except DigitLabError as error:
        return missing(error.sentence)
    warmup.weights_are_out()
    tag = f"{wanted}-{export.FORMAT}{'-exact' * exact}{quote(f'-{layer}', safe='') if layer else ''}"
    return lasting(request, content, "application/octet-stream", tag)


def _weights_of(asks: Person, wanted: str, exact: bool, layer: str) -> bytes:
    model = next((model for model in people.models(asks) if str(model.card["sha256"]).startswith(wanted)), None)
    if model is None:
        raise ModelError(
            message("There is no network {hash}; `python -m digitlab models` lists those there are.", hash=wanted)
        )
    # The hash as well, for a name may be used again.
    return _packed.get((model.name, model.hash, exact, layer), partial(_pack, model, exact, layer))


def _pack(model: Model, exact: bool, layer: str) -> bytes:
    weights = zoo.read_weights(model)
    if layer:
        return export.pack_layer(weights, model.network, layer)
    return export.pack(weights, model.network, exact=exact)


async def _nothing(scope: "Scope", receive: "Receive", send: "Send") -> None:
    await missing(_("There is nothing at this address."))(scope, receive, send)


async def _to_draw(request: "Request") -> "Response":
    """The Draw page is the first one, but people type its name."""
    return RedirectResponse(f"./?{request.url.query}" if request.url.query else "./")


def routes(base: str = "") -> list[Mount | Route]:
    """For `st.App(…, routes=routes(base))`; also under `base`, which Streamlit does not put before them.

    What stands under /api and is none of them is missing; Streamlit would answer it with its page.
    """
    gets = {
        "/health": watched.health,
        "/browser/{version}/{path:path}": _module,
        "/weights/{hash}": _weights,
        **digits.ROUTES,
        **drawings.ROUTES,
        **classroom.ROUTES,
    }
    posts = {"/photo": read_photo, "/drawing": take_drawing, "/language/{language}": choose_language}
    posts["/identity"] = classroom.new_identity
    known = [Route(path, endpoint) for path, endpoint in gets.items()]
    known += [Route(path, endpoint, methods=["POST"]) for path, endpoint in posts.items()]
    router = Router(known, redirect_slashes=False, default=_nothing)
    base = base.strip("/")
    prefixes = ["", *([f"/{base}"] if base else [])]
    return [
        *(Mount(f"{prefix}/api", router) for prefix in prefixes),
        *(Route(f"{prefix}/draw", _to_draw) for prefix in prefixes),
        *(Route(f"{prefix}/metrics", watched.metrics) for prefix in prefixes),
    ]
