"""A deep link to every page works on a server that nobody has visited."""

import re

import pytest
from playwright.sync_api import expect

from harness.hand import expect_answer
from harness.server import Server
from tests.browser.conftest import OpenPage
from tests.slow import quick

LINKS = {
    "/?digit=0": ".st-key-answer",
    "/layers?model=two-conv-64-dropout": ".dl-tile",
    "/samples?part=Test&only=3": ".st-key-sheet .dl-sheet-digit >> nth=0",
    "/train?recipe=five-by-five-1024": ".st-key-card_chosen_five-by-five-1024",
    "/runs?model=two-conv-64-dropout": ".st-key-accuracy_panel svg.marks",
    "/learn?lesson=two-conv-64-dropout&step=sum": ".st-key-lesson_live table",
}


@pytest.mark.parametrize("link", quick(LINKS, *(list(LINKS)[place] for place in (0, -1))))
def test_deep_link_on_a_fresh_server(fresh_server: Server, visit: OpenPage, link: str) -> None:
    page = visit(link, at=fresh_server.url)
    expect(page.locator(LINKS[link]).first).to_be_visible()
    expect(page.get_by_role("link", name="Samples").first).to_be_visible()
    if "digit" in link:
        expect_answer(page, "7")
    else:
        assert re.search(r"\?\w+=", page.url), "the query string stays"


def test_back_leads_to_the_page_before_as_it_was(visit: OpenPage) -> None:
    page = visit("/samples?part=Test&only=3")
    before = page.url
    page.get_by_role("link", name="Train").first.click()
    expect(page).to_have_url(re.compile(r"/train\?recipe="))  # the page's own choice
    train = page.url
    page.get_by_role("link", name="Runs", exact=True).first.click()
    expect(page.get_by_role("heading", name="Runs and models")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(train)
    expect(page.get_by_role("heading", name="Train a network")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(before)
    expect(page.locator(".st-key-sheet .dl-sheet-digit").first).to_be_visible()
