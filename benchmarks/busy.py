"""How much slower the Draw page answers while a worker trains on all cores: `python -m benchmarks.busy [--strokes N]`.

Milliseconds from pen-up to the server's answer, taken inside the page; the slowest twentieth decides. The page is
measured idle, while a run is at work, and idle once more, so that a change of the machine's speed shows.
"""

import argparse
import os
import statistics
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.page import answer_times, watched
from digitlab.jobs import settings, training
from digitlab.store import Store
from digitlab.training import recipes
from tests.browser.server import ARGUMENTS, Server, chromium

LIMIT = 2.0
RECIPE = recipes.find("five-by-five-1024")  # the most work a step, and more than long enough
_look = threading.Event()  # never set: it waits without burning the processor that is measured


def slow(page: Page, strokes: int) -> float:
    """The 95th percentile of so many answers, in milliseconds."""
    times: list[float] = []
    while len(times) < strokes:
        page.reload()  # an empty pad: each stroke is read with all that were drawn before it
        page.wait_for_function("window.padAt", timeout=60_000)
        times += answer_times([page])[0]
    return statistics.quantiles(times, n=20)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=int, default=45, help="for each of the three figures")
    strokes = parser.parse_args().strokes
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["DIGITLAB_HOME"] = folder
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        app = Server(Path(folder))
        try:
            with Store() as store, watched(browser, app.url) as page:
                answer_times([page])  # TensorFlow and the network load once
                before = slow(page, strokes)
                run = training.submit(store, RECIPE.config, recipe=RECIPE.name)
                while not store.runs.steps(run.id):
                    _look.wait(0.2)
                first = store.runs.steps(run.id)[-1].step
                busy = slow(page, strokes)
                done = store.runs.steps(run.id)[-1].step - first
                store.jobs.stop(run.id)
                while store.jobs.get(run.id).state not in ("stopped", "failed"):
                    _look.wait(0.2)
                after = slow(page, strokes)
        finally:
            app.stop()
            browser.close()
    idle = (before + after) / 2
    print(
        f"pen-up to the answer, 95th percentile of {strokes}: {busy:.0f} ms while a run on {settings.threads()} "
        f"threads made {done:,} steps, {before:.0f} ms before it and {after:.0f} ms after it"
    )
    print(f"  {busy / idle:.2f} times the idle page (at most {LIMIT:g})")


if __name__ == "__main__":
    main()
