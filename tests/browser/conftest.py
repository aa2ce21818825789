"""The real app on a port of its own, a headless Chromium, and the promise that neither complains."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect, sync_playwright

from harness.server import ARGUMENTS, Server, chromium
from tests.browser.contexts import Contexts

PATIENCE = 60_000  # milliseconds that a busy machine may take for anything
expect.set_options(timeout=PATIENCE)

# On a deep link Streamlit's own page asks where the server is, first at the wrong place; the browser notes the 404.
# A drawing may be deleted while a page that shows it is being drawn again: its picture is gone.
KNOWN = re.compile(r"/\w+/_stcore/(health|host-config)$|/api/drawings/\d+\.png$")

# Chromium without a graphics card computes WebGL itself and remarks that this is slow.
SLOW_WEBGL = re.compile(r"GL Driver Message .*GPU stall")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that do not need a fresh one; its log is clean at the end."""
    started = Server(tmp_path_factory.mktemp("server"))
    yield started
    started.stop()
    started.end_workers()
    assert not started.complaints()


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A server that nobody has visited."""
    started = Server(tmp_path / "server")
    yield started
    started.stop()
    started.end_workers()
    assert not started.complaints()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def kept_contexts(playwright: Playwright, browser: Browser) -> Iterator[Contexts]:
    with Contexts(playwright, browser) as contexts:
        yield contexts


@pytest.fixture
def contexts(kept_contexts: Contexts) -> Iterator[Contexts]:
    """Where a test borrows the contexts that nothing is done to but to open pages."""
    yield kept_contexts
    kept_contexts.give_all_back()


OpenPage = Callable[..., Page]


@pytest.fixture
def visit(contexts: Contexts, server: Server) -> Iterator[OpenPage]:
    """Open a path of the app in a context of its own; at the end no console has an error."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning") or SLOW_WEBGL.search(message.text):
            return
        if not KNOWN.search(message.location.get("url", "")):
            said.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def visit(
        path: str = "/", *, at: str = "", phone: bool = False, dark: bool = False, like: Page | None = None
    ) -> Page:
        """`like`: another tab of this page's browser."""
        context = (
            like.context
            if like
            else contexts.borrow(
                viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 800},
                has_touch=phone,
                is_mobile=phone,
                color_scheme="dark" if dark else "light",
                permissions=["clipboard-read", "clipboard-write"],
            )
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: said.append(f"page error: {error}"))
        page.on("request", lambda request: _stays_here(request.url, said))
        page.goto((at or server.url) + path)
        return page

    yield visit
    assert not said


def _stays_here(url: str, said: list[str]) -> None:
    if not re.match(r"(http|ws)://(localhost|127\.0\.0\.1)[:/]|data:|blob:", url):
        said.append(f"asked elsewhere: {url}")
