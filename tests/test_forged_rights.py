"""Rights of a class over HTTP, and through a websocket whose messages no page of ours would send."""

import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from starlette.requests import cookie_parser

from digitlab.jobs import orders
from digitlab.server import visitor
from digitlab.store import Store
from digitlab.store.rights import KEY, Person
from harness.drawn import drawn
from harness.forger import Forger, Widget, new_cookie
from harness.server import Server
from tests.trained import CONFIG

SECRET = "a teacher's secret"
PLACES = ("runs.csv", "wall.zip", "shared drawing", "own drawing")
# What is answered at each of these places.
ANSWERS = {
    "owner": (404, 404, 200, 200),
    "classmate": (404, 404, 200, 404),
    "teacher": (200, 200, 200, 404),
    "colleague": (404, 404, 404, 404),
    "neighbour": (404, 404, 404, 404),
    "stranger": (404, 404, 404, 404),
}


@dataclass(frozen=True)
class School:
    """A server with two classes.

    Attributes:
        cookies: by person.
        addresses: by the names of PLACES.
        run: the owner's.
    """

    server: Server
    store: Store
    cookies: dict[str, str]
    addresses: dict[str, str]
    run: int


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    home = tmp_path_factory.mktemp("school")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY, SECRET)
        # With a disk that seems full the queue stands still, so that nothing but the messages changes anything.
        own = {"DIGITLAB_HOME": str(home), "DIGITLAB_LIMIT_FREE_DISK_GB": "1e9"}
        server = Server(home, environment=os.environ | own)
        try:
            with Store(f"sqlite:///{home / 'digitlab.db'}") as store:
                yield _set_up(server, store)
        finally:
            server.stop()
            server.end_workers()
    assert not server.complaints()


def _set_up(server: Server, store: Store) -> School:
    cookies = {name: new_cookie(server.url) for name in ANSWERS}
    people = {name: Person(visitor.known(cookie_parser(cookie)), name) for name, cookie in cookies.items()}
    numbers = {}
    for teacher, members in {"teacher": ("owner", "classmate"), "colleague": ("neighbour",)}.items():
        made = store.classes.make(store.classes.prove(people[teacher], SECRET), f"Class of the {teacher}")
        numbers[teacher] = made.id
        for name in members:
            store.members.join(people[name], made.code, name)
    owner = store.classes.person(people["owner"].browser, "owner")
    run = orders.submit(owner, store, CONFIG, name="hers", recipe="fast").id
    store.drawings.agree(owner)
    three, picture = drawn("three"), np.zeros((28, 28), np.uint8)
    kept = [store.drawings.keep(owner, three, 3, model="0" * 12, answered=3, picture=picture) for _ in range(2)]
    store.drawings.share(owner, kept[0], True)
    files = f"{server.url}/api/classroom/{numbers['teacher']}"
    pictures = [f"{server.url}/api/drawings/{number}.png" for number in kept]
    addresses = dict(zip(PLACES, [f"{files}/runs.csv", f"{files}/wall.zip", *pictures], strict=True))
    return School(server, store, cookies, addresses, run)


def status(address: str, cookie: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers={"Cookie": cookie})) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("who", ANSWERS)
def test_over_http_each_person_gets_what_is_theirs(school: School, who: str) -> None:
    assert tuple(status(school.addresses[place], school.cookies[who]) for place in PLACES) == ANSWERS[who]


def pressed(widget: Widget) -> tuple[str, Any] | None:
    """What a press or an entry sends; None for what holds no command."""
    match widget.field:
        case "trigger_value":
            return widget.field, True
        case "bool_value":
            return widget.field, True
        case "string_value":
            return widget.field, "forged"
        case "double_value":
            return widget.field, 0.5
        case _:
            return None


def hers(school: School) -> object:
    """All of the owner's run that a command changes; what others start for themselves is theirs."""
    run = school.store.runs.get(school.run)
    pins = [(pin.id, pin.shared) for pin in school.store.pins.of(run.id) if pin.owner == run.job.owner]
    return run.state, run.name, run.note, run.job.spec, run.job.preferred, school.store.jobs.commands(run.id), pins


def test_a_message_that_another_session_copies_changes_nothing(school: School) -> None:
    query, before = f"run={school.run}", hers(school)
    with Forger(school.server.url, "train", query, school.cookies["owner"]) as owner:
        commands = {widget.id: sent for widget in owner.widgets if (sent := pressed(widget))}
        assert len(commands) >= 3
        for who in ANSWERS.keys() - {"owner", "teacher"}:
            with Forger(school.server.url, "train", query, school.cookies[who]) as other:
                for identifier, sent in commands.items():
                    other.send(**{identifier: sent})
            assert hers(school) == before, who
        for identifier, sent in commands.items():
            owner.send(**{identifier: sent})
        assert hers(school) != before, "the same messages work for the owner"
