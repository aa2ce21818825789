"""Runs that go on in Chromium: over a restart of the server, under a reader's zoom, trial by trial of a search."""

import re
from contextlib import closing

from playwright.sync_api import Browser, expect

from harness.server import Server
from tests.browser import panels
from tests.browser.conftest import PATIENCE, OpenPage
from tests.browser.test_train import SMALL, curve, expect_more_steps, expect_state, start, steps_done, tell


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
            expect(panels.chart(runs, "accuracy_panel")).to_be_visible()
            for axis in ("Step", "Epoch"):  # the zoom of one means nothing on the other
                runs.get_by_role("radio", name=axis).check()
                panels.expect_axis(runs, "accuracy_panel", axis)
                panels.expect_zoomed(runs, "accuracy_panel", False)
                panels.zoom_in(runs, "accuracy_panel")
            panels.expect_zoom_and_pointer_outlive_new_rows(runs, "accuracy_panel", updates=2)
            tell(page, "Stop")
            expect_state(page, "stopped")
        finally:
            again.stop()
        assert not again.complaints()


def test_a_search_shows_its_trials_as_they_come_and_the_best_as_a_run(visit: OpenPage) -> None:
    page = visit("/runs?view=Search")
    search = page.locator(".st-key-search")
    for label, value in (("Epochs per trial", "1"), ("Training digits", "500"), ("Trials", "2")):
        search.get_by_label(label, exact=True).fill(value)
        search.get_by_label(label, exact=True).press("Enter")
    search.get_by_role("button", name="Start search", exact=True).click()
    expect(page).to_have_url(re.compile(r"[?&]search=\d+"))
    expect(search).to_contain_text("0 of 2 trials")
    expect(search).to_contain_text("1 of 2 trials", timeout=2 * PATIENCE)
    expect(search).to_contain_text("2 of 2 trials · finished", timeout=2 * PATIENCE)
    expect(search.locator(".st-key-search_lines .js-plotly-plot")).to_be_visible()
    search.get_by_role("button", name="Best trial").click()
    expect(page.get_by_role("heading", name=re.compile(r"Run \d+ · Search \d+, trial [12] · "))).to_be_visible()
    assert re.search(r"[?&]chosen=\d+", page.url)
