"""Networks on their way to the browser: what the bytes say, and the routes that give them out."""

import asyncio
import json
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette

from digitlab import home
from digitlab.networks import export, zoo
from digitlab.networks.graph import Network
from digitlab.networks.layers import Conv, Dense, Flatten, MaxPool
from digitlab.ui import routes
from tests.networks import random_model


def header_of(packed: bytes) -> dict[str, Any]:
    (length,) = struct.unpack_from("<I", packed, 4)
    header: dict[str, Any] = json.loads(packed[8 : 8 + length])
    return header


def array_of(packed: bytes, entry: dict[str, Any]) -> np.ndarray[Any, Any]:
    start = 8 + struct.unpack_from("<I", packed, 4)[0] + entry["offset"]
    count = int(np.prod(entry["shape"]))
    return np.frombuffer(packed, np.dtype(entry["type"]), count, start).reshape(entry["shape"])


def test_exact_form_has_every_layer_and_the_very_weights() -> None:
    network, model = random_model("residual")
    packed = export.pack(model, network, exact=True)
    header = header_of(packed)
    assert packed[:4] == export.MAGIC
    assert header["logits"]
    assert [layer["name"] for layer in header["layers"]] == [layer.name for layer in network.layers]
    for layer in header["layers"]:
        assert layer["inputs"] == list(network.layers[header["layers"].index(layer)].inputs)
        assert layer["shape"] == list(network.shapes[layer["name"]])
        for name, entry in layer["arrays"].items():
            assert entry["type"] == "float32"
            assert entry["offset"] % 4 == 0
            if layer["kind"] in ("conv", "dense") and name == "kernel":
                assert (array_of(packed, entry) == model.get_layer(layer["name"]).kernel.numpy()).all()


def test_folded_form_has_no_batch_normalisation_where_a_convolution_can_take_it() -> None:
    network, model = random_model("batch-norm")
    layers = header_of(export.pack(model, network))["layers"]
    assert [layer["kind"] for layer in layers] == ["conv", "conv", "conv", "flatten", "dense", "dense"]
    assert [layer.get("activation") for layer in layers] == ["relu", "relu", "relu", None, "relu", "linear"]


def test_folding_spares_what_another_layer_reads() -> None:
    network, model = random_model("residual")
    kinds = {layer["name"]: layer for layer in header_of(export.pack(model, network))["layers"]}
    assert kinds["sum"]["activation"] == "relu"
    assert kinds["sum"]["inputs"] == ["second", "conv_1"]
    assert kinds["shortcut"]["inputs"] == ["sum"]
    assert kinds["third"]["activation"] == "linear"


def test_batch_normalisation_after_a_pool_stays_a_layer() -> None:
    network, model = random_model("odd-windows")
    kinds = [layer["kind"] for layer in header_of(export.pack(model, network))["layers"]]
    assert kinds.count("batch_norm") == 2
    assert "dropout" not in kinds


def test_small_kernels_and_what_float16_cannot_hold_stay_float32() -> None:
    network = Network(
        (
            Conv(filters=8, kernel=3),
            MaxPool(size=2),
            Flatten(),
            Dense(units=64, name="wide"),
            Dense(units=10, name="last"),
        )
    )
    model = network.build()
    types = {layer["name"]: layer for layer in header_of(export.pack(model, network))["layers"]}
    assert types["conv_1"]["arrays"]["kernel"]["type"] == "float32"
    assert types["wide"]["arrays"]["kernel"]["type"] == "float16"
    assert types["last"]["arrays"]["kernel"]["type"] == "float32"
    kernel, bias = model.get_layer("wide").get_weights()
    kernel[0, 0] = 1e6
    model.get_layer("wide").set_weights([kernel, bias])
    types = {layer["name"]: layer for layer in header_of(export.pack(model, network))["layers"]}
    assert types["wide"]["arrays"]["kernel"]["type"] == "float32"


# --- routes ---------------------------------------------------------------------------------------------


def get(path: str, query: str = "", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask the routes for a path, without a server."""
    app = Starlette(routes=routes.routes())
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as thread:  # of its own: the browser tests leave a loop running in this one
        thread.submit(asyncio.run, app(scope, receive, send)).result()
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent[1:])


def first_model() -> zoo.Model:
    return zoo.models()[0]


def test_weights_are_served_by_hash_for_ever() -> None:
    path, _, query = ("/" + routes.weights_url(first_model())).partition("?")
    status, headers, body = get(path, query)
    assert status == 200
    assert headers["content-type"] == "application/octet-stream"
    assert "immutable" in headers["cache-control"]
    assert body[:4] == export.MAGIC
    assert get(path, query, if_none_match=headers["etag"])[0] == 304
    exact, exact_headers, longer = get(path, "exact")
    assert exact == 200
    assert len(longer) > len(body)
    assert exact_headers["etag"] != headers["etag"]


@pytest.mark.parametrize("wanted", ["0" * 12, "pen", "../../etc/passwd", "ABCDEF012345", "0" * 65, "%00", "a" * 11])
def test_other_hashes_are_refused_with_a_sentence(wanted: str) -> None:
    status, headers, body = get(f"/api/weights/{wanted}")
    assert status == 404
    assert "immutable" not in headers.get("cache-control", "")
    assert body


def test_every_module_is_served_and_nothing_else() -> None:
    base = "/" + routes.modules_url()
    for folder in ("web", "live"):
        for path in (home.ROOT / "digitlab/ui" / folder).glob("*.js"):
            status, headers, body = get(f"{base}{folder}/{path.name}")
            assert (status, body) == (200, path.read_bytes())
            assert headers["content-type"].startswith("text/javascript")
    for wrong in ("live/__init__.py", "routes.py", "../routes.py", "web/", "live/../../cli.py", "shell.py"):
        assert get(base + wrong)[0] == 404
    assert get(base.replace("/api/web/", "/api/web/0") + "web/raster.js")[0] == 404


def test_modules_import_only_what_is_served() -> None:
    """No third-party script, nothing from elsewhere."""
    import re

    for path in (home.ROOT / "digitlab/ui").glob("*/*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!yann|arxiv|en\.wikipedia|www\.w3\.org)", text), path
        for wanted in re.findall(r'from "(.+?)"', text):
            assert (path.parent / wanted).resolve().is_file(), wanted
            assert Path(wanted).suffix == ".js"
