"""Drawing on the pad as a hand would, with the mouse or a finger, and reading what the page says."""

import base64
import io
import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from digitlab.drawing.strokes import PAD_SIDE, Drawing


def pad(page: Page) -> Locator:
    """The canvas that takes the pen."""
    return page.locator(".st-key-pad canvas.upper-canvas")


def corner(page: Page) -> tuple[float, float, float]:
    """Where the pad begins, in pixels of the window, once strokes are followed, and its side."""
    page.wait_for_selector("html[data-pad=ready]", state="attached")
    expect(pad(page)).to_be_visible()
    pad(page).scroll_into_view_if_needed()
    box = pad(page).bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"]


def on_page(page: Page, drawing: Drawing) -> list[NDArray[np.float64]]:
    """The strokes in pixels of the window, each [P, 2]."""
    x, y, side = corner(page)
    return [stroke * (side / PAD_SIDE) + (x, y) for stroke in drawing.strokes]


def draw(page: Page, drawing: Drawing) -> None:
    """With the mouse."""
    for stroke in on_page(page, drawing):
        points = stroke.tolist()
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def draw_with_finger(page: Page, drawing: Drawing) -> None:
    """With one finger, through the browser's own protocol."""
    touch = page.context.new_cdp_session(page)
    for stroke in on_page(page, drawing):
        points = [{"x": px, "y": py} for px, py in stroke.tolist()]
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
        for point in points[1:]:
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def expect_answer(page: Page, digit: str) -> None:
    """Wait until the answer is the digit, or "?"."""
    expect(page.locator(".st-key-answer")).to_have_text(re.compile(rf"^\s*{re.escape(digit)}"))


def expect_empty(page: Page) -> None:
    """Wait until the pad is empty: the answer is an invitation."""
    expect(page.locator(".st-key-answer .dl-note")).to_have_text(re.compile("Draw a digit"))
    expect(page.locator(".st-key-answer .dl-digit")).to_be_hidden()


def expect_maps(page: Page, layer: str) -> Locator:
    """Wait until a layer's maps are painted and give their canvas."""
    row = page.locator(f".st-key-layer_{layer}")
    row.scroll_into_view_if_needed()
    expect(row.locator(".dl-scale")).to_be_visible()
    return row.locator("canvas")


def pixels(canvas: Locator) -> NDArray[np.int16]:
    """The RGB values that a canvas shows, [H, W, 3]."""
    address = canvas.evaluate(
        """(canvas) => {
          const copy = document.createElement("canvas")
          copy.width = canvas.width
          copy.height = canvas.height
          copy.getContext("2d").drawImage(canvas, 0, 0)
          return copy.toDataURL()
        }"""
    )
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.int16)
