"""Bad input, tried on every door: each function gives so many inputs of one kind, and fails where one does harm.

Harm is a traceback, a status of 500, or an answer that takes longer than PATIENCE. A sentence for people is none.
"""

import contextlib
import io
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware

from digitlab import cli
from digitlab.drawing import link_text, sent, source
from digitlab.drawing.strokes import StrokeSet
from digitlab.errors import DigitLabError
from digitlab.home import ROOT
from digitlab.jobs import draft_query
from digitlab.server import visitor
from digitlab.server.clients import BehindProxies
from digitlab.server.gate import Gate
from digitlab.server.routes import routes
from harness import bad_input, loops
from harness.forger import Forger, Widget
from harness.server import Server

PATIENCE = 5.0  # seconds
Tries = Callable[[int, int], "Tally"]  # so many inputs, and the number that decides all chance
# Buttons that are no bad input and have the machine work: for hours, or for the seconds that a converter takes.
_NOT_PRESSED = re.compile(r"start$|make_tflite_")


@dataclass
class Tally:
    """What came of it: how many inputs, the longest time that one took, in seconds, and which one that was."""

    tried: int = 0
    slowest: float = 0.0
    which: str = ""


def attack(kind: st.SearchStrategy[Any], act: Callable[[Any], None], inputs: int, number: int) -> Tally:
    """Give inputs to a function until one fails; `number` decides all chance."""
    tally = Tally()

    @seed(number)
    @settings(
        max_examples=inputs,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(kind)
    def try_one(value: Any) -> None:
        begun = time.perf_counter()
        act(value)
        took = time.perf_counter() - begun
        if took > tally.slowest:
            tally.slowest, tally.which = took, repr(value)
        tally.tried += 1

    try_one()
    return tally


# --- routes ---


def on_routes(inputs: int, number: int) -> Tally:
    """Addresses, parameters and headers, on the app's own routes behind its middleware, in this process."""
    page = ROOT / "pages/draw.py"  # any text without scripts
    app = Starlette(
        routes=routes(),
        middleware=[Middleware(BehindProxies), Middleware(Gate, page=page), Middleware(visitor.NameBrowsers)],
    )
    known = ("weights", "digits", "digit/test", "digit", "drawings", "browser", "photo", "drawings.json", "")
    address = st.tuples(st.sampled_from(known), st.lists(bad_input.texts, max_size=3), st.sampled_from(["", ".png"]))
    headers = st.dictionaries(
        st.sampled_from(["host", "origin", "cookie", "if-none-match", "x-forwarded-for", "x-forwarded-proto", "range"]),
        bad_input.texts,
        max_size=3,
    )
    query = st.dictionaries(bad_input.sendable, bad_input.sendable, max_size=2)
    asked = st.tuples(st.sampled_from(["GET", "HEAD", "POST", "DELETE"]), address, query, headers)

    def ask(value: Any) -> None:
        method, (first, rest, end), query, given = value
        path = "/api/" + "/".join([first, *rest]) + end
        status = loops.run(_status(app, method, path, query, {"host": "localhost"} | given))
        assert status < 500, (method, path, status)

    return attack(asked, ask, inputs, number)


async def _status(app: Any, method: str, path: str, query: dict[str, str], headers: dict[str, str]) -> int:
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items()).encode(),
        "headers": [(name.encode(), value.encode("utf-8", "replace")) for name, value in headers.items()],
        "scheme": "http",
        "client": ("127.0.0.1", 1),
    }
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"\x89PNG" + path.encode("utf-8", "replace"), "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]


# --- what an address, a page and a file hold ---


def _gives_a_sentence(act: Callable[[], Any]) -> None:
    """An error meant for people is what bad input should come to; any other fails."""
    with contextlib.suppress(DigitLabError):
        act()


def on_addresses(inputs: int, number: int) -> Tally:
    """Query strings of the Train page, drawings in links, and drawings as a page tells them."""
    queries = st.dictionaries(st.sampled_from(draft_query.KEYS), bad_input.texts, max_size=4)

    def read(value: Any) -> None:
        query, text, message = value
        _gives_a_sentence(lambda: draft_query.from_query(query))
        _gives_a_sentence(lambda: link_text.unpack(text))
        _gives_a_sentence(lambda: sent.read_sent(message))

    return attack(st.tuples(queries, bad_input.texts, bad_input.drawings | bad_input.values), read, inputs, number)


