"""Drawing on the pad as a hand would, with the mouse or a finger, and reading what the page says."""

import base64
import io
import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from digitlab.drawing.strokes import Drawing


def pad(page: Page) -> Locator:
    """The canvas that takes the pen."""
    return page.locator(".st-key-pad canvas.upper-canvas")


def corner(page: Page) -> tuple[float, float]:
    """Where the pad begins, in pixels of the window, once it is in view."""
    expect(pad(page)).to_be_visible()
    pad(page).scroll_into_view_if_needed()
    box = pad(page).bounding_box()
    assert box is not None
    return box["x"], box["y"]


def draw(page: Page, drawing: Drawing) -> None:
    """With the mouse."""
    x, y = corner(page)
    for stroke in drawing.strokes:
        points = stroke.tolist()
        page.mouse.move(x + points[0][0], y + points[0][1])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(x + point[0], y + point[1])
        page.mouse.up()


def draw_with_finger(page: Page, drawing: Drawing) -> None:
    """With one finger, through the browser's own protocol."""
    x, y = corner(page)
    touch = page.context.new_cdp_session(page)
    for stroke in drawing.strokes:
        points = [{"x": x + px, "y": y + py} for px, py in stroke.tolist()]
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
        for point in points[1:]:
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def expect_answer(page: Page, digit: str) -> None:
    """Wait until the server's answer, which takes the place of the live one, begins with the digit or with "?"."""
    expect(page.locator(".dl-live[data-source=live]")).to_have_count(0)
    expect(page.locator(".st-key-answer")).to_have_text(re.compile(rf"^\s*{re.escape(digit)}"))


def expect_maps(page: Page, layer: str) -> Locator:
    """Wait for a layer's montage and give its picture."""
    picture = page.locator(f".st-key-layer_{layer} img")
    expect(picture).to_be_visible()
    return picture


def pixels(address: str) -> NDArray[np.int16]:
    """The RGB values of a picture that a data: address holds, [H, W, 3]."""
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.int16)
