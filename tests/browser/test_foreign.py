"""Foreign text in a real browser: whatever an address or a name says, no link, picture or request comes of it."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from harness.server import Server
from tests.browser.conftest import OpenPage
from tests.test_docs import REFERENCE

ELSEWHERE = "elsewhere.example"
NASTY = (
    f"![p](http://{ELSEWHERE}/p.png) [Sign in](http://{ELSEWHERE}/) http://{ELSEWHERE}/bare www.{ELSEWHERE} "
    f"a@{ELSEWHERE} <a href='http://{ELSEWHERE}'>x</a> <img src='http://{ELSEWHERE}/i.png'> :material/home: :red[r] `c`"
)
# A sentence shows some dozen letters of a value, so each kind stands at the beginning once.
KINDS = (f"![p](http://{ELSEWHERE}/)", f"[S](http://{ELSEWHERE}/)", f"http://{ELSEWHERE}", f"<img src=//{ELSEWHERE}>")


def parameters() -> dict[str, list[str]]:
    """Every parameter of every page, as docs/reference.md lists them, and every setting of a run."""
    found: dict[str, list[str]] = {}
    for pages, name in re.findall(r"^\| ((?:`/\w*`(?:, )?)+) \| `(\w+)` \|", REFERENCE, re.MULTILINE):
        for page in re.findall(r"`(/\w*)`", pages):
            found.setdefault(page, []).append(name)
    found["/train"] += ["start_model", "frozen", "epochs", "optimizer"]
    return found


def made_of(page: Page) -> list[str]:
    """Addresses of links, pictures and frames on the page that lead elsewhere."""
    script = """(elsewhere) => [...document.querySelectorAll("a, img, iframe")]
        .map(node => node.href || node.src)
        .filter(address => address && new URL(address, location).host.includes(elsewhere))"""
    found: list[str] = page.evaluate(script, ELSEWHERE)
    return found


@pytest.mark.parametrize("path", ["/", "/layers", "/samples", "/train", "/runs"])
def test_no_parameter_becomes_a_link_a_picture_or_a_request(path: str, visit: OpenPage, server: Server) -> None:
    asked: list[str] = []
    names = parameters()[path]
    page = visit("/runs" if path != "/runs" else "/")
    page.on("request", lambda request: asked.append(request.url))
    for turn in range(2):
        kinds = {name: KINDS[(number + turn) % len(KINDS)] for number, name in enumerate(names)}
        page.goto(f"{server.url}{path}?" + "&".join(f"{name}={quote(kind)}" for name, kind in kinds.items()))
        expect(page.locator(".stApp[data-test-script-state=notRunning]")).to_be_visible()
        assert made_of(page) == []
    assert [url for url in asked if ELSEWHERE in url.partition("?")[0]] == []


def test_no_name_of_a_run_becomes_a_link_or_a_picture(visit: OpenPage, server: Server) -> None:
    with Store(f"sqlite:///{server.home / 'digitlab.db'}") as store:
        job = store.runs.create(OPERATOR, name=NASTY, recipe=NASTY, parameters=10, spec={"config": {}}).job
        store.runs.annotate(OPERATOR, job.id, NASTY)
        store.jobs.stop(OPERATOR, job.id)
    try:
        for path in ("/runs", f"/runs?chosen={job.id}", f"/train?run={job.id}"):
            page = visit(path)
            expect(page.locator(".stApp[data-test-script-state=notRunning]")).to_be_visible()
            assert made_of(page) == []
    finally:
        with Store(f"sqlite:///{server.home / 'digitlab.db'}") as store:
            store.runs.delete(OPERATOR, job.id)
