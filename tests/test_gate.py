"""What stands in front of the app: names, origins, headers and figures, asked without a server."""

from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from digitlab.errors import InputError
from digitlab.server import hosts, serving, visitor
from digitlab.server.clients import BehindProxies
from digitlab.server.gate import Gate
from digitlab.server.routes import routes
from harness import loops

ANNA = "A" * 43
ORDER = {"etag": '"page"', "access-control-allow-origin": "http://elsewhere.example"}


async def page(_: Request) -> Response:
    return HTMLResponse("page", headers=ORDER)


async def cookies(request: Request) -> Response:
    return PlainTextResponse(request.headers.get("cookie", "") + request.headers.get("if-none-match", ""))


async def login(_: Request) -> Response:
    answer = PlainTextResponse("")
    answer.set_cookie("_streamlit_user", "1", httponly=True)
    return answer


async def broken(_: Request) -> Response:
    raise RuntimeError("a bug")


async def talk(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


def ask(path: str = "/", kind: str = "http", end: str = "127.0.0.1", **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of an answer; of a websocket 101 where it is opened, 403 where not."""
    names = {"host": "localhost:8501"} | {name.replace("_", "-"): value for name, value in headers.items()}
    given = [(name.encode(), value.encode("latin-1")) for name, value in names.items() if value]
    own = [Route("/", page), Route("/cookies", cookies), Route("/login", login), Route("/broken", broken)]
    own.append(Route("/_stcore/metrics", page))
    app = Starlette(
        routes=[*own, WebSocketRoute("/_stcore/stream", talk), *routes()],
        middleware=[
            Middleware(BehindProxies),
            Middleware(Gate, page=Path(__file__)),
            Middleware(visitor.NameBrowsers),
        ],
    )
    scope = {"type": kind, "method": "GET", "path": path, "query_string": b"", "headers": given, "client": (end, 1)}
    scope |= {"scheme": {"http": "http", "websocket": "ws"}[kind], "subprotocols": []}
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"} if kind == "websocket" else {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    loops.run(app(scope, receive, send))
    if kind == "websocket":
        return (101 if sent[0]["type"] == "websocket.accept" else 403), {}, str(sent[0].get("reason", ""))
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(one.get("body", b"") for one in sent[1:]).decode()


KNOWN = [
    "localhost",
    "localhost:8501",
    "LOCALHOST:1",
    "127.0.0.1:8501",
    "[::1]:8501",
    "192.168.1.5:8501",
    "a.localhost",
]
UNKNOWN = [
    "",
    "evil.example",
    "localhost.evil.example",
    "192.168.1.5.evil.example",
    "evil@localhost",
    "localhost/x",
    "[x]",
]


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_names_that_a_page_elsewhere_could_have_are_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "Workshop")
    assert {host: ask("/_stcore/stream", kind, host=host)[0] for host in UNKNOWN} == dict.fromkeys(UNKNOWN, 403)
    own = [*KNOWN, "workshop", "workshop.local:8501", "workshop.lan"]
    status = 101 if kind == "websocket" else 404
    assert {host: ask("/_stcore/stream", kind, host=host)[0] for host in own} == dict.fromkeys(own, status)
    monkeypatch.setenv("DIGITLAB_ALLOWED_HOSTS", "digits.school.example, *.uni.example")
    told = {"digits.school.example": status, "A.uni.example.:80": status, "uni.example": 403, "evil.example": 403}
    assert {host: ask("/_stcore/stream", kind, host=host)[0] for host in told} == told


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_pages_from_elsewhere_are_refused(kind: str) -> None:
    refused = ["null", "http://localhost:3000", "http://localhost", "http://evil.example", "http://127.0.0.1:8501", "x"]
    found = {origin: ask("/_stcore/stream", kind, origin=origin)[0] for origin in refused}
    assert found == dict.fromkeys(refused, 403)
    status = 101 if kind == "websocket" else 404
    assert ask("/_stcore/stream", kind, origin="http://localhost:8501")[0] == status
    tls = {"x_forwarded_proto": "https", "x_forwarded_for": "203.0.113.9"}
    assert ask("/_stcore/stream", kind, origin="https://localhost:8501", **tls)[0] == status
    assert ask("/_stcore/stream", kind, origin="http://localhost:8501", **tls)[0] == 403


@pytest.mark.parametrize("path", ["/", "/cookies", "/broken", "/api/nothing", "/api", "/nowhere", "/_stcore/metrics"])
def test_every_answer_carries_the_headers(path: str) -> None:
    for host in ("localhost", "evil.example"):
        headers = ask(path, host=host)[1]
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")
        assert "access-control-allow-origin" not in headers


def test_frames_are_for_whom_they_are_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_FRAMED_BY", "https://moodle.school.example 'self'")
    headers = ask()[1]
    assert "frame-ancestors https://moodle.school.example 'self'" in headers["content-security-policy"]
    assert "x-frame-options" not in headers


def test_a_bug_is_a_sentence_and_what_is_not_there_is_missing(caplog: pytest.LogCaptureFixture) -> None:
    assert ask("/broken")[::2] == (500, "The server failed because of an error in DigitLab.")
    assert "a bug" in caplog.text
    assert ask("/api/nothing")[::2] == (404, "There is nothing at this address.")


def test_figures_of_the_server_are_for_this_machine_and_those_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask("/_stcore/metrics")[0] == 200
    assert ask("/_stcore/metrics", end="10.0.0.7")[0] == 403
    assert ask("/_stcore/metrics", x_forwarded_for="10.0.0.7")[0] == 403
    monkeypatch.setenv("DIGITLAB_METRICS_FROM", "10.0.0.0/24")
    assert ask("/_stcore/metrics", end="10.0.0.7")[0] == 200
    assert ask("/_stcore/metrics", end="10.0.1.7")[0] == 403


def test_the_cookie_belongs_to_its_scheme() -> None:
    tls = {"x_forwarded_proto": "https"}
    cookie = ask(**tls)[1]["set-cookie"].split("; ")
    assert cookie[0].startswith("__Host-digitlab_browser=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie)
    plain = ask()[1]["set-cookie"].split("; ")
    assert plain[0].startswith("digitlab_browser=")
    assert "Secure" not in plain
    # Another port or a subdomain may have set the one without the prefix; it is not read over https.
    both = f"other=1; digitlab_browser={ANNA}; __Host-digitlab_browser={'B' * 43}"
    assert ask("/cookies", cookie=both, **tls)[2] == f"other=1; __Host-digitlab_browser={'B' * 43}"
    assert ask("/cookies", cookie=both)[2] == f"other=1; digitlab_browser={ANNA}"
    assert "set-cookie" in ask(cookie=f"digitlab_browser={ANNA}", **tls)[1]
    assert "set-cookie" not in ask(cookie=f"__Host-digitlab_browser={ANNA}", **tls)[1]


def test_streamlits_own_cookies_are_kept_to_https() -> None:
    tls = {"x_forwarded_proto": "https"}
    assert ask("/login", **tls)[1]["set-cookie"] == "_streamlit_user=1; HttpOnly; Path=/; SameSite=lax; Secure"
    assert ask("/login")[1]["set-cookie"] == "_streamlit_user=1; HttpOnly; Path=/; SameSite=lax"


def test_a_kept_page_does_not_leave_a_browser_without_its_cookie() -> None:
    assert ask("/cookies", if_none_match='"page"')[2] == ""
    kept = f"digitlab_browser={ANNA}"
    assert ask("/cookies", cookie=kept, if_none_match='"page"')[2] == f'{kept}"page"'
    assert ask()[1]["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DIGITLAB_ALLOWED_HOSTS", "http://digits.example"),
        ("DIGITLAB_FRAMED_BY", "https://a.example; script-src *"),
        ("DIGITLAB_METRICS_FROM", "everywhere"),
        ("DIGITLAB_TRUSTED_PROXIES", "proxy.example"),
    ],
)
def test_settings_that_cannot_be_used_are_told_before_the_start(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=rf"^{name} must be "):
        serving.command()


def test_the_neighbours_address_is_one_of_this_machine() -> None:
    address = hosts.neighbours_address()
    assert address == "" or hosts.is_known(f"{address}:8501", ())
