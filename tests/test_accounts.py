"""Accounts: what comes along with a login, who a browser is then, and who can log in at all."""

import importlib.util
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from digitlab.data import drawn
from digitlab.drawing.strokes import Drawing
from digitlab.errors import DataError
from digitlab.runs import arriving
from digitlab.server import logins, people
from digitlab.server.store import store as opened_store
from digitlab.store import Store, accounts
from digitlab.store.rights import KEY, OPERATOR, Person
from digitlab.store.tables import metadata, models
from digitlab.training.search_plan import SearchPlan
from digitlab.training.space import Dimension
from digitlab.training.spec import TrainingSpec
from tests.test_classes import SECRET, StandingClock, joined, teacher_of
from tests.trained import CONFIG

BROWSER, OTHER, ACCOUNT, LOGIN = "b" * 64, "o" * 64, "a" * 64, "1" * 64
SPEC = TrainingSpec(config=CONFIG, threads=1).to_record()
# Every column that names a person.
PERSONS = [
    column
    for table in metadata.sorted_tables
    for column in table.columns
    if column.name in ("owner", "browser", "person", "teacher") and table.name != "logins"
]


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def store(url: str, clock: StandingClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv(KEY, SECRET)
    with Store(url, busy_seconds=1.0, clock=clock) as opened:
        yield opened


def person(store: Store, name: str) -> Person:
    return store.classes.person(name, "there")


def fill(store: Store, name: str, three: Drawing) -> int:
    """Give a person one of everything but classes; returns the run's number."""
    who = person(store, name)
    run = store.runs.create(who, name="hers", recipe="fast", parameters=10, spec=SPEC).id
    space = (Dimension(name="learning_rate", low=1e-4, high=1e-2),)
    plan = SearchPlan(
        run=TrainingSpec(config=CONFIG, threads=1), space=space, sampler="random", pruner="none", trials=3, seed=0
    )
    store.searches.create(who, name="hers", recipe="fast", plan=plan)
    store.pins.add(who, run, np.zeros((28, 28), np.float32))
    store.slices.keep(who, "sevens", "test", np.array([3, 4]), {})
    store.drawings.agree(who)
    picture = np.zeros((28, 28), np.uint8)
    store.drawings.keep(who, three, 3, model="0" * 12, answered=3, picture=picture)
    with store.database.write() as connection:
        connection.execute(sa.insert(models).values(name=f"model of {name[0]}", owner=name))
    assert store.jobs.claim(9)
    return run


def named(store: Store, name: str) -> dict[str, int]:
    """In how many rows each column of a person names this one."""
    found = {}
    with store.database.read() as connection:
        for column in PERSONS:
            query = sa.select(sa.func.count()).select_from(column.table).where(column == name)
            found[str(column)] = connection.scalar(query) or 0
    return {column: count for column, count in found.items() if count}


def test_all_that_a_browser_has_comes_along(store: Store, three: Drawing) -> None:
    teacher_of(store, "b")
    fill(store, BROWSER, three)
    before = named(store, BROWSER)
    assert set(before) == {str(column) for column in PERSONS} - {"members.browser"}
    assert store.accounts.attach(BROWSER, ACCOUNT, LOGIN)
    assert named(store, BROWSER) == {}
    assert named(store, ACCOUNT) == before
    assert store.accounts.of(BROWSER) == ACCOUNT
    mine = person(store, ACCOUNT)
    assert mine.teacher
    assert len(mine.teaches) == 1
    assert store.drawings.counts(ACCOUNT) == (1, 1)

    # A second browser, with things of the same kinds.
    teacher_of(store, "o")
    fill(store, OTHER, three)
    assert store.accounts.attach(OTHER, ACCOUNT, "2" * 64)
    assert named(store, OTHER) == {}
    single = {"teachers.browser", "visitors.browser", "served.person"}
    assert named(store, ACCOUNT) == {name: 1 if name in single else 2 * count for name, count in before.items()}
    assert [one.name for one in store.slices.of(person(store, ACCOUNT))] == ["sevens", "sevens (2)"]
    assert store.drawings.counts(ACCOUNT) == (2, 2)


def test_the_network_of_a_run_at_work_is_the_accounts(store: Store) -> None:
    store.runs.create(person(store, BROWSER), name="hers", recipe="fast", parameters=10, spec=SPEC)
    job = store.jobs.claim(1)
    assert job
    assert store.accounts.attach(BROWSER, ACCOUNT, LOGIN)
    store.runs.end(job, "finished", {}, model="hers")
    assert named(store, ACCOUNT)["models.owner"] == 1


def test_a_browser_without_anything_takes_nothing_from_the_account(store: Store, three: Drawing) -> None:
    fill(store, ACCOUNT, three)
    before = named(store, ACCOUNT)
    for _ in range(2):
        assert store.accounts.attach(BROWSER, ACCOUNT, LOGIN)
    assert named(store, ACCOUNT) == before
    store.accounts.detach(BROWSER)
    assert store.accounts.of(BROWSER) is None
    assert (named(store, BROWSER), named(store, ACCOUNT)) == ({}, before)


def test_a_member_stays_a_member_and_an_accounts_own_class_comes_first(store: Store) -> None:
    first, second = (store.classes.of_teacher(teacher_of(store, letter))[0] for letter in "tu")
    joined(store, first.code, "b", "Anna")
    assert store.accounts.attach(BROWSER, ACCOUNT, LOGIN)
    assert [member.browser for member in store.members.of(OPERATOR, first.id)] == [ACCOUNT]
    joined(store, first.code, "o", "Anna at home")
    assert store.accounts.attach(OTHER, ACCOUNT, "2" * 64)
    assert [member.name for member in store.members.of(OPERATOR, first.id)] == ["Anna"]
    joined(store, second.code, "c", "Anna elsewhere")
    assert store.accounts.attach("c" * 64, ACCOUNT, "3" * 64)
    assert store.members.of(OPERATOR, second.id) == []
    assert person(store, ACCOUNT).classroom == first.id


def test_a_class_that_is_over_keeps_nobody_from_another(store: Store, clock: StandingClock) -> None:
    (old,) = store.classes.of_teacher(teacher_of(store))
    joined(store, old.code, "a", "Anna")
    clock.seconds += 181 * 86_400
    (new,) = store.classes.of_teacher(teacher_of(store, "u"))
    joined(store, new.code, "b", "Anna K.")
    assert store.accounts.attach(BROWSER, ACCOUNT, LOGIN)
    assert person(store, ACCOUNT).classroom == new.id


def test_no_pupil_becomes_a_teacher_by_logging_in(store: Store, three: Drawing) -> None:
    (found,) = store.classes.of_teacher(teacher_of(store, "b"))
    joined(store, found.code, "a", "Anna")
    fill(store, BROWSER, three)
    before = named(store, BROWSER)
    assert store.accounts.attach(BROWSER, ACCOUNT, LOGIN)
    assert named(store, BROWSER) == before
    assert not person(store, ACCOUNT).teacher
    store.accounts.detach(BROWSER)
    assert person(store, BROWSER).teaches == {found.id}


def test_a_teachers_account_joins_no_class(store: Store) -> None:
    teacher_of(store, "a")
    (found,) = store.classes.of_teacher(teacher_of(store, "t"))
    joined(store, found.code, "b", "Anna")
    assert store.accounts.attach(BROWSER, ACCOUNT, LOGIN)
    assert store.members.of(OPERATOR, found.id) == []
    assert person(store, ACCOUNT).teacher


def test_a_login_is_for_one_browser_and_does_not_come_back(store: Store, clock: StandingClock) -> None:
    assert store.accounts.attach(BROWSER, ACCOUNT, LOGIN)
    assert not store.accounts.attach(OTHER, ACCOUNT, LOGIN), "somebody copied the cookie"
    assert store.accounts.of(OTHER) is None
    store.accounts.detach(BROWSER)
    assert not store.accounts.attach(BROWSER, ACCOUNT, LOGIN)
    assert store.accounts.attach(BROWSER, ACCOUNT, "2" * 64), "whoever logs in again is in"
    assert store.accounts.attach(BROWSER, OTHER, "3" * 64)
    assert store.accounts.of(BROWSER) == OTHER
    assert not store.accounts.attach(BROWSER, ACCOUNT, "2" * 64)
    clock.seconds += accounts.LASTS - 1
    assert store.accounts.of(BROWSER) == OTHER
    clock.seconds += 2
    assert store.accounts.of(BROWSER) is None
    assert not store.accounts.attach(BROWSER, OTHER, "3" * 64)


def test_sets_of_drawings_follow_and_are_deleted_with_their_drawings(store: Store) -> None:
    pictures, wall = np.zeros((2, 28, 28), np.uint8), drawn.owner_of_wall(1)
    mine = drawn.freeze(BROWSER, [1, 2], pictures, [3, 4])
    walls = drawn.freeze(wall, [8, 9], pictures, [5, 6])
    for _ in range(2):
        assert arriving.arrive(store, BROWSER, ACCOUNT, LOGIN)
        assert drawn.load(mine).labels.tolist() == [3, 4]
    assert not arriving.arrive(store, OTHER, ACCOUNT, LOGIN)
    drawn.forget(BROWSER, [2])  # has nothing any more
    assert drawn.load(mine).labels.tolist() == [3, 4]
    drawn.forget(ACCOUNT, [2])
    with pytest.raises(DataError, match="deleted"):
        drawn.load(mine)
    assert drawn.load(walls).labels.tolist() == [5, 6]


# --- who a browser is ---


SECRETS = """
[auth]
redirect_uri = "http://localhost:8501/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "digitlab"
client_secret = "secret"
server_metadata_url = "https://issuer.example/.well-known/openid-configuration"
"""
CLAIMS: dict[str, Any] = {"is_logged_in": True, "iss": "https://issuer.example", "sub": "7", "email": "a@b.example"}


@pytest.fixture
def configured(home: Path) -> Iterator[None]:
    home.mkdir()
    logins.file().write_text(SECRETS)
    people.look_again()
    yield
    opened_store().close()
    people.look_again()


@pytest.mark.usefixtures("configured")
def test_pages_and_routes_ask_one_function() -> None:
    login = logins.login(CLAIMS)
    assert login
    assert people.identity(BROWSER) == BROWSER
    opened_store().accounts.attach(BROWSER, login.account, login.name)
    people.look_again()
    assert people.identity(BROWSER) == login.account
    assert people.identity(login.account) == login.account
    assert people.identity(None) is None
    assert people.person(BROWSER, "there").browser == login.account
    assert people.person(OTHER, "there").browser == OTHER
    opened_store().accounts.detach(BROWSER)
    people.look_again()
    assert people.person(BROWSER, "there").browser == BROWSER


def test_without_an_issuer_no_database_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "store", lambda: pytest.fail("the database was asked"))
    assert people.person(BROWSER, "there").browser == BROWSER
    assert people.identity(BROWSER) == BROWSER


