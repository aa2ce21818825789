"""In which language an answer over HTTP is, and the cookie that keeps a choice; asked without a server."""

from typing import Any

import pytest
from starlette.applications import Starlette

from digitlab.server.languages import COOKIE, SpeakLanguages
from digitlab.server.routes import routes
from harness import loops

NOTHING = {
    "en": "There is nothing at this address.",
    "zh-Hans": "此地址没有内容。",
    "zh-Hant": "此位址沒有內容。",
}


def ask(path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of an answer."""
    path, _, query = path.partition("?")
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": given,
        "client": ("127.0.0.1", 5),
        "scheme": "http",
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    loops.run(SpeakLanguages(Starlette(routes=routes()))(scope, receive, send))
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(one.get("body", b"") for one in sent[1:]).decode()


@pytest.mark.parametrize(
    ("path", "headers", "language"),
    [
        ("/api/nothing", {}, "en"),
        ("/api/nothing", {"accept_language": "zh-TW,zh;q=0.9"}, "zh-Hant"),
        ("/api/nothing", {"accept_language": "zh-TW", "cookie": f"{COOKIE}=zh-Hans"}, "zh-Hans"),
        ("/api/nothing?lang=zh-Hant", {"accept_language": "en", "cookie": f"{COOKIE}=zh-Hans"}, "zh-Hant"),
        ("/api/nothing?lang=klingon", {"cookie": f"{COOKIE}=klingon"}, "en"),
    ],
)
def test_the_address_the_cookie_and_the_browser_say_the_language(
    path: str, headers: dict[str, str], language: str
) -> None:
    assert ask(path, **headers)[2] == NOTHING[language]


def test_a_choice_is_kept_in_a_cookie_that_no_script_reads() -> None:
    status, headers, _ = ask("/api/language/zh-Hant", "POST")
    assert status == 204
    assert headers["set-cookie"].startswith(f"{COOKIE}=zh-Hant; HttpOnly; Max-Age=")
    assert "SameSite=lax" in headers["set-cookie"]
    status, headers, text = ask("/api/language/klingon", "POST", accept_language="zh-CN")
    assert (status, text) == (404, "DigitLab 支持的语言：en, zh-Hans, zh-Hant。")
    assert "set-cookie" not in headers
