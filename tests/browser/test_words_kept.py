"""A language that changes keeps what a visitor chose."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage


def speak(page: Page, language: str) -> None:
    """Choose a language in the page's head."""
    page.locator(".dl-language select").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(".stApp[data-test-script-state=notRunning]")).to_be_visible()


def test_another_language_keeps_the_selection(visit: OpenPage) -> None:
    page = visit("/runs?chosen=fast,pen")
    compared = page.locator(".st-key-differences table")
    expect(compared).to_contain_text("fast")
    speak(page, "zh-Hant")
    expect(compared).to_contain_text("fast")
    expect(compared).to_contain_text("pen")
    expect(page).to_have_url(re.compile(r"[?&]chosen=fast(,|%2C)pen\b"))


def test_another_language_keeps_the_form(visit: OpenPage) -> None:
    page = visit("/train?recipe=two-conv-64-dropout&epochs=7")
    settings = page.locator(".st-key-part_tune summary")
    epochs = page.locator(".st-key-set_epochs input").first
    settings.click()
    expect(epochs).to_have_value("7")
    epochs.fill("8")
    epochs.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]epochs=8\b"))
    speak(page, "zh-Hans")
    expect(epochs).to_have_value("8")
    expect(page).to_have_url(re.compile(r"[?&]recipe=two-conv-64-dropout\b.*[?&]epochs=8\b"))


def test_another_language_keeps_the_form_of_a_search(visit: OpenPage) -> None:
    page = visit("/runs?view=search")
    form = page.locator(".st-key-search_form details")
    expect(form).to_be_attached()
    was_open = form.get_attribute("open") is not None
    form.locator("summary").click()
    expect(form).to_have_js_property("open", not was_open)
    speak(page, "zh-Hans")
    expect(form).to_have_js_property("open", not was_open)
