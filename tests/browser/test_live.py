"""The live answer in Chromium: it follows the pen, agrees with the server, and stays out of the way when it cannot."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from digitlab.drawing.strokes import Drawing
from tests.browser.hand import expect_answer, pad
from tests.browser.live_page import IDLE, LIVE, SETTLED, expect_blank, expect_picture, open_page, seen
from tests.browser.pen import Pen, Stroke
from tests.browser.server import Server

PER_PIXEL = 4.0  # of 255, on average
NOTE = ".dl-live-note:visible"


def draw_and_settle(page: Page, stroke: Stroke) -> None:
    """Draw a stroke that changes the 28×28 and wait until the server's has taken the live one's place."""
    before = seen(page).ravel().tolist()
    Pen(page).draw(stroke)
    page.wait_for_function(
        """(before) => {
          const { data } = document.querySelector(".st-key-seen canvas").getContext("2d").getImageData(0, 0, 28, 28)
          const changed = before.some((value, at) => value !== data[4 * at])
          return changed && document.querySelector(".dl-live[data-source=server]") !== null
        }""",
        arg=before,
    )


def shares(page: Page) -> list[float]:
    """The lengths of the ten bars."""
    found: list[float] = page.evaluate(
        """() => [...document.querySelectorAll(".st-key-bars .dl-bar")].map((bar) =>
             Number(bar.style.getPropertyValue("--share")))"""
    )
    return found


def answer(page: Page) -> str:
    return page.inner_text(".st-key-answer").strip()


def draw_and_compare(page: Page, pen: Pen, stroke: Stroke) -> None:
    """Draw; what the page says before the pen is lifted must be what the server says after."""
    pen.down(stroke)
    page.wait_for_selector(LIVE + IDLE)
    live_picture, live_shares, live_answer = seen(page), shares(page), answer(page)
    pen.up()
    page.wait_for_selector(SETTLED)
    assert np.abs(seen(page) - live_picture).mean() <= PER_PIXEL
    assert np.abs(np.subtract(shares(page), live_shares)).max() <= 5e-3
    assert answer(page)[0] == live_answer[0]


def expect_digit(page: Page, digit: str) -> None:
    """Wait until the page says so, whether by itself or after the server."""
    expect(page.locator(".st-key-answer .dl-digit")).to_have_text(digit)


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    open_page(page, server)
    yield page
    context.close()
    assert not problems


def test_the_canvas_is_where_the_live_answer_looks_for_it(page: Page) -> None:
    """Fails when an upgrade of streamlit-drawable-canvas moves its surface, its toolbar or the edit switch."""
    module = page.evaluate(
        "() => performance.getEntriesByType('resource').map(({ name }) => name).find((name) => name.endsWith('pad.js'))"
    )
    found = page.evaluate(
        """async (module) => {
          const { findPad } = await import(module)
          const { surface, toolbar, isEditing } = findPad()
          return [surface.width, surface.height, toolbar.querySelectorAll("button").length > 4, isEditing]
        }""",
        module,
    )
    assert found == [280, 280, True, False]


def test_streamlit_says_how_it_stands_with_the_server(page: Page) -> None:
    """Fails when an upgrade of Streamlit moves what app.js reads."""
    page.wait_for_selector(
        '[data-testid="stApp"][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]'
    )
    # A run may be over before anyone who asks now and then has seen it.
    page.evaluate(
        """() => {
          const app = document.querySelector('[data-testid="stApp"]')
          window.states = []
          const note = () => window.states.push(app.getAttribute("data-test-script-state"))
          new MutationObserver(note).observe(app, { attributes: true })
        }"""
    )
    Pen(page).draw([[60, 60], [220, 60]])
    page.wait_for_function("window.states.includes('running')")


def test_answer_bars_and_picture_follow_the_pen(page: Page, seven: Drawing) -> None:
    pen = Pen(page)
    assert answer(page).startswith("?")
    pen.down(seven.strokes[0].tolist())
    page.wait_for_selector(LIVE)
    expect_digit(page, "7")
    assert seen(page).max() == 255
    assert abs(sum(shares(page)) - 1) < 0.01
    pen.up()


@pytest.mark.parametrize("kind", ["mouse", "touch", "pen"])
@pytest.mark.parametrize(("ratio", "zoom"), [(1, 1.0), (2, 1.0), (3, 1.25)])
def test_live_agrees_with_the_server(
    browser: Browser, server: Server, three: Drawing, kind: str, ratio: int, zoom: float
) -> None:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, device_scale_factor=ratio, has_touch=kind == "touch"
    )
    page = context.new_page()
    open_page(page, server)
    page.evaluate("(zoom) => { document.documentElement.style.zoom = zoom }", zoom)
    draw_and_compare(page, Pen(page, kind), three.strokes[0].tolist())
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(browser: Browser, server: Server, three: Drawing, scheme: str) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    open_page(page, server)
    draw_and_compare(page, Pen(page), three.strokes[0].tolist())
    context.close()


def test_dots_straight_lines_zigzags_and_strokes_that_leave_the_pad_agree(page: Page) -> None:
    zigzag = np.random.default_rng(7).uniform(20, 260, (30, 2)).tolist()
    pen = Pen(page)
    for number, stroke in enumerate(
        (
            [[140, 140]],
            [[60, 60], [220, 60]],
            [[60, 61], [60, 62], [61, 64], [64, 70], [100, 200]],
            [[200, 200], [330, 200], [330, 120]],
            zigzag,
        )
    ):
        if number:
            page.keyboard.press("x")
            expect_blank(page)
        draw_and_compare(page, pen, stroke)


def test_a_stroke_that_begins_before_the_last_one_is_answered(page: Page, seven: Drawing) -> None:
    pen = Pen(page)
    pen.draw(seven.strokes[0].tolist())
    pen.down([[90, 150], [120, 150], [190, 150]])
    # The server answers to the first while the second is drawn.
    expect(page.locator(".st-key-answer .dl-answer")).not_to_have_attribute("data-reading", "00000000")
    expect(page.locator(LIVE + IDLE)).to_have_count(1)
    live = seen(page)
    pen.up()
    page.wait_for_selector(SETTLED)
    assert np.abs(seen(page) - live).mean() <= PER_PIXEL


def test_undo_and_clear_take_the_live_strokes_away(page: Page, three: Drawing) -> None:
    draw_and_settle(page, three.strokes[0].tolist())
    before = seen(page)
    draw_and_settle(page, [[30, 250], [250, 250]])
    assert np.abs(seen(page) - before).mean() > PER_PIXEL
    page.keyboard.press("u")
    expect_picture(page, before)
    page.keyboard.press("x")
    expect_blank(page)


def test_the_toolbar_of_the_canvas_is_followed(page: Page, three: Drawing) -> None:
    draw_and_settle(page, three.strokes[0].tolist())
    # Clicked as from the keyboard: it floats over the page's head where the mouse may not reach it.
    page.locator(".st-key-pad [aria-label='Reset canvas & history']").evaluate("(button) => button.click()")
    expect_blank(page)


def test_a_rerun_sends_no_module_and_no_weights_again(page: Page, three: Drawing) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    draw_and_settle(page, three.strokes[0].tolist())
    assert not [url for url in asked if "/api/" in url or "health" in url]


def test_leaving_and_entering_twenty_times_leaves_one_listener(page: Page) -> None:
    browser_side = page.context.new_cdp_session(page)

    def listeners() -> int:
        document = browser_side.send("Runtime.evaluate", {"expression": "document"})["result"]["objectId"]
        found = browser_side.send("DOMDebugger.getEventListeners", {"objectId": document})["listeners"]
        return sum(listener["type"] == "pointerdown" and listener["useCapture"] for listener in found)

    before = listeners()
    for _ in range(20):
        page.get_by_role("link", name="Train").click()
        page.wait_for_selector(".dl-live", state="detached")
        page.get_by_role("link", name="Draw").click()
        page.wait_for_selector(".dl-live[data-ready]")
    assert listeners() == before
    assert len(page.workers) == 1


@pytest.mark.parametrize("broken", ["live/live.js", "live/worker.js", "web/layers.js", "/api/weights/"])
def test_without_module_worker_or_weights_the_server_answers(
    browser: Browser, server: Server, three: Drawing, broken: str
) -> None:
    context = browser.new_context()
    context.route(lambda url: broken in url, lambda route: route.fulfill(status=404, body="gone"))
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_selector(NOTE)
    assert "the page answers after each stroke" in page.inner_text(NOTE)
    draw_and_settle(page, three.strokes[0].tolist())
    expect_answer(page, "3")
    context.close()


def test_a_layer_that_the_page_cannot_compute_falls_back(browser: Browser, server: Server) -> None:
    def with_unknown_layer(route: Route) -> None:
        body = route.fetch().body().replace(b'"kind":"flatten"', b'"kind":"unknown"')
        route.fulfill(body=body, content_type="application/octet-stream")

    context = browser.new_context()
    context.route(lambda url: "/api/weights/" in url, with_unknown_layer)
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_selector(NOTE)
    context.close()


def test_the_answer_does_not_wait_for_the_browsers_frame(page: Page) -> None:
    """The browser keeps the events that draw for its next frame, and tells at once where the pen is."""
    Pen(page).down([[60, 60], [200, 60]])
    page.wait_for_selector(LIVE + IDLE)
    before = seen(page)
    pad(page).evaluate(
        """(surface) => {
          const { left, top } = surface.getBoundingClientRect()
          const at = { clientX: left + 100, clientY: top + 220, buttons: 1, isPrimary: true, pointerType: "mouse" }
          surface.dispatchEvent(new PointerEvent("pointerrawupdate", { ...at, bubbles: true, composed: true }))
        }"""
    )
    page.wait_for_selector(IDLE)
    assert np.abs(seen(page) - before).mean() > PER_PIXEL


def test_the_toolbar_of_the_canvas_is_seen_when_a_key_leads_there(page: Page) -> None:
    page.locator(".st-key-pad [aria-label='Edit']").focus()
    expect(page.locator(".st-key-pad .dc-toolbar")).to_have_css("opacity", "1")
    expect(page.locator(".st-key-pad .dc-toolbar")).to_have_css("top", "0px")


def test_served_under_a_path_the_modules_and_weights_are_found(browser: Browser, tmp_path: Path) -> None:
    server = Server(tmp_path, options=("--server.baseUrlPath", "class/digits"))
    page = browser.new_context().new_page()
    open_page(page, server, "/class/digits/?model=two-conv-64-dropout")
    page.context.close()
    server.stop()
    assert not server.complaints()


def test_the_answer_goes_on_while_the_server_is_gone_and_the_drawing_is_kept(
    browser: Browser, fresh_server: Server, seven: Drawing
) -> None:
    context = browser.new_context()
    page = context.new_page()
    open_page(page, fresh_server)
    Pen(page).draw([[20, 20], [20, 20]])
    expect(page.locator(".st-key-layer_conv_1 img")).to_be_visible()  # Streamlit fetches what shows pictures now
    page.evaluate(
        """() => {
          window.dialogs = 0
          const words = () => document.querySelector("[role=dialog]")?.innerText
          const watcher = new MutationObserver(() => { window.dialogs += /Connection error/.test(words()) })
          watcher.observe(document.body, { childList: true, subtree: true })
        }"""
    )
    page.keyboard.press("x")
    expect_blank(page)
    fresh_server.stop()
    pen = Pen(page)
    pen.draw(seven.strokes[0].tolist())
    expect_digit(page, "7")
    page.wait_for_selector(NOTE)
    assert "maps will follow" in page.inner_text(NOTE)
    # Streamlit's dialog would lie over the pad.
    page.wait_for_function("window.dialogs > 0 && !document.querySelector('[role=dialog]')")
    before = seen(page)
    pen.draw([[90, 150], [120, 150], [190, 150]])
    page.wait_for_selector(LIVE + IDLE)
    drawn = seen(page)
    assert np.abs(drawn - before).mean() > PER_PIXEL
    again = Server(fresh_server.home, port=fresh_server.port)
    page.wait_for_selector(NOTE, state="detached")
    page.wait_for_selector(SETTLED)
    expect(page.locator(".st-key-layer_conv_1 img")).to_be_visible()
    assert np.abs(seen(page) - drawn).mean() <= PER_PIXEL
    context.close()
    again.stop()
    assert not again.complaints()
