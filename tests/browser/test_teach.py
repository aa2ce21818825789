"""Correcting answers in Chromium: what a visitor says is kept, shown, changed and deleted, and nobody else sees it."""

import json
import re

from playwright.sync_api import Page, expect

from digitlab.drawing.strokes import Drawing
from harness.hand import draw, expect_answer, expect_empty
from tests.browser.conftest import PATIENCE, OpenPage

MINE = ".st-key-mine"


def fetched(page: Page, path: str) -> tuple[int, bytes]:
    """What a path of the app gives this browser."""
    answer = page.context.request.get(page.url.split("/samples")[0] + path)
    return answer.status, answer.body()


def test_a_correction_is_kept_shown_relabelled_downloaded_shared_and_deleted(
    visit: OpenPage, seven: Drawing, three: Drawing
) -> None:
    page = visit("/?model=two-conv-128-dropout")
    draw(page, seven)
    page.get_by_role("link", name="Layers").first.click()  # at once: the stroke comes along
    expect(page.get_by_text("Your drawing")).to_be_visible()
    page.get_by_role("link", name="Draw").first.click()
    expect(page.locator(".st-key-maps")).to_be_visible()
    expect_answer(page, "7")
    teach = page.locator(".dl-question")
    expect(teach).to_contain_text("Is this right?")
    draw(page, Drawing.of([[[110, 150], [170, 150]]]))
    teach.get_by_role("button", name="1", exact=True).click()  # at once: it is meant for the drawing with this stroke
    expect(teach).to_contain_text("Save your corrections?")
    teach.get_by_role("button", name="Save", exact=True).click()
    expect(teach).to_contain_text("Saved as 1")
    page.get_by_role("button", name="Undo").click()
    expect(teach).not_to_contain_text("Saved as")
    page.get_by_role("button", name="Clear").click()
    expect_empty(page)
    draw(page, three)
    expect_answer(page, "3")
    page.get_by_role("button", name="Right").click()  # nobody asks to agree again
    expect(teach).to_contain_text("Saved as 3")

    page.get_by_role("link", name="See your digits").click()
    mine = page.locator(MINE)
    expect(mine).to_contain_text("2 of at most 2,000 drawings. The networks read 1 of them correctly.")
    first, second = json.loads(fetched(page, "/api/drawings.json")[1])["drawings"]
    assert (first["label"], second["label"], second["answered"]) == (3, 1, 7)
    assert len(second["strokes"]) == 1 + len(seven.strokes)
    expect(mine.get_by_alt_text("Your drawing, label 1")).to_have_js_property("naturalWidth", 28)

    wrong = page.locator(f".st-key-mine_{second['number']}")
    wrong.get_by_role("combobox").click()
    page.get_by_role("option", name="7").click()
    expect(wrong).to_contain_text("Correct")
    assert json.loads(fetched(page, "/api/drawings.json")[1])["drawings"][1]["label"] == 7

    page.get_by_role("button", name="Train on my digits").click()
    expect(page).to_have_url(re.compile(r"[?&]run=\d+"))
    learned = page.locator(".st-key-learned")
    expect(learned).to_contain_text("MNIST test digits", timeout=3 * PATIENCE)
    expect(learned.locator("tr").filter(has_text="Drawings")).to_contain_text(re.compile(r"2 of 2\s*2 of 2"))
    page.goto(page.url.split("/train")[0] + "/samples?section=mine")

    other = visit("/samples?section=mine")
    expect(other.get_by_text("No drawings yet.")).to_be_visible()
    picture = f"/api/drawings/{second['number']}.png"
    assert fetched(other, picture)[0] == 404
    assert json.loads(fetched(other, "/api/drawings.json")[1])["drawings"] == []
    wrong.get_by_text("Share").click()
    expect(page.locator(f"[class*='st-key-share_{second['number']}_True']")).to_be_visible()
    other.reload()
    expect(other.get_by_text("Shared by others")).to_be_visible()
    assert fetched(other, picture)[0] == 200

    wrong.get_by_role("button", name="Delete").click()
    expect(mine).to_contain_text("1 of at most")
    assert fetched(page, picture)[0] == fetched(other, picture)[0] == 404
    page.get_by_role("button", name="Delete all", exact=True).click()
    page.get_by_role("button", name="Delete all drawings").click()
    expect(page.get_by_text("No drawings yet.")).to_be_visible()
    assert json.loads(fetched(page, "/api/drawings.json")[1])["drawings"] == []
