"""Kept drawings: what one browser stores, no other can read or change; over the store and over HTTP."""

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.synchronize import Event
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from digitlab.drawing.strokes import MAX_POINTS, MAX_STROKES, Drawing, from_json
from digitlab.errors import InputError
from digitlab.server import routes, visitor
from digitlab.server.store import store as opened_store
from digitlab.store import Store, tables
from digitlab.store.rights import Person
from harness import loops
from tests.test_store import begin, end, processes

ANNA, BEN = "A" * 43, "B" * 43  # identifiers as a cookie has them
PICTURE = np.arange(784, dtype=np.uint8).reshape(28, 28)


def browser(identifier: str) -> str:
    known = visitor.known({visitor.COOKIE: identifier})
    assert known
    return known


def keep(store: Store, identifier: str, drawing: Drawing, label: int = 7, **most: Any) -> int:
    store.drawings.agree(Person(browser(identifier), None))
    about: dict[str, Any] = {"model": "0123456789ab", "answered": 1, "picture": PICTURE} | most
    return store.drawings.keep(Person(browser(identifier), about.pop("address", None)), drawing, label, **about)


# --- the store, over SQLite and over PostgreSQL ------------------------------------------------------------


def test_two_tabs_may_agree_at_once(store: Store, seven: Drawing) -> None:
    """The second gets to the database when the first has written, and has not ended its transaction."""
    waits = threading.Event()
    row = {"browser": browser(ANNA), "agreed_at": 1.0, "kept": 0}

    def about_to(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement == "BEGIN IMMEDIATE" or statement.startswith("INSERT"):
            waits.set()

    with store.database.read() as connection:
        engine = connection.engine
    with Store(store.database.url) as others, ThreadPoolExecutor(1) as pool:
        with others.database.write() as connection:
            connection.execute(sa.insert(tables.visitors).values(row))
            sa.event.listen(engine, "before_cursor_execute", about_to)
            answer = pool.submit(store.drawings.agree, Person(browser(ANNA), None))
            assert waits.wait(60)
        answer.result(60)
    store.drawings.agree(Person(browser(ANNA), None))
    keep(store, ANNA, seven)
    with store.database.read() as connection:
        (visitor_now,) = connection.execute(sa.select(tables.visitors)).all()
    assert tuple(visitor_now) == (browser(ANNA), 1.0, 1), "what was agreed first stays"


def agree(url: str, start: Event) -> None:
    with Store(url, busy_seconds=60) as store:
        start.wait()
        for number in range(50):
            store.drawings.agree(Person(f"{number:064d}", None))


def test_processes_may_agree_at_once(url: str, store: Store) -> None:
    start = processes.Event()
    tabs = begin(agree, [(url, start) for _ in range(4)])
    start.set()
    end(tabs)
    assert all(store.drawings.has_agreed(f"{number:064d}") for number in range(50))


def test_a_drawing_is_kept_relabelled_shared_and_deleted(store: Store, seven: Drawing) -> None:
    mine = browser(ANNA)
    assert not store.drawings.has_agreed(mine)
    number = keep(store, ANNA, seven)
    kept = store.drawings.get(mine, number)
    assert (kept.label, kept.answered, kept.model, kept.shared) == (7, 1, "0123456789ab", False)
    assert (kept.picture == PICTURE).all()
    assert all(np.allclose(a, b, atol=0.01) for a, b in zip(kept.drawing.strokes, seven.strokes, strict=True))
    store.drawings.relabel(Person(mine, None), number, 1)
    store.drawings.share(Person(mine, None), number, True)
    assert [(one.label, one.shared) for one in store.drawings.of(mine)] == [(1, True)]
    store.drawings.delete(Person(mine, None), [number])
    assert store.drawings.of(mine) == []
    with store.database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.drawings)) == 0


