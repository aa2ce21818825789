"""Pictures, good and bad, uploaded in Chromium: an answer or one sentence, and the page goes on."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from digitlab.drawing.strokes import Drawing
from harness.hand import draw, expect_answer, expect_empty
from harness.live_page import READY
from tests.browser.conftest import OpenPage
from tests.test_picture import drawn_picture, encoded, png_of


def upload(page: Page, name: str, data: bytes) -> None:
    page.locator(".dl-file").set_input_files({"name": name, "mimeType": "image/png", "buffer": data})


def good_pictures(seven: Drawing) -> dict[str, bytes]:
    """Unusual, yet to be read."""
    plain = drawn_picture(seven)
    clear = drawn_picture(seven, paper=(0, 0, 0, 0), ink=(0, 0, 0, 255), mode="RGBA")
    return {
        "plain.png": encoded(plain),
        "photograph.jpg": encoded(plain, "JPEG"),
        "cmyk.jpg": encoded(plain.convert("CMYK"), "JPEG"),
        "deep.png": encoded(plain.convert("I;16").point(lambda value: value * 257)),
        "transparent.png": encoded(clear),
        "animated.webp": encoded(plain, "WEBP", save_all=True, append_images=[Image.new("L", plain.size, 255)]),
    }


BAD = {
    "broken.png": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "cut.jpg": b"\xff\xd8\xff\xe0" + bytes(20),
    "text.png": b"this is no picture",
    "wide.png": png_of(5_000, 20),
    "bomb.png": png_of(60_000, 60_000),
    "blank.png": encoded(Image.new("L", (200, 200), 255)),
}


def test_good_pictures_are_read(visit: OpenPage, seven: Drawing) -> None:
    page = visit("/?model=two-conv-128-dropout")
    page.wait_for_selector(READY, state="attached")
    for name, data in good_pictures(seven).items():
        upload(page, name, data)
        expect(page.locator(".dl-photo p")).to_contain_text("1 digit found")
        expect_answer(page, "7")
        if name == "photograph.jpg":
            page.get_by_text("How the drawing became 28×28").click()
            expect(page.locator(".st-key-stages img")).to_have_count(3)  # the photo, its ink, the 28×28
        page.get_by_role("button", name="Close photo").click()
        expect_empty(page)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_bad_pictures_give_a_sentence_and_the_page_goes_on(visit: OpenPage, seven: Drawing) -> None:
    page = visit("/?model=two-conv-128-dropout")
    page.wait_for_selector(READY, state="attached")
    for name, data in BAD.items():
        upload(page, name, data)
        expect(page.locator(".dl-photo p")).to_contain_text(name)
        expect(page.locator(".dl-photo p")).to_have_text(re.compile(r"\.$"))
        page.get_by_role("button", name="Close photo").click()
        expect_empty(page)
    draw(page, seven)
    expect_answer(page, "7")


def test_a_page_of_digits_has_a_box_for_each_and_one_is_read_when_pressed(
    visit: OpenPage, seven: Drawing, three: Drawing
) -> None:
    page = visit("/?model=two-conv-128-dropout")
    page.wait_for_selector(READY, state="attached")
    sheet = Image.new("L", (900, 400), 255)
    sheet.paste(drawn_picture(seven).resize((300, 300)), (60, 50))
    sheet.paste(drawn_picture(three).resize((300, 300)), (500, 50))
    upload(page, "sheet.png", encoded(sheet))
    boxes = page.locator(".dl-boxes button")
    expect(boxes).to_have_count(2)
    assert [boxes.nth(k).get_attribute("data-digit") for k in range(2)] == ["7", "3"]
    boxes.nth(1).click()
    expect_answer(page, "3")
    photo = page.locator(".dl-frame canvas").bounding_box()
    assert photo is not None
    across = [photo["x"] + share * photo["width"] for share in (0.03, 0.45, 0.98)]
    low, high = photo["y"] + 0.98 * photo["height"], photo["y"] + 0.04 * photo["height"]
    page.mouse.move(across[0], high)  # a drag chooses a part
    page.mouse.down()
    page.mouse.move(across[1], low, steps=4)
    page.mouse.up()
    expect(boxes).to_have_count(1)
    expect_answer(page, "7")
    page.mouse.click(across[2], low)  # a press beside it brings the whole photo back
    expect(boxes).to_have_count(2)
    assert page.locator(".dl-frame canvas").bounding_box() == photo


def test_file_that_is_too_large_is_refused_in_a_sentence(visit: OpenPage, tmp_path: Path) -> None:
    page = visit()
    page.wait_for_selector(READY, state="attached")
    large = tmp_path / "large.png"
    large.write_bytes(bytes(21_000_000))
    page.locator(".dl-file").set_input_files(large)
    expect(page.locator(".dl-photo p")).to_contain_text("large.png")
