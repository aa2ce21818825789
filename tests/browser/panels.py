"""A panel of curves in Chromium: zooming into it, pointing at it, and waiting for new rows."""

from contextlib import suppress

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as TookTooLong

_TURNS, _A_TURN = 5, 4000  # turns of the wheel, and milliseconds that each may take

_TICKS = """key => [...document.querySelectorAll(`.st-key-${key} svg.marks .role-axis-label text`)]
    .map(text => text.textContent)"""
_LINES = """key => [...document.querySelectorAll(`.st-key-${key} svg.marks .mark-line path`)]
    .map(path => path.getAttribute("d") ?? "").join("|")"""

# Zoomed into the middle by far, the horizontal axis begins near its end; else it begins near zero.
_IS_ZOOMED = """key => {
    const texts = document.querySelectorAll(`.st-key-${key} svg.marks [aria-label^="X-axis"] .role-axis-label text`)
    const values = [...texts].map(text => Number(text.textContent.replaceAll(",", "")))
    return values.length > 1 && Math.max(...values) < 1.5 * Math.min(...values)
}"""


def chart(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key} svg.marks")


def figures(page: Page, key: str) -> Locator:
    """The line of figures that stands above a panel while the pointer is on it."""
    return chart(page, key).locator("text").filter(has_text=" · ")


def expect_axis(page: Page, key: str, name: str) -> None:
    """Wait for the chart with this axis, and until the one before is gone: Streamlit shows both for a moment."""
    titles = chart(page, key).locator("[aria-label^=X-axis] .role-axis-title")
    expect(titles).to_have_text([name])  # the line of figures names steps and epochs as well


def expect_new_rows(page: Page, key: str) -> None:
    """Wait until the lines are not those of this moment any more."""
    before = page.evaluate(_LINES, key)
    page.wait_for_function(f"([key, before]) => ({_LINES})(key) !== before", arg=[key, before])


def expect_zoomed(page: Page, key: str, zoomed: bool, timeout: float | None = None) -> None:
    page.wait_for_function(f"([key, zoomed]) => ({_IS_ZOOMED})(key) === zoomed", arg=[key, zoomed], timeout=timeout)


def zoom_in(page: Page, key: str) -> None:
    """Point at the middle of a panel and turn the wheel, with Ctrl, until it is seen twenty times as large."""
    expect(chart(page, key)).to_have_count(1)  # while a chart is replaced there may be two
    chart(page, key).scroll_into_view_if_needed()
    box = chart(page, key).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(figures(page, key)).to_have_count(1)
    # New rows that come before Streamlit has noted the zoom take it back; a reader turns the wheel once more.
    for _ in range(_TURNS):
        page.keyboard.down("Control")
        page.mouse.wheel(0, -3000)
        page.keyboard.up("Control")
        with suppress(TookTooLong):
            expect_zoomed(page, key, True, timeout=_A_TURN)
            return
    expect_zoomed(page, key, True)


def expect_zoom_and_pointer_outlive_new_rows(page: Page, key: str, updates: int = 3) -> None:
    """Zoom into a panel whose curve grows: what is seen and the node stay, and a pointer that rests reads the curve."""
    zoom_in(page, key)
    node = chart(page, key).element_handle()
    seen = page.evaluate(_TICKS, key)
    for _ in range(updates):
        expect_new_rows(page, key)
        assert page.evaluate(_TICKS, key) == seen, "the part that is seen"
        expect(figures(page, key)).to_have_count(1)
    assert chart(page, key).evaluate("(now, before) => now === before", node), "the chart was replaced"


def zoom_out(page: Page, key: str) -> None:
    """Double click, and wait until all is seen."""
    box = chart(page, key).bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect_zoomed(page, key, False)


def swipe_up(page: Page, key: str) -> None:
    """Move a finger over a panel, and wait until the page has followed it."""
    chart(page, key).scroll_into_view_if_needed()
    box = chart(page, key).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for up in range(15, 166, 15):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - up}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function(
        "([key, top]) => document.querySelector(`.st-key-${key} svg.marks`).getBoundingClientRect().top < top - 100",
        arg=[key, box["y"]],
    )
