"""Runs that go on in Chromium: over a restart of the server, under a reader's zoom, trial by trial of a search."""

import re
from contextlib import closing

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE, OpenPage
from tests.browser.server import Server
from tests.browser.test_train import SMALL, curve, expect_more_steps, expect_state, start, steps_done, tell

# The part of the accuracy chart that is seen, and whether it was drawn anew since one was noted.
SEEN = """() => {
    const chart = document.querySelector(".st-key-accuracy .js-plotly-plot")
    if (!chart?.layout?.yaxis?.range) return null
    const { xaxis, yaxis } = chart.layout
    return { ranges: [...xaxis.range, ...yaxis.range].map(Number) }
}"""
PLOT = """() => {
    const { x, y, width, height } =
        document.querySelector(".st-key-accuracy .nsewdrag")?.getBoundingClientRect() ?? { width: 0 }
    return width > 100 && { x, y, width, height }
}"""
DRAWN_ANEW = "() => { const chart = document.querySelector('.st-key-accuracy .js-plotly-plot'); " + (
    "return chart?.layout && chart.querySelector('.nsewdrag') && chart !== window.noted }"
)


NOTE = "window.noted = document.querySelector('.st-key-accuracy .js-plotly-plot')"
SHOWS = f"wanted => ({SEEN})()?.ranges.every((end, k) => Math.abs(end - wanted[k]) < 1e-6 + Math.abs(wanted[k]) / 50)"


def zoom_in(page: Page) -> list[float]:
    """Drag over a part of the accuracy chart that has just been drawn; returns the ranges that are to be seen then."""
    page.evaluate(NOTE)
    page.wait_for_function(DRAWN_ANEW)
    box = page.wait_for_function(PLOT).json_value()
    left, right, low, high = page.evaluate(SEEN)["ranges"]
    page.evaluate(NOTE)
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.7, steps=2)
    page.mouse.up()
    wide, tall = right - left, high - low
    return [left + 0.2 * wide, left + 0.7 * wide, high - 0.7 * tall, high - 0.2 * tall]


def test_a_live_curve_goes_on_over_a_restart_and_a_zoom_over_new_rows(browser: Browser, fresh_server: Server) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1200})
    with closing(context):
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(fresh_server.url + SMALL)
        run = start(page)
        expect(curve(page)).to_be_visible(timeout=3 * PATIENCE)
        fresh_server.stop()
        before = steps_done(page)
        again = Server(fresh_server.home, port=fresh_server.port)
        try:
            expect_more_steps(page, before)  # in the same page, which nobody has reloaded
            expect(curve(page)).to_be_visible()

            runs = context.new_page()
            runs.goto(f"{fresh_server.url}/runs?chosen={run}")
            runs.wait_for_function(DRAWN_ANEW)
            for axis in ("Step", "Epoch"):  # the zoom of one means nothing on the other
                runs.get_by_role("radio", name=axis).click()
                zoomed = zoom_in(runs)
                runs.wait_for_function(DRAWN_ANEW)
                runs.wait_for_function(SHOWS, arg=zoomed)
            runs.evaluate(NOTE)
            runs.wait_for_function(DRAWN_ANEW)  # with rows that came after the zoom
            runs.wait_for_function(SHOWS, arg=zoomed)
            tell(page, "Stop")
            expect_state(page, "stopped")
        finally:
            again.stop()
        assert not again.complaints()


def test_a_search_shows_its_trials_as_they_come_and_the_best_as_a_run(visit: OpenPage) -> None:
    page = visit("/runs?view=Search")
    search = page.locator(".st-key-search")
    for label, value in (("Epochs of each trial", "1"), ("Digits to learn from", "500"), ("Trials", "2")):
        search.get_by_label(label, exact=True).fill(value)
        search.get_by_label(label, exact=True).press("Enter")
    search.get_by_role("button", name="Search", exact=True).click()
    expect(page).to_have_url(re.compile(r"[?&]search=\d+"))
    expect(search).to_contain_text("0 of 2 trials")
    expect(search).to_contain_text("1 of 2 trials", timeout=2 * PATIENCE)
    expect(search).to_contain_text("2 of 2 trials · finished", timeout=2 * PATIENCE)
    expect(search.locator(".st-key-search_lines .js-plotly-plot")).to_be_visible()
    search.get_by_role("button", name="Best so far").click()
    expect(page.get_by_role("heading", name=re.compile(r"Search \d+, trial [12] \(\d+\)"))).to_be_visible()
    assert re.search(r"[?&]chosen=\d+", page.url)
