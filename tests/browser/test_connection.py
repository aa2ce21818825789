"""A page whose server goes away says so in a sentence, and goes on by itself when the server is back."""

from playwright.sync_api import Browser, expect

from harness.server import Server
from tests.browser.conftest import PATIENCE, OpenPage

LOST = "No connection to the server. This page continues when the server is back."


def test_a_page_without_its_server_says_so_and_goes_on_with_a_new_one(browser: Browser, fresh_server: Server) -> None:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{fresh_server.url}/runs")
    line = page.locator(".dl-lost")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    expect(line).to_be_hidden()
    fresh_server.stop()
    expect(line).to_have_text(LOST)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "streamlit" not in page.locator("body").inner_text().lower()
    again = Server(fresh_server.home, port=fresh_server.port)
    try:
        expect(line).to_be_hidden()
    finally:
        context.close()
        again.stop()
        again.end_workers()


def test_the_name_of_the_draw_page_leads_to_it(visit: OpenPage) -> None:
    page = visit("/draw?model=fast")
    expect(page.locator(".st-key-pad")).to_be_visible()
    assert page.url.endswith("/?model=fast")
