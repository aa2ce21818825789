"""Pictures, good and bad, uploaded in Chromium: an answer or one sentence, and the page goes on."""

import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from digitlab.drawing.strokes import Drawing
from tests.browser.conftest import OpenPage
from tests.browser.hand import draw, expect_answer
from tests.test_picture import drawn_picture, encoded, png_of

ERROR = ".st-key-actions [data-testid=stAlert]"


def upload(page: Page, name: str, data: bytes) -> None:
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("input[type=file]")).to_have_count(1)  # the last one's uploader is gone
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": data})


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
    for name, data in good_pictures(seven).items():
        upload(page, name, data)
        expect(page.get_by_text(f"The ink that was found in {name}")).to_be_visible()
        expect_answer(page, "7")
        page.get_by_role("button", name="Back to the pad").click()
        expect_answer(page, "?")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_bad_pictures_give_a_sentence_and_the_page_goes_on(visit: OpenPage, seven: Drawing) -> None:
    page = visit("/?model=two-conv-128-dropout")
    for name, data in BAD.items():
        upload(page, name, data)
        expect(page.locator(ERROR).filter(has_text=name)).to_have_text(re.compile(r"\.$"))
        expect_answer(page, "?")
        page.keyboard.press("Escape")
    draw(page, seven)
    expect_answer(page, "7")


def test_file_that_is_empty_or_too_large_is_refused_before_it_is_read(visit: OpenPage) -> None:
    page = visit()
    upload(page, "large.png", bytes(3_000_000))
    expect(page.get_by_text(re.compile("must be 2.0MB or smaller", re.IGNORECASE))).to_be_visible()
