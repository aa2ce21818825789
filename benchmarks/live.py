"""How the answer and the maps keep up with the pen, in Chromium, against the limits that they must hold.

    python -m benchmarks.live [--model NAME …] [--seconds 10] [--slower 4]

For each model: from a pointer event's time stamp to everything painted (answer, bars, 28×28 and the maps in view),
answers and maps a second, main-thread time a pointer event, and what a minute of drawing leaves behind; the same rates
on a processor that Chromium makes slower. benchmarks/parity.py compares the answers with Python's, benchmarks/crowd.py
measures many sessions at once.
"""

import argparse
import json
import math
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright

from digitlab.networks import zoo
from harness.live_page import expect_rest, expect_strokes, open_page
from harness.pen import Pen
from harness.server import ARGUMENTS, Server, chromium

MEDIAN_LIMIT, P95_LIMIT = 16.0, 33.0  # milliseconds from the event to everything painted
RATE_LIMIT = 50.0  # answers a second
SLOW_RATE_LIMIT = 30.0  # on a slower processor
COST_LIMIT = 1.0  # milliseconds of the main thread for each pointer event
HEAP_LIMIT = 1_000_000  # bytes that a minute of drawing may leave

WATCH = """() => {
  window.note ??= ({ detail: { stamp, painted, done, maps } }) =>
    frames.push({ stamp, delay: Math.max(painted, done) - stamp, done, maps })
  window.frames = []
  document.addEventListener("dl-frame", note)  // a listener that is there already is not added again
}"""


def path_of_a_pen(seconds: float) -> list[list[float]]:
    """An eight drawn over and over, a little different each time, 60 points a second."""
    points = []
    for step in range(round(seconds * 60)):
        angle = step / 60 * 2.5
        points.append([140 + (60 + step % 7) * math.sin(angle), 140 + 90 * math.sin(2 * angle + step / 900)])
    return points


def quantile(values: list[float], share: float) -> float:
    return float(np.quantile(values, share)) if values else math.nan


def delays(page: Page, seconds: float) -> dict[str, float]:
    """Draw for so long and say how the page followed."""
    page.evaluate(WATCH)
    Pen(page).draw(path_of_a_pen(seconds))
    expect_rest(page)
    frames: list[dict[str, float]] = page.evaluate("frames")
    waited = [frame["delay"] for frame in frames]
    took = (frames[-1]["done"] - frames[0]["done"]) / 1000
    return {
        "frames": len(frames),
        "median_ms": round(quantile(waited, 0.5), 1),
        "p95_ms": round(quantile(waited, 0.95), 1),
        "answers_per_second": round((len({frame["stamp"] for frame in frames}) - 1) / took, 1),
        "maps_per_second": round(sum(frame["maps"] > 0 for frame in frames) / took, 1),
    }


def main_thread_cost(page: Page, tools: CDPSession, seconds: float) -> float:
    """Milliseconds of the main thread that the project's own scripts take for each pointer event, by sampling."""
    page.evaluate("window.events = 0; addEventListener('pointermove', () => events++, true)")
    tools.send("Profiler.enable")
    tools.send("Profiler.setSamplingInterval", {"interval": 100})
    tools.send("Profiler.start")
    Pen(page).draw(path_of_a_pen(seconds))
    profile = tools.send("Profiler.stop")["profile"]
    tools.send("Profiler.disable")
    parents: dict[int, int] = {child: node["id"] for node in profile["nodes"] for child in node.get("children", [])}
    own = {node["id"] for node in profile["nodes"] if "/api/browser/" in node["callFrame"]["url"]}

    def is_ours(node: int | None) -> bool:
        while node is not None:
            if node in own:
                return True
            node = parents.get(node)
        return False

    times = zip(profile["samples"], profile["timeDeltas"], strict=True)
    spent = sum(delta for node, delta in times if is_ours(node)) / 1000
    events: int = page.evaluate("events")
    return float(spent / events)


def left_behind(page: Page, tools: CDPSession, seconds: float) -> dict[str, float]:
    """What drawing for so long, stroke after stroke, leaves on the heap once the pad is cleared.

    Half as long is drawn before, for machine code lies on the heap as well, and the browser goes on compiling for a
    while (docs/log.md).
    """

    def draw_for(how_long: float) -> None:
        end = time.monotonic() + how_long
        while time.monotonic() < end:
            pen.draw(path_of_a_pen(2))
            page.get_by_role("button", name="Clear").click()
            expect_strokes(page, 0)
            page.wait_for_timeout(1000)

    def now() -> tuple[float, float]:
        for _ in range(3):
            tools.send("HeapProfiler.collectGarbage")
            page.wait_for_timeout(300)
        metrics = {entry["name"]: entry["value"] for entry in tools.send("Performance.getMetrics")["metrics"]}
        return metrics["JSHeapUsedSize"], metrics["JSEventListeners"]

    pen = Pen(page)
    tools.send("Performance.enable")
    tools.send("HeapProfiler.enable")
    draw_for(seconds / 2)
    before = now()
    draw_for(seconds)
    after = now()
    return {"heap_bytes": after[0] - before[0], "listeners": after[1] - before[1]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [model.name for model in zoo.models()]
    parser.add_argument(
        "--model", nargs="+", default=[name for name in ("pen", "two-conv-64-dropout") if name in names]
    )
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument(
        "--slower", type=float, default=4, help="times, by Chromium's throttling (default: %(default)s)"
    )
    arguments = parser.parse_args()
    found: dict[str, Any] = {}
    broken: list[str] = []

    def hold(what: str, is_met: bool) -> None:
        if not is_met:
            broken.append(what)

    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = Server(Path(home))
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        try:
            for model in arguments.model:
                page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
                open_page(page, server, f"/?model={model}")
                tools = page.context.new_cdp_session(page)
                Pen(page).draw(path_of_a_pen(1))  # so that all is compiled
                expect_rest(page)
                row: dict[str, Any] = delays(page, arguments.seconds)
                tools.send("Emulation.setCPUThrottlingRate", {"rate": arguments.slower})
                row["slower"] = delays(page, arguments.seconds)
                tools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
                hold(f"{model}: answers a second, slower", row["slower"]["answers_per_second"] >= SLOW_RATE_LIMIT)
                row["cost_ms"] = round(main_thread_cost(page, tools, arguments.seconds), 3)
                open_page(page, server, f"/?model={model}")  # again: what was noted for the figures so far is gone
                row |= left_behind(page, tools, 6 * arguments.seconds)
                hold(f"{model}: median delay", row["median_ms"] <= MEDIAN_LIMIT)
                hold(f"{model}: p95 delay", row["p95_ms"] <= P95_LIMIT)
                hold(f"{model}: answers a second", row["answers_per_second"] >= RATE_LIMIT)
                hold(f"{model}: main-thread time", row["cost_ms"] <= COST_LIMIT)
                hold(f"{model}: heap", row["heap_bytes"] <= HEAP_LIMIT)
                hold(f"{model}: listeners", row["listeners"] <= 0)
                found[model] = row
                page.context.close()
        finally:
            browser.close()
            server.stop()
    print(json.dumps(found, indent=2))
    for what in broken:
        print(f"not held: {what}")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
