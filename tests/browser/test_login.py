"""Logging in with a real OpenID Connect server: what a browser had is the account's, on every device, until logout."""

import json
import os
import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from digitlab.drawing.strokes import Drawing
from digitlab.server import visitor
from digitlab.store import Store
from digitlab.store.rights import Person
from harness.forger import Forger, new_cookie
from harness.issuer import Issuer, free_port
from harness.server import Server

OpenPage = Callable[..., Page]
MINE = "/samples?section=mine"


@pytest.fixture
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server where people can log in."""
    home, port = tmp_path_factory.mktemp("logins"), free_port()
    with Issuer(f"http://localhost:{port}") as issuer:
        (home / "secrets.toml").write_text(issuer.secrets)
        started = Server(home, environment=os.environ | {"DIGITLAB_HOME": str(home)}, port=port)
        yield started
        started.stop()
    assert not started.complaints()
    assert "anna@school.example" not in "".join(started.lines)
    assert not any(b"anna" in file.read_bytes() for file in home.glob("digitlab.db*"))


def log_in(page: Page, name: str) -> None:
    page.get_by_role("button", name="Log in").press("Enter")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def log_out(page: Page) -> None:
    page.get_by_role("button", name="Log out").press("Enter")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


def drawings(page: Page) -> int:
    """How many drawings this browser is given over HTTP."""
    answer = page.request.get(re.sub(r"(//[^/]+/).*", r"\1api/drawings.json", page.url))
    return len(json.loads(answer.text())["drawings"])


def check_forged(school: Server, copied: str) -> None:
    """A session that presses and fills in whatever there is stays who it is, also with another's copied cookie."""
    own = new_cookie(school.url)
    with Forger(school.url, "learn", cookie=f"{own}; {copied}") as forger:
        assert any("log_in" in widget.id for widget in forger.widgets)
        for sent in (("trigger_value", True), ("string_value", "anna"), ("json_value", '{"sub": "anna"}')):
            forger.send(**{widget.id: sent for widget in forger.widgets})
    name, _, value = own.partition("=")
    browser = visitor.known({name: value})
    assert browser
    with Store(f"sqlite:///{school.home / 'digitlab.db'}") as store:
        assert store.accounts.of(browser) is None


def test_an_account_is_the_same_person_in_every_browser(school: Server, visit: OpenPage, three: Drawing) -> None:
    anna = visit("/learn", at=school.url)
    expect(anna.get_by_role("button", name="Log in")).to_be_visible()
    browser = visitor.known({cookie["name"]: cookie["value"] for cookie in anna.context.cookies()})
    assert browser
    with Store(f"sqlite:///{school.home / 'digitlab.db'}") as store:
        store.drawings.agree(Person(browser, None))
        picture = np.zeros((28, 28), np.uint8)
        store.drawings.keep(Person(browser, None), three, 3, model="0" * 12, answered=3, picture=picture)
    log_in(anna, "anna")
    assert drawings(anna) == 1
    anna.goto(school.url + MINE)
    expect(anna.get_by_text("Saved on this server for your account.")).to_be_visible()
    with Store(f"sqlite:///{school.home / 'digitlab.db'}") as store:
        assert store.drawings.counts(browser) == (0, 0)

    at_home = visit("/learn", at=school.url, phone=True)
    log_in(at_home, "anna")
    assert drawings(at_home) == 1
    thief = visit("/learn", at=school.url)
    copied = [cookie for cookie in anna.context.cookies() if cookie["name"].startswith("_streamlit_user")]
    assert copied
    thief.context.add_cookies(copied)  # type: ignore[arg-type]
    thief.reload()
    expect(thief.get_by_role("button", name="Log in")).to_be_visible()
    assert drawings(thief) == 0

    check_forged(school, "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in copied))
    log_out(anna)
    assert drawings(anna) == 0
    anna.goto(school.url + MINE)
    expect(anna.get_by_text("No drawings yet.")).to_be_visible()
    assert drawings(at_home) == 1
    log_out(at_home)
    assert drawings(at_home) == 0
