"""The Draw page in Chromium: what a person does there, with the mouse, the keyboard and a finger."""

import re
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from digitlab.drawing.strokes import Drawing
from digitlab.networks import zoo
from harness.hand import corner, draw, draw_with_finger, expect_answer, expect_empty, expect_maps, pad, pixels
from harness.live_page import expect_held, expect_other_picture, seen
from tests.browser.conftest import OpenPage

TWO_CONV = "/?model=two-conv-128-dropout"


def open_link_from_clipboard(page: Page) -> str:
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("[data-said='Link copied']")).to_be_visible()
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_three_and_seven_drawn_with_the_mouse_are_read(visit: OpenPage, three: Drawing, seven: Drawing) -> None:
    page = visit(TWO_CONV)
    draw(page, three)
    expect_answer(page, "3")
    expect(page.locator(".st-key-bars .dl-best")).to_have_attribute("data-digit", "3")
    first = pixels(expect_maps(page, "conv_1"))
    page.get_by_role("button", name="Clear").click()
    expect_empty(page)
    draw(page, seven)
    expect_answer(page, "7")
    for layer in ("max_pool_1", "conv_2", "max_pool_2", "flatten_1", "dense_1", "dense_2"):
        expect_maps(page, layer)
    assert (pixels(expect_maps(page, "conv_1")) != first).any()


def test_seven_drawn_with_a_finger_on_a_phone_does_not_scroll(visit: OpenPage, seven: Drawing) -> None:
    page = visit(TWO_CONV, phone=True)
    x, y, side = corner(page)
    assert x >= 0
    assert x + side <= 390
    draw_with_finger(page, seven)
    expect_answer(page, "7")
    assert corner(page) == (x, y, side)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing sticks out sideways"


def test_drawing_survives_another_model(visit: OpenPage, three: Drawing) -> None:
    page = visit(TWO_CONV)
    draw(page, three)
    expect_answer(page, "3")
    page.locator(".st-key-model_choice input").click()
    page.get_by_role("option", name=re.compile("two-conv-64-dropout")).click()
    expect(page).to_have_url(re.compile("model=two-conv-64-dropout"))
    expect_answer(page, "3")


def test_copied_link_shows_another_person_the_same(visit: OpenPage, seven: Drawing) -> None:
    page = visit(TWO_CONV)
    draw(page, seven)
    expect_answer(page, "7")
    url = urlparse(open_link_from_clipboard(page))
    assert parse_qs(url.query)["model"] == [zoo.find("two-conv-128-dropout").hash]
    other = visit(f"/?{url.query}")
    expect_answer(other, "7")


def test_surprise_is_a_test_digit_and_the_drawing_comes_back(visit: OpenPage, three: Drawing) -> None:
    page = visit(TWO_CONV)
    draw(page, three)
    expect_answer(page, "3")
    page.get_by_role("button", name="Surprise me").click()
    expect(page).to_have_url(re.compile(r"digit=\d+"))
    expect(page.get_by_text("Its label says")).to_be_visible()
    assert "digit=" in open_link_from_clipboard(page)
    page.get_by_role("button", name="Back to the pad").click()
    expect_answer(page, "3")


def test_switching_a_step_off_changes_what_the_network_sees(visit: OpenPage, three: Drawing) -> None:
    page = visit(TWO_CONV)
    draw(page, three)
    expect_answer(page, "3")
    expect_held(page)
    page.get_by_text("How the drawing became 28×28").click()
    expect(page.locator(".st-key-stages img")).to_have_count(5)
    before = seen(page)
    page.get_by_text("Scale to 20×20").click()
    expect(page.locator(".st-key-stages img")).to_have_count(4)
    expect_other_picture(page, before)


def test_summary_and_code_are_one_click_away(visit: OpenPage) -> None:
    page = visit(TWO_CONV)
    page.get_by_role("button", name="Summary").click()
    expect(page.get_by_text("225,034", exact=True).last).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keras code").click()
    expect(page.get_by_text("keras.Sequential")).to_be_visible()


def test_controls_can_be_reached_with_the_keyboard(visit: OpenPage, three: Drawing) -> None:
    page = visit(TWO_CONV)
    draw(page, three)
    expect_answer(page, "3")
    expect(page.get_by_role("button", name="Surprise me")).to_be_visible()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.innerText || document.activeElement.ariaLabel || ''").strip())
    for name in ("Undo", "Clear", "Surprise me", "Photo", "Summary", "Keras code"):
        assert any(name in text for text in reached), name


@pytest.mark.parametrize("dark", [False, True])
def test_no_leftovers_of_streamlit(visit: OpenPage, dark: bool) -> None:
    page = visit(TWO_CONV, dark=dark)
    expect(pad(page)).to_be_visible()
    expect(page.get_by_text("Deploy", exact=True)).to_have_count(0)
    expect(page.get_by_text("Made with Streamlit")).to_have_count(0)
    pictures = page.locator("img")
    assert all(pictures.nth(index).get_attribute("alt") for index in range(pictures.count()))
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert background == ("rgb(18, 20, 28)" if dark else "rgb(251, 250, 247)")
