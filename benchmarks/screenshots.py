"""Pictures of the real app: `make screenshots`.

docs/screenshots holds those that the READMEs show: Draw in many windows and each page in English, and Draw in Chinese.
build/screenshots, which is not kept, gets every page in each language, for a desktop and for a phone.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from digitlab.drawing.strokes import Drawing
from digitlab.home import ROOT
from digitlab.store.rights import KEY
from digitlab.words.language import LANGUAGES
from harness.drawn import drawn
from harness.hand import draw, draw_with_finger, expect_answer, expect_maps
from harness.server import ARGUMENTS, Server, chromium

FOLDER = ROOT / "docs/screenshots"
EVERYTHING = ROOT / "build/screenshots"
SECRET = "a teacher's secret"
PAGES = {
    "layers": ("/layers?input=test&test_digit=3&layer=conv_2", ".st-key-opened .dl-result"),
    "samples": ("/samples", ".st-key-sheet .dl-sheet-digit"),
    "train": ("/train?recipe=two-conv-64-dropout", ".st-key-start_bar button"),
    "runs": ("/runs", ".st-key-accuracy_panel svg.marks"),
    "learn": ("/learn?lesson=two-conv-64-dropout&step=curves", ".st-key-lesson_live svg.marks"),
}
MORE = {
    "lessons": ("/learn", ".st-key-lessons button"),
    "layers-why": ("/layers?input=test&test_digit=3&part=why", ".st-key-method_occlusion img"),
    "layers-filter": ("/layers?input=test&test_digit=3&part=filter", ".dl-formula"),
    "samples-evaluation": ("/samples?section=quality", ".st-key-reliability .legendtext"),
    "samples-map": ("/samples?section=map", ".st-key-map .legendtext"),
    "search": ("/runs?view=search", ".st-key-search_low_learning_rate"),
}
# Resolves once every picture of the page is there: elements of their own, and backgrounds of others.
PICTURES = """async () => {
  const addresses = new Set()
  for (const element of document.querySelectorAll("[data-testid=stMain] *")) {
    const found = getComputedStyle(element).backgroundImage.match(/url\\("(.+)"\\)/)
    if (found) addresses.add(found[1])
  }
  const backgrounds = [...addresses].map((src) => Object.assign(new Image(), { src }))
  await Promise.all([...document.images, ...backgrounds].map((picture) => picture.decode().catch(() => undefined)))
  await document.fonts.ready
  await new Promise(requestAnimationFrame)
}"""


@dataclass(frozen=True)
class Screen:
    """A window: its size in pixels of the page, its theme, and whether a finger draws on it."""

    size: tuple[int, int] = (1280, 800)
    dark: bool = False
    touch: bool = False


DRAW = {
    "draw": Screen(),
    "draw-dark": Screen(dark=True),
    "draw-wide": Screen((1920, 1080)),
    "draw-tablet": Screen((768, 1024), touch=True),
    "draw-phone": Screen((390, 844), touch=True),
    "draw-phone-dark": Screen((390, 844), dark=True, touch=True),
    "draw-phone-landscape": Screen((844, 390), touch=True),
}


SIZES = {"desktop": Screen(), "phone": Screen((390, 844), touch=True)}


@contextmanager
def window(browser: Browser, url: str, screen: Screen = DRAW["draw"]) -> Iterator[Page]:
    width, height = screen.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if screen.dark else "light",
        has_touch=screen.touch,
        is_mobile=screen.touch,
        device_scale_factor=2 if width < 500 else 1,
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(url)
    yield page
    context.close()


def main() -> None:
    _check_fonts()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        server = Server(Path(folder))
        home = Path(folder) / "school"
        school = Server(home, environment=os.environ | {"DIGITLAB_HOME": str(home), KEY: SECRET})
        try:
            taken = [*_readme(browser, server.url), *_everything(browser, server.url), *_classes(browser, school.url)]
        finally:
            server.stop()
            school.stop()
            browser.close()
    print(f"Wrote {len(taken)} pictures to {FOLDER.relative_to(ROOT)}/ and {EVERYTHING.relative_to(ROOT)}/")


def _check_fonts() -> None:
    listed = shutil.which("fc-list")
    if listed and not subprocess.run([listed, ":lang=zh"], capture_output=True, check=False).stdout:
        raise SystemExit("No font has Chinese characters; on Debian: apt-get install fonts-noto-cjk")


def _readme(browser: Browser, url: str) -> Iterator[Path]:
    for name, screen in DRAW.items():
        yield _draw(browser, url, screen, FOLDER / f"{name}.png")
    yield _draw(browser, f"{url}/?present=1", Screen(), FOLDER / "draw-present.png")
    yield _stages(browser, url, FOLDER / "stages.png")
    for name in PAGES:
        yield _page(browser, url, name, "en", Screen(), FOLDER / f"{name}.png")
    for name in ("draw", "draw-phone"):
        yield _draw(browser, f"{url}/?lang=zh-Hans", DRAW[name], FOLDER / "zh-Hans" / f"{name}.png")


def _everything(browser: Browser, url: str) -> Iterator[Path]:
    for language in LANGUAGES:
        for size, screen in SIZES.items():
            folder = EVERYTHING / language / size
            yield _draw(browser, f"{url}/?lang={language}", screen, folder / "draw.png")
            for name in PAGES | MORE:
                yield _page(browser, url, name, language, screen, folder / f"{name}.png")


def _classes(browser: Browser, url: str) -> Iterator[Path]:
    """The first page of a class, and what a teacher sees who has just made one."""
    for language in LANGUAGES:
        for size, screen in SIZES.items():
            folder = EVERYTHING / language / size
            with window(browser, f"{url}/classroom?lang={language}", screen) as page:
                key = page.locator(".st-key-teacher_key input")
                key.wait_for()
                yield _screenshot(page, folder / "classroom-join.png")
                key.fill(SECRET)
                key.press("Enter")
                page.get_by_test_id("stPopover").last.locator("button").click()
                page.locator(".st-key-class_name input").fill("4 b")
                page.locator(".st-key-class_name input").press("Tab")
                page.locator(".st-key-class_make button").click()
                page.locator("h3#here").wait_for()
                yield _screenshot(page, folder / "classroom.png")


def _draw(browser: Browser, url: str, screen: Screen, file: Path) -> Path:
    with window(browser, url, screen) as page:
        _draw_and_wait(page, drawn("three"), screen.touch)
        page.screenshot(path=file, animations="disabled")
    return file


def _stages(browser: Browser, url: str, file: Path) -> Path:
    with window(browser, url, Screen((1280, 1400))) as page:  # the open panel as a whole
        _draw_and_wait(page, drawn("seven"), False)
        page.locator(".st-key-becoming summary").click()
        page.locator(".st-key-stages img").nth(4).wait_for()
        _settle(page)
        page.locator(".st-key-becoming").screenshot(path=file, animations="disabled")
    return file


def _page(browser: Browser, url: str, name: str, language: str, screen: Screen, file: Path) -> Path:
    path, ready = (PAGES | MORE)[name]
    with window(browser, f"{url}{path}{'&' if '?' in path else '?'}lang={language}", screen) as page:
        page.locator(ready).first.wait_for()
        if name in MORE:
            page.locator(ready).first.scroll_into_view_if_needed()
        return _screenshot(page, file)


def _screenshot(page: Page, file: Path) -> Path:
    _settle(page)
    page.screenshot(path=file, animations="disabled")
    return file


def _settle(page: Page) -> None:
    """Wait until the page's script has ended, all its parts are loaded and its pictures are there."""
    expect(page.locator(".stApp[data-test-script-state=notRunning]")).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=60_000)  # Streamlit's, for a part on its way
    page.evaluate(PICTURES)
    page.mouse.move(5, 5)  # buttons that a picture shows under the pointer are none of it


def _draw_and_wait(page: Page, drawing: Drawing, touch: bool) -> None:
    (draw_with_finger if touch else draw)(page, drawing)
    expect_answer(page, "")
    page.locator(".dl-best").wait_for()
    expect_maps(page, "conv_1" if page.locator(".st-key-maps_conv_1").count() else "conv_2")
    page.mouse.move(5, 5)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")  # waiting for maps may have scrolled


if __name__ == "__main__":
    main()
