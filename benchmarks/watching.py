"""How soon and how often a run can be watched: `python -m benchmarks.watching [--runs N] [--seconds S] [--idle S]`.

On the real app in Chromium, all times taken inside the page:

- seconds from the click on Start to the first point of the curve, less what importing TensorFlow takes in a worker of
  this machine, measured in the same run; Start is pressed as soon as the form is there, on a server that was started
  just then, and on one that has had a few seconds to hold a worker ready
- new pictures of the curve a second while the run is at work, and the longest wait between two
- seconds from the click on a command (pause, resume, another rate, stop) until the page says that it was taken
"""

import argparse
import itertools
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from digitlab.home import ROOT
from digitlab.jobs import settings
from digitlab.store import Store
from digitlab.store.records import ACTIVE
from harness.server import ARGUMENTS, Server, chromium

FIRST_LIMIT, UPDATES_LIMIT, COMMAND_LIMIT = 2.0, 1.0, 2.0
PATIENCE = 120_000  # milliseconds
PAGE = "/train?recipe=two-conv-64-dropout&epochs=300"
_tick = threading.Event()  # never set: it waits without burning the processor that is measured

# As a worker begins: at low priority, with a job's threads, everything but the run itself.
IMPORT = """
import time
from digitlab.jobs import settings, worker
worker.yield_to_the_page()
settings.use_threads(settings.threads())
begun = time.perf_counter()
import digitlab.backend
print(time.perf_counter() - begun)
"""

# Notes the click that is measured, each new picture of the loss curve, and when a text first stood on the page.
WATCH = """
window.seen = { click: 0, curves: [], wanted: null, at: 0 }
addEventListener("click", () => { seen.click = performance.now() }, true)
const curve = () => [...document.querySelectorAll(".st-key-loss_panel svg.marks .mark-line path")]
  .map(path => path.getAttribute("d") ?? "").join("")
let last = ""
const look = () => {
  const now = performance.now(), drawn = curve()
  if (drawn && drawn !== last) { last = drawn; seen.curves.push(now) }
  if (seen.wanted && !seen.at) {
    const text = document.querySelector(seen.wanted[0])?.innerText ?? ""
    if (new RegExp(seen.wanted[1]).test(text)) seen.at = now
  }
}
const begin = () => new MutationObserver(look).observe(document.documentElement,
  { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["d"] })
document.documentElement ? begin() : addEventListener("DOMContentLoaded", begin)
"""


def import_seconds() -> float:
    """What a worker needs to import TensorFlow, the median of three, the files being in the system's memory."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    taken = [
        float(subprocess.run([sys.executable, "-c", IMPORT], env=environment, capture_output=True, check=True).stdout)
        for _ in range(4)
    ]
    return statistics.median(taken[1:])


def first_point(page: Page, url: str) -> float:
    """Seconds from the click on Start, as soon as the form is there, to the first point."""
    page.goto(url + PAGE)
    button = page.get_by_role("button", name="Start training")
    button.wait_for(timeout=PATIENCE)
    page.evaluate("seen.curves = []")
    button.click()
    clicked = page.evaluate("seen.click")
    page.wait_for_function("since => seen.curves.some(at => at > since)", arg=clicked, timeout=PATIENCE)
    return float(page.evaluate("since => seen.curves.find(at => at > since) - since", clicked)) / 1000


def updates(page: Page, seconds: float) -> tuple[float, float]:
    """New pictures of the curve a second, and the longest wait between two in seconds."""
    page.evaluate("seen.curves = []")
    _tick.wait(seconds)
    times = page.evaluate("seen.curves")
    gaps = [(after - before) / 1000 for before, after in itertools.pairwise(times)]
    return len(gaps) / sum(gaps), max(gaps)


def effect(page: Page, button: str, expected: str, where: str = ".st-key-told") -> float:
    """Seconds from the click on a button until the page says that the command was taken."""
    page.evaluate("wanted => { seen.wanted = wanted; seen.at = 0 }", [where, expected])
    page.get_by_role("button", name=button, exact=True).click()
    clicked = page.evaluate("seen.click")
    page.wait_for_function("seen.at > 0", timeout=PATIENCE)
    return float(page.evaluate("seen.at") - clicked) / 1000


def commands(page: Page) -> dict[str, float]:
    """Seconds that each command took to be shown as taken; the run is over then."""
    found = {"pause": effect(page, "Pause", r"Pause: taken")}
    found["resume"] = effect(page, "Resume", r"running", ".st-key-state")
    page.get_by_role("button", name="Learning rate", exact=True).click()
    field = page.get_by_label("New learning rate")
    field.fill("0.0005")
    field.press("Enter")
    found["another rate"] = effect(page, "Change", r"Learning rate 0\.0005: taken")
    page.keyboard.press("Escape")
    found["stop"] = effect(page, "Stop", r"Stop: taken")
    return found


def listed(seconds: list[float]) -> str:
    return ", ".join(f"{one:.1f}" for one in seconds)


def rest(store: Store) -> None:
    """Wait until nothing is at work."""
    while store.jobs.all("queued", *ACTIVE):
        _tick.wait(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="that are started one after the other")
    parser.add_argument("--seconds", type=float, default=10, help="for which each is watched")
    parser.add_argument("--idle", type=float, default=8, help="seconds between the runs")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["DIGITLAB_HOME"] = folder
        imported = import_seconds()
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        app = Server(Path(folder))
        firsts, rates, gaps, taken = [], [], [], []
        try:
            with Store() as store:
                for number in range(chosen.runs):
                    context = browser.new_context(viewport={"width": 1280, "height": 800})
                    context.add_init_script(WATCH)
                    page = context.new_page()
                    if number:
                        _tick.wait(chosen.idle)
                    firsts.append(first_point(page, app.url))
                    rate, gap = updates(page, chosen.seconds)
                    rates.append(rate)
                    gaps.append(gap)
                    taken.append(commands(page))
                    found = re.search(r"run=(\d+)", page.url)
                    assert found
                    rest(store)
                    context.close()
        finally:
            app.stop()
            app.end_workers()
            browser.close()
    print(f"importing TensorFlow in a worker: {imported:.1f} s; {settings.threads()} threads")
    fresh, *later = [seconds - imported for seconds in firsts]
    print(f"Start to the first point, less that (at most {FIRST_LIMIT:g} s): {listed(later)} s;")
    print(f"  on a server that was started just before: {fresh:.1f} s")
    print(
        f"new pictures of the curve: {min(rates):.1f} a second (at least {UPDATES_LIMIT:g}), the longest wait between "
        f"two {max(gaps):.1f} s"
    )
    for name in taken[0]:
        times = [one[name] for one in taken]
        print(f"{name} shown as taken: {listed(times)} s (at most {COMMAND_LIMIT:g})")


if __name__ == "__main__":
    main()
