"""Pictures of the real app for the README: `make screenshots` writes docs/screenshots/."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from digitlab.drawing.strokes import Drawing
from digitlab.home import ROOT
from tests.browser.hand import draw, draw_with_finger, expect_answer, expect_maps
from tests.browser.server import ARGUMENTS, Server, chromium
from tests.conftest import drawn

FOLDER = ROOT / "docs/screenshots"
PAGES = {
    "layers": ("/layers?test_digit=3&layer=conv_2", ".st-key-opened .dl-result"),
    "samples": ("/samples", ".st-key-sheet .dl-sheet-digit >> nth=0"),
    "train": ("/train?recipe=two-conv-64-dropout", ".st-key-start_bar button"),
    "runs": ("/runs", ".st-key-accuracy .js-plotly-plot"),
}


@contextmanager
def window(browser: Browser, url: str, *, dark: bool = False, phone: bool = False) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 800},
        color_scheme="dark" if dark else "light",
        has_touch=phone,
        is_mobile=phone,
        device_scale_factor=2 if phone else 1,
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(url)
    yield page
    context.close()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        server = Server(Path(folder))
        try:
            for name, dark, phone in (("draw", False, False), ("draw-dark", True, False), ("draw-phone", False, True)):
                with window(browser, server.url, dark=dark, phone=phone) as page:
                    _draw(page, drawn("three"), phone)
                    page.screenshot(path=FOLDER / f"{name}.png")
            with window(browser, server.url) as page:
                _draw(page, drawn("seven"), False)
                page.get_by_text("How the drawing became 28×28").click()
                page.locator(".st-key-stages img").nth(4).wait_for()
                page.locator(".st-key-becoming").screenshot(path=FOLDER / "stages.png")
            for name, (path, ready) in PAGES.items():
                with window(browser, server.url + path) as page:
                    page.locator(ready).first.wait_for()
                    page.screenshot(path=FOLDER / f"{name}.png")
        finally:
            server.stop()
            browser.close()
    print(f"Wrote {len(list(FOLDER.glob('*.png')))} pictures to {FOLDER.relative_to(ROOT)}/")


def _draw(page: Page, drawing: Drawing, phone: bool) -> None:
    (draw_with_finger if phone else draw)(page, drawing)
    expect_answer(page, "")
    page.locator(".dl-best").wait_for()
    expect_maps(page, "conv_1" if page.locator(".st-key-maps_conv_1").count() else "conv_2")
    page.mouse.move(5, 5)


if __name__ == "__main__":
    main()