@pytest.mark.usefixtures("configured")
def test_nothing_of_the_person_is_in_the_database() -> None:
    login = logins.login(CLAIMS)
    assert login
    opened_store().accounts.attach(BROWSER, login.account, login.name)
    with opened_store().database.read() as connection:
        (row,) = connection.execute(sa.select(metadata.tables["logins"])).all()
    assert not any(part in str(row) for part in ("example", "a@b"))


def test_an_account_is_its_issuer_and_subject_and_a_login_all_that_was_told() -> None:
    first = logins.login(CLAIMS)
    again = logins.login(CLAIMS | {"nonce": "n", "email": "new@b.example", "tokens": {"id": "x"}})
    assert first
    assert again
    assert (again.account, again.name == first.name) == (first.account, False)
    assert logins.login(CLAIMS | {"nonce": "n", "email": "new@b.example"}) == again, "tokens do not count"
    for other in ({"iss": "https://other.example"}, {"sub": "8"}, {"iss": "https://issuer.example7", "sub": ""}):
        found = logins.login(CLAIMS | other)
        assert found is None or found.account != first.account
    for wrong in ({}, CLAIMS | {"is_logged_in": False}, CLAIMS | {"is_logged_in": "yes"}, {**CLAIMS, "iss": None}):
        assert logins.login(wrong) is None