def test_nobody_else_can_read_or_change_it(store: Store, seven: Drawing) -> None:
    number = keep(store, ANNA, seven)
    keep(store, BEN, seven, label=3)
    other = browser(BEN)
    assert [kept.label for kept in store.drawings.of(other)] == [3]
    for attempt in (
        lambda: store.drawings.get(other, number),
        lambda: store.drawings.visible(Person(other, None), number),
        lambda: store.drawings.relabel(Person(other, None), number, 1),
        lambda: store.drawings.share(Person(other, None), number, True),
    ):
        with pytest.raises(InputError, match=f"no drawing number {number}\\."):
            attempt()
    store.drawings.delete(Person(other, None), [number])
    assert store.drawings.shared_by_others(Person(other, None), 0, 9) == []
    store.drawings.share(Person(browser(ANNA), None), number, True)
    assert [kept.id for kept in store.drawings.shared_by_others(Person(other, None), 0, 9)] == [number]
    assert store.drawings.shared_by_others(Person(browser(ANNA), None), 0, 9) == []
    with pytest.raises(InputError):
        store.drawings.relabel(Person(other, None), number, 1)


def test_what_is_no_hand_drawn_digit_is_refused(store: Store, seven: Drawing) -> None:
    with pytest.raises(InputError, match="has not agreed"):
        store.drawings.keep(Person(browser(ANNA), None), seven, 7, model="0" * 12, answered=None, picture=PICTURE)
    stroke = seven.strokes[0]
    wrong = [
        Drawing((), ()),
        Drawing((stroke,) * (MAX_STROKES + 1), (18.0,) * (MAX_STROKES + 1)),
        Drawing((np.zeros((MAX_POINTS + 1, 2)),), (18.0,)),
        Drawing((stroke + 10_000,), (18.0,)),
        Drawing((stroke * np.nan,), (18.0,)),
    ]
    for drawing in wrong:
        with pytest.raises(InputError, match=r"^.+\.$"):
            keep(store, ANNA, drawing)
    for label in (-1, 10, True):
        with pytest.raises(InputError, match="digit from 0 to 9"):
            keep(store, ANNA, seven, label)
    assert store.drawings.of(browser(ANNA)) == []


def test_a_browser_keeps_so_many_and_no_more(
    store: Store,
    seven: Drawing,
) -> None:
    school: dict[str, Any] = {"most": 3, "address": "school", "most_from_there": 5}
    for _ in range(3):
        keep(store, ANNA, seven, **school)
    with pytest.raises(InputError, match="can save 3 drawings"):
        keep(store, ANNA, seven, **school)
    for _ in range(2):
        keep(store, BEN, seven, **school)
    with pytest.raises(InputError, match="5 drawings from your address are saved"):  # a new cookie is no help
        keep(store, "C" * 43, seven, **school)
    keep(store, "C" * 43, seven, **school | {"address": "home"})
    assert len(store.drawings.of(browser(ANNA))) == 3


def test_many_drawings_are_shown_by_pages_without_their_strokes(store: Store, seven: Drawing) -> None:
    numbers = [keep(store, ANNA, seven, label) for label in (1, 7, 7, 1, 7)]
    for number in numbers:
        store.drawings.share(Person(browser(ANNA), None), number, True)
    said: list[str] = []
    with store.database.read() as connection:
        sa.event.listen(connection.engine, "before_cursor_execute", lambda *about: said.append(about[2]))
    newest = numbers[::-1]
    assert [card.id for card in store.drawings.cards(browser(ANNA), 1, 2)] == newest[1:3]
    assert [card.id for card in store.drawings.shared_by_others(Person(browser(BEN), None), 3, 9)] == newest[3:]
    assert store.drawings.count_shared_by_others(Person(browser(BEN), None)) == 5
    assert store.drawings.counts(browser(ANNA)) == (5, 2)
    assert [digit.id for digit in store.drawings.digits(browser(ANNA))] == newest
    assert (store.drawings.visible(Person(browser(BEN), None), numbers[0]) == PICTURE).all()
    assert not [statement for statement in said if "strokes" in statement]
    assert sorted(store.drawings.delete_all(Person(browser(ANNA), None))) == numbers
    assert store.drawings.counts(browser(ANNA)) == (0, 0)


# --- over HTTP ---------------------------------------------------------------------------------------------