def on_files(inputs: int, number: int) -> Tally:
    """Pictures, stroke files and stroke sets, each with some bytes changed, cut or doubled."""
    whole = _files()
    change = st.tuples(st.integers(0, 2**20), st.binary(max_size=8), st.booleans())
    damaged = st.tuples(st.sampled_from(sorted(whole)), st.lists(change, min_size=1, max_size=4))
    with tempfile.TemporaryDirectory() as folder:

        def read(value: Any) -> None:
            name, changes = value
            content = bytearray(whole[name])
            for at, new, cut in changes:
                at %= len(content) + 1
                content[at : at + len(new)] = new
                if cut:
                    del content[at:]
            file = Path(folder) / name
            file.write_bytes(content)
            _gives_a_sentence(lambda: StrokeSet.load(file) if name.endswith(".npz") else source.read_all(file))

        return attack(damaged, read, inputs, number)


def _files() -> dict[str, bytes]:
    picture = np.full((40, 40), 255, np.uint8)
    picture[8:32, 18:22] = 0
    found = {"strokes.json": b'{"strokes": [[[1, 2], [30, 40]], [[5, 5]]], "width": 3}'}
    for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP"):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, kind)
        found[f"picture.{kind.lower()}"] = file.getvalue()
    archive = io.BytesIO()
    whole = {"stroke_offsets": [0, 2, 3], "sample_offsets": [0, 1, 2], "labels": [1, 7], "writers": ["a", "b"]}
    np.savez(
        archive, allow_pickle=False, points=np.zeros((3, 2)), **{name: np.array(one) for name, one in whole.items()}
    )
    return found | {"set.npz": archive.getvalue()}


def on_commands(inputs: int, number: int) -> Tally:
    """The command line: a traceback is harm, and so is another exit code than 0 or 2."""
    commands = (
        ("predict",), ("score",), ("import",), ("import", "--name"), ("evaluate", "--model"), ("evaluate", "--beside"),
        ("explain", "--out", "x.png"), ("train",), ("train", "fast", "--frozen"), ("train", "fast", "--start-model"),
        ("search", "fast", "--vary"), ("strokes", "--out", "x.npz"),
    )  # fmt: skip

    def run(value: Any) -> None:
        command, words = value
        if command[0] == "train":
            words = [word or "-" for word in words]  # without a layer or a model it would train, as it should
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
            try:
                code: Any = cli.main([*command, *words])
            except SystemExit as end:
                code = end.code
        assert code in (0, 2), (command, words, code)
        assert "Traceback" not in said.getvalue(), (command, words)

    return attack(
        st.tuples(st.sampled_from(commands), st.lists(bad_input.texts, min_size=1, max_size=2)), run, inputs, number
    )


# --- messages ---


def on_widgets(server: Server, page: str, query: str, inputs: int, number: int) -> Tally:
    """States of widgets, through a real websocket, in one session on one page."""
    states = st.tuples(
        st.integers(0, 99),
        st.fixed_dictionaries(bad_input.STATES),
        st.none() | st.sampled_from(sorted(bad_input.STATES)),
    )
    with Forger(server.url, page, query) as forger:

        def send(value: Any) -> None:
            place, contents, field = value
            widgets = [one for one in forger.widgets if _may_be_pressed(one)]
            widget = widgets[place % len(widgets)]
            field = field or widget.field or "json_trigger_value"
            written = len(server.lines)
            try:
                forger.send(**{widget.id: (field, contents[field])})
            except TimeoutError as error:
                raise AssertionError(("no end", page, query, widget, field, contents[field])) from error
            said = forger.texts + "".join(server.lines[written:])
            for harm in ("because of an error in DigitLab", "Traceback"):
                _, found, more = said.partition(harm)
                assert not found, (page, query, widget, field, contents[field], harm, more[:4000])

        return attack(states, send, inputs, number)


def _may_be_pressed(widget: Widget) -> bool:
    return not _NOT_PRESSED.search(widget.id)