@pytest.mark.parametrize(
    ("said", "issuers", "warned"),
    [
        (SECRETS, ("default",), ""),
        (SECRETS.replace("[auth]", "[other]"), (), ""),
        ("", (), ""),
        ("no toml", (), ""),
        (SECRETS.replace("0123456789abcdef", "0123"), (), "cookie_secret"),
        (SECRETS.replace("/oauth2callback", "/"), (), "redirect_uri"),
        (SECRETS.replace("client_id", "client"), (), "client_id"),
        (SECRETS.replace("client_id", "[auth.google]\nclient_id"), ("google",), ""),
        (SECRETS + "[auth.two_words]\nclient_id='1'\nclient_secret='2'\nserver_metadata_url='3'", ("default",), ""),
    ],
)
def test_who_can_log_in(
    home: Path, caplog: pytest.LogCaptureFixture, said: str, issuers: tuple[str, ...], warned: str
) -> None:
    home.mkdir()
    logins.file().write_text(said)
    with caplog.at_level(logging.WARNING):
        assert logins.issuers() == issuers
    assert bool(caplog.records) == bool(warned)
    assert warned in caplog.text
    assert "secret =" not in caplog.text


def test_without_authlib_nobody_can(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    logins.file().write_text(SECRETS)
    there = importlib.util.find_spec
    monkeypatch.setattr(logins, "find_spec", lambda name: None if name == "authlib" else there(name))
    assert logins.issuers() == ()
