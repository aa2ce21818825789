"""How fast the Draw page is, as ratios against an empty Streamlit page with the same canvas, in the same run.

    python -m benchmarks.page

Times are taken inside the page: waiting from outside polls in steps of half a second.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from digitlab.drawing.strokes import Drawing
from harness.hand import draw
from harness.server import ARGUMENTS, Server, chromium

STROKES = 15
STARTS = 3
ANSWER_LIMIT, START_LIMIT = 1.3, 1.5

EMPTY_PAGE = """
import streamlit as st
from streamlit_drawable_canvas import st_canvas
result = st_canvas(stroke_width=18, stroke_color="#fff", background_color="#000", height=280, width=280, key="pad")
with st.container(key="answer"):
    st.html(f"<div class='dl-answer'>{len((result.json_data or {}).get('objects', []))}</div>")
"""
QUIET = ("--server.headless=true", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none")

# Notes when the pad is there, when the pen was lifted, and when the server has heard of that: our page notes the number
# that the server holds, and on the empty page the server puts a new element into the container `answer`.
WATCH = """
const pad = () => [...document.querySelectorAll(".st-key-pad, .st-key-pad *")]
  .some(node => node.shadowRoot?.querySelector("canvas.upper-canvas"))
const look = () => pad() ? window.padAt = Date.now() : requestAnimationFrame(look)
look()
addEventListener("mouseup", () => { window.liftedAt = performance.now(); window.answeredAt = 0 }, true)
new MutationObserver(changes => {
  const heard = document.querySelector("[data-held]") ? "[data-held]" : ".st-key-answer"
  const isNews = ({ type, target }) => (type === "attributes") === (heard === "[data-held]") && target.closest(heard)
  if (window.liftedAt && !window.answeredAt && changes.some(isNews)) window.answeredAt = performance.now()
}).observe(document, { subtree: true, childList: true, attributeFilter: ["data-held"] })
"""


@contextmanager
def watched(browser: Browser, url: str) -> Iterator[Page]:
    """The page at this address, once one can draw on its pad."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("window.padAt", timeout=60_000)
    yield page
    context.close()


def answer_times(pages: list[Page]) -> list[list[float]]:
    """Milliseconds from pen-up to the server's word, for each page in turn, so that the machine's moods meet all."""
    times: list[list[float]] = [[] for _ in pages]
    for number in range(STROKES):
        x = 40.0 + 12 * number
        for page, taken in zip(pages, times, strict=True):
            draw(page, Drawing.of([[[x, 40], [x + 10, 140], [x - 5, 240]]]))
            page.wait_for_function("window.answeredAt", timeout=60_000)
            taken.append(page.evaluate("answeredAt - liftedAt"))
    return times


def start_time(browser: Browser, home: Path, script: Path | None) -> float:
    """Seconds from the start of the process to a pad one can draw on."""
    started = time.time()
    server = Server(home) if script is None else Server(home, script, QUIET)
    try:
        with watched(browser, server.url) as page:
            return float(page.evaluate("padAt")) / 1000 - started
    finally:
        server.stop()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        script = home / "empty.py"
        script.write_text(EMPTY_PAGE, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        starts = [(start_time(browser, home, None), start_time(browser, home, script)) for _ in range(STARTS)]
        ours, empty = (min(times) for times in zip(*starts, strict=True))
        _report("process start to a pad", ours * 1000, empty * 1000, START_LIMIT)

        app, baseline = Server(home), Server(home, script, QUIET)
        try:
            with watched(browser, app.url) as page, watched(browser, baseline.url) as bare:
                bare.evaluate("document.documentElement.dataset.pad = 'ready'")  # as our page says of itself
                answer_times([page])  # TensorFlow and the network load once
                page.reload()
                page.wait_for_function("window.padAt", timeout=60_000)
                ours, empty = (statistics.median(times) for times in answer_times([page, bare]))
            _report("pen-up to the server's word", ours, empty, ANSWER_LIMIT)
        finally:
            app.stop()
            baseline.stop()
        browser.close()


def _report(what: str, ours: float, empty: float, limit: float) -> None:
    print(f"{what}: {ours / empty:.2f} times an empty page (at most {limit}); {ours:.0f} ms against {empty:.0f} ms")


if __name__ == "__main__":
    main()
