"""Drawings over HTTP: the newest one waits for its session, and no other session gets at it."""

import base64
import gc
import json
from typing import Any

import pytest
from starlette.requests import Request

from digitlab.drawing.sent import write_strokes
from digitlab.drawing.strokes import Drawing
from digitlab.errors import InputError
from digitlab.server import visitor
from digitlab.server.inbox import MAX_BYTES, Inbox, take_drawing
from digitlab.server.pace import Pace
from harness import loops

LINE = write_strokes(Drawing.of([[[1, 2], [3, 4]]], 18.0))


def posted(content: bytes) -> tuple[int, Any]:
    """What the route answers: the status, and the JSON if there is any."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    answer = loops.run(take_drawing(request))
    body = bytes(answer.body)
    return answer.status_code, json.loads(body) if body else None


def message(inbox: Inbox, **changes: Any) -> bytes:
    drawn = {"session": inbox.key, "number": 1, "computes": True, "strokes": LINE, "instead": None, "beneath": None}
    return json.dumps(drawn | changes).encode()


def test_the_newest_drawing_waits_and_is_taken_once() -> None:
    inbox = Inbox()
    assert posted(message(inbox, number=2)) == (200, {"held": 2, "run": False})
    assert posted(message(inbox, number=1)) == (200, {"held": 1, "run": False}), "an answer that was late before"
    taken = inbox.take()
    assert taken is not None
    assert (taken.number, taken.drawing.strokes[0].tolist()) == (2, [[1, 2], [3, 4]])
    assert inbox.take() is None


def test_the_script_runs_where_it_shows_the_drawing_or_what_stands_instead() -> None:
    inbox = Inbox()
    picture = {"kind": "picture", "name": "a.png", "pixels": base64.b64encode(bytes(784)).decode()}
    assert posted(message(inbox, computes=False))[1]["run"]
    inbox.runs = True
    assert posted(message(inbox))[1]["run"]
    inbox.runs = False
    assert not posted(message(inbox))[1]["run"]
    assert posted(message(inbox, instead=picture))[1]["run"]


def test_what_cannot_be_read_is_told_to_the_session() -> None:
    inbox = Inbox()
    assert posted(message(inbox, strokes="rubbish")) == (200, {"held": None, "run": True})
    with pytest.raises(InputError, match="cannot be read"):
        inbox.take()
    assert inbox.take() is None


@pytest.mark.parametrize(
    ("body", "status"), [(b"\xff{", 422), (b"[1]", 404), (b'{"session": "x"}', 404), (b" " * (MAX_BYTES + 1), 413)]
)
def test_rubbish_and_sessions_that_are_gone_get_a_status(body: bytes, status: int) -> None:
    assert posted(body) == (status, None)


def test_an_inbox_is_gone_with_its_session() -> None:
    inbox = Inbox()
    body = message(inbox)
    del inbox
    gc.collect()
    assert posted(body) == (404, None)


def test_who_sends_too_much_is_held_back_and_the_others_of_the_school_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_LIMIT_STROKES_A_MINUTE", "3")
    monkeypatch.setenv("DIGITLAB_LIMIT_PEOPLE", "3")
    pace = Pace(lambda limits: limits.strokes)

    def sends(cookie: str) -> bool:
        headers = [(b"cookie", cookie.encode())]
        scope = {"type": "http", "method": "POST", "headers": headers, "client": ("192.0.2.7", 1)}
        return pace.allows(Request(scope))

    floods, draws = (visitor.new_cookie(secure=False).partition(";")[0] for _ in range(2))
    assert [sends(floods) for _ in range(9)] == [True] * 3 + [False] * 6
    assert [sends(draws) for _ in range(3)] == [True] * 3
    new = [sends(visitor.new_cookie(secure=False).partition(";")[0]) for _ in range(5)]
    assert new == [True] * 3 + [False] * 2, "an address cannot have more by throwing its cookie away"