def ask(path: str, cookie: str | None = None, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Ask the app's routes and its middleware, without a server."""
    extra = [Route("/page", lambda _: HTMLResponse("page")), Route("/text", lambda _: PlainTextResponse("text"))]
    app = Starlette(routes=[*routes.routes(), *extra], middleware=[Middleware(visitor.NameBrowsers)])
    headers = [(b"cookie", f"other=1; {visitor.COOKIE}={cookie}".encode())] if cookie is not None else []
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers, "scheme": "http"}
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    loops.run(app(scope, receive, send))
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.fixture
def annas(seven: Drawing) -> Iterator[int]:
    """The number of a drawing that Anna kept on the server."""
    store = opened_store()
    yield keep(store, ANNA, seven)
    store.close()


def test_its_browser_sees_and_downloads_it(annas: int, seven: Drawing) -> None:
    status, headers, body = ask(f"/api/drawings/{annas}.png", ANNA)
    assert (status, headers["content-type"]) == (200, "image/png")
    assert "no-store" in headers["cache-control"]
    assert (np.array(Image.open(io.BytesIO(body))) == PICTURE).all()
    _, headers, body = ask("/api/drawings.json", ANNA)
    assert "attachment" in headers["content-disposition"]
    record = json.loads(body)["drawings"][0]
    assert (record["number"], record["label"], record["answered"]) == (annas, 7, 1)
    assert len(from_json(record).strokes) == len(seven.strokes)
    archive = zipfile.ZipFile(io.BytesIO(ask("/api/drawings.zip", ANNA)[2]))
    assert archive.namelist() == [f"7-{annas}.png"]


@pytest.mark.parametrize("cookie", [None, "", "A" * 42, "A" * 44, BEN, "A" * 42 + "%", "../" * 14 + "A"])
def test_no_other_browser_sees_it(annas: int, cookie: str | None) -> None:
    assert ask(f"/api/drawings/{annas}.png", cookie)[0] == 404
    for path in ("/api/drawings.json", "/api/drawings.zip"):
        status, headers, body = ask(path, cookie)
        assert b"strokes" not in body
        assert "no-store" in headers["cache-control"]
        assert status == (200 if cookie == BEN else 404)


def test_what_is_shared_is_seen_until_it_is_not(annas: int) -> None:
    path = f"/api/drawings/{annas}.png"
    opened_store().drawings.share(Person(browser(ANNA), None), annas, True)
    assert ask(path, BEN)[0] == 200
    opened_store().drawings.share(Person(browser(ANNA), None), annas, False)
    assert ask(path, BEN)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_changed_over_http(annas: int, method: str) -> None:
    for path in (f"/api/drawings/{annas}.png", "/api/drawings.json", "/api/drawings.zip"):
        assert ask(path, ANNA, method)[0] == 405
    assert len(opened_store().drawings.of(browser(ANNA))) == 1


def test_a_deleted_drawing_is_gone_from_the_disk(annas: int, home: Any, seven: Drawing) -> None:
    opened = opened_store()
    marker = replace(seven, strokes=(np.array([[12.34, 56.78], [123.45, 167.89]]),))
    number = keep(opened, ANNA, marker)
    opened.drawings.delete(Person(browser(ANNA), None), [annas, number])
    assert ask(f"/api/drawings/{number}.png", ANNA)[0] == 404
    opened.close()  # the last one to leave brings the log into the file
    for path in home.rglob("*"):
        assert path.is_dir() or b"167.89" not in path.read_bytes(), path


# --- the cookie --------------------------------------------------------------------------------------------


def test_a_browser_is_named_once_with_the_page() -> None:
    _, headers, _ = ask("/page")
    cookie = headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    identifier = cookie.split(";")[0].removeprefix(f"{visitor.COOKIE}=")
    assert visitor.known({visitor.COOKIE: identifier})
    assert "set-cookie" not in ask("/page", identifier)[1]
    assert "set-cookie" in ask("/page", "not of ours")[1]
    assert "set-cookie" not in ask("/text")[1]
    assert ask("/page")[1]["set-cookie"] != cookie
