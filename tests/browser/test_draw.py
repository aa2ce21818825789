"""The Draw page in Chromium: what a person does there, with the mouse, the keyboard and a finger."""

import re
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from digitlab.drawing.strokes import Drawing
from digitlab.networks import zoo
from tests.browser.conftest import OpenPage
from tests.browser.hand import corner, draw, draw_with_finger, expect_answer, expect_maps, pad, pixels

TWO_CONV = "/?model=two-conv-128-dropout"


def open_link_from_clipboard(page: Page) -> str:
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_three_and_seven_drawn_with_the_mouse_are_read(visit: OpenPage, three: Drawing, seven: Drawing) -> None:
    page = visit(TWO_CONV)
    draw(page, three)
    expect_answer(page, "3")
    expect(page.locator(".st-key-bars .dl-best")).to_have_attribute("data-digit", "3")
    first = expect_maps(page, "conv_1").get_attribute("src")
    page.get_by_role("button", name="Clear").click()
    expect_answer(page, "?")
    draw(page, seven)
    expect_answer(page, "7")
    for layer in ("max_pool_1", "conv_2", "max_pool_2", "flatten_1", "dense_1", "dense_2"):
        expect_maps(page, layer)
    assert expect_maps(page, "conv_1").get_attribute("src") != first


def test_seven_drawn_with_a_finger_on_a_phone_does_not_scroll(visit: OpenPage, seven: Drawing) -> None:
    page = visit(TWO_CONV, phone=True)
    x, y = corner(page)
    assert x >= 0
    assert x + 280 <= 390
    draw_with_finger(page, seven)
    expect_answer(page, "7")
    assert corner(page) == (x, y)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing sticks out sideways"


def test_all_is_in_view_without_scrolling(visit: OpenPage, three: Drawing) -> None:
    page = visit(TWO_CONV)
    draw(page, three)
    expect_answer(page, "3")
    expect_maps(page, "conv_1")
    for part in (".st-key-pad", ".st-key-answer", ".st-key-bars", ".st-key-seen", ".st-key-layer_conv_1 img"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= 800, part
        assert box["x"] + box["width"] <= 1280, part


def test_undo_and_clear_have_keys(visit: OpenPage, seven: Drawing) -> None:
    page = visit(TWO_CONV)
    draw(page, seven)
    expect_answer(page, "7")
    maps = expect_maps(page, "conv_1")
    before = maps.get_attribute("src") or ""
    draw(page, Drawing.of([[[60, 30], [60, 250]]]))
    expect(maps).not_to_have_attribute("src", before)
    both = maps.get_attribute("src") or ""
    page.keyboard.press("u")
    expect(maps).not_to_have_attribute("src", both)
    # The canvas gives a stroke back with other last digits: a level of grey may go either way.
    assert np.abs(pixels(maps.get_attribute("src") or "") - pixels(before)).max() <= 2
    page.keyboard.press("x")
    expect_answer(page, "?")


def test_equal_seeds_clear_twice(visit: OpenPage, three: Drawing) -> None:
    page = visit(TWO_CONV)
    blank = "() => !inked()"
    page.add_script_tag(content=INKED)
    expect(pad(page)).to_be_visible()
    for _ in range(2):
        draw(page, three)
        expect_answer(page, "3")
        assert page.evaluate("inked()")
        page.get_by_role("button", name="Clear").click()
        expect_answer(page, "?")
        page.wait_for_function(blank)


INKED = """
window.inked = () => {
  const root = [...document.querySelectorAll(".st-key-pad *")].find(node => node.shadowRoot)?.shadowRoot
  const canvas = root?.querySelector("canvas.dc-canvas.lower-canvas")
  if (!canvas) return false
  const small = new OffscreenCanvas(28, 28).getContext("2d", { willReadFrequently: true })
  small.drawImage(canvas, 0, 0, 28, 28)
  return small.getImageData(0, 0, 28, 28).data.some((value, at) => at % 4 == 0 && value > 128)
}
"""


def test_drawing_survives_another_page_and_another_model(visit: OpenPage, three: Drawing) -> None:
    page = visit(TWO_CONV)
    draw(page, three)
    expect_answer(page, "3")
    page.get_by_role("link", name="Samples").click()
    expect(page.locator(".st-key-sheet .dl-sheet-digit >> nth=0")).to_be_visible()
    page.get_by_role("link", name="Draw").click()
    expect_answer(page, "3")
    page.add_script_tag(content=INKED)
    page.wait_for_function("inked()")
    page.locator(".st-key-model_choice input").click()
    page.get_by_role("option", name=re.compile("two-conv-64-dropout")).click()
    expect(page).to_have_url(re.compile("model=two-conv-64-dropout"))
    expect_answer(page, "3")
    page.wait_for_function("inked()")


def test_copied_link_shows_another_person_the_same(visit: OpenPage, seven: Drawing) -> None:
    page = visit(TWO_CONV)
    draw(page, seven)
    expect_answer(page, "7")
    url = urlparse(open_link_from_clipboard(page))
    assert parse_qs(url.query)["model"] == [zoo.find("two-conv-128-dropout").hash]
    other = visit(f"/?{url.query}")
    expect_answer(other, "7")
    other.add_script_tag(content=INKED)
    other.wait_for_function("inked()")
    texts = [p.locator(".st-key-bars").inner_text() for p in (page, other)]
    assert texts[0] == texts[1]


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
    page.add_script_tag(content=INKED)
    page.wait_for_function("inked()")


def test_switching_a_step_off_changes_what_the_network_sees(visit: OpenPage, three: Drawing) -> None:
    page = visit(TWO_CONV)
    draw(page, three)
    expect_answer(page, "3")
    page.get_by_text("How the drawing became 28×28").click()
    expect(page.locator(".st-key-stages img")).to_have_count(5)
    seen = page.locator(".st-key-seen")
    page.get_by_text("Scale to 20×20").click()
    expect(page.locator(".st-key-stages img")).to_have_count(4)
    expect(seen).to_contain_text("1 step is switched off")


def test_summary_and_code_are_one_click_away(visit: OpenPage) -> None:
    page = visit(TWO_CONV)
    page.get_by_role("button", name="Summary").click()
    expect(page.get_by_text("225,034", exact=True).last).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keras code").click()
    expect(page.get_by_text("keras.Sequential")).to_be_visible()


def test_controls_can_be_reached_with_the_keyboard(visit: OpenPage) -> None:
    page = visit(TWO_CONV)
    expect(page.get_by_role("button", name="Surprise me")).to_be_visible()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.innerText || document.activeElement.ariaLabel || ''").strip())
    for name in ("Undo", "Clear", "Surprise me", "Upload", "Summary", "Keras code"):
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
