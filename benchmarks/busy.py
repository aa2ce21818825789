"""How much slower the Draw page answers while the machine is at work: `python -m benchmarks.busy [--strokes N]`.

Milliseconds from pen-up to the server's answer, taken inside the page; the slowest twentieth decides. The page is
measured idle, while a run trains on all cores, while each of the jobs of the page Samples is computed, and idle once
more, so that a change of the machine's speed shows.
"""

import argparse
import os
import statistics
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.page import answer_times, watched
from digitlab.insight import embedding, features, robustness
from digitlab.jobs import asking, orders, settings
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.store import Store
from digitlab.store.records import ENDED
from digitlab.store.results import Wanted
from digitlab.store.rights import OPERATOR
from digitlab.training import recipes
from harness.server import ARGUMENTS, Server, chromium

LIMIT = 2.0
RECIPE = recipes.find("five-by-five-1024")  # the most work a step, and more than long enough
# What Samples has the queue compute; asked for every model, so that there is enough for as long as is measured.
JOBS: dict[str, Callable[[Model], Wanted]] = {
    "features of 70,000 digits": features.wanted,
    "t-SNE maps": lambda model: embedding.wanted(model, features.last_hidden(model.network), "t-sne"),
    "robustness": robustness.wanted,
}
_look = threading.Event()  # never set: it waits without burning the processor that is measured


def slow(page: Page, strokes: int) -> float:
    """The 95th percentile of so many answers, in milliseconds."""
    times: list[float] = []
    while len(times) < strokes:
        page.reload()  # an empty pad: each stroke is read with all that were drawn before it
        page.wait_for_function("window.padAt", timeout=60_000)
        times += answer_times([page])[0]
    return statistics.quantiles(times, n=20)[-1]


def beside_a_run(store: Store, page: Page, strokes: int) -> tuple[str, float]:
    run = orders.submit(OPERATOR, store, RECIPE.config, recipe=RECIPE.name)
    while not store.runs.steps(run.id):
        _look.wait(0.2)
    first = store.runs.steps(run.id)[-1].step
    busy = slow(page, strokes)
    done = store.runs.steps(run.id)[-1].step - first
    store.jobs.stop(OPERATOR, run.id)
    _wait_for_the_end(store, run.id)
    return f"a run on {settings.threads()} threads ({done:,} steps)", busy


def beside_jobs(store: Store, page: Page, strokes: int, name: str) -> tuple[str, float]:
    jobs = [asking.ask(OPERATOR, store, JOBS[name](model)) for model in zoo.models()]
    while store.jobs.get(jobs[0].id).state in ("queued", "starting"):
        _look.wait(0.2)
    busy = slow(page, strokes)
    left = [job.id for job in jobs if store.jobs.get(job.id).state not in ENDED]
    for number in reversed(left):
        store.jobs.stop(OPERATOR, number)
    for number in left:
        _wait_for_the_end(store, number)
    return f"{name}{'' if left else ' (all done before the end)'}", busy


def beside_evaluations(url: str, page: Page, strokes: int) -> tuple[str, float]:
    """Evaluations are computed where the page is: a visitor opens "Evaluation" of one model after another."""
    enough = threading.Event()
    done: list[str] = []

    def visit() -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
            other = browser.new_page()
            for model in zoo.models():
                if not enough.is_set():
                    other.goto(f"{url}/samples?section=quality&model={model.name}")
                    other.locator(".st-key-figures table").wait_for(timeout=60_000)
                    done.append(model.name)
            browser.close()

    visitor = threading.Thread(target=visit)
    visitor.start()
    busy = slow(page, strokes)
    enough.set()
    visitor.join()
    return f"a visitor who has {len(done)} models loaded and evaluated, one after another", busy


def _wait_for_the_end(store: Store, number: int) -> None:
    while store.jobs.get(number).state not in ENDED:
        _look.wait(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=int, default=30, help="for each of the figures")
    strokes = parser.parse_args().strokes
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["DIGITLAB_HOME"] = folder
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        app = Server(Path(folder))
        try:
            with Store() as store, watched(browser, app.url) as page:
                answer_times([page])  # TensorFlow and the network load once
                before = slow(page, strokes)
                found = [beside_a_run(store, page, strokes)]
                found += [beside_jobs(store, page, strokes, name) for name in JOBS]
                found.append(beside_evaluations(app.url, page, strokes))
                after = slow(page, strokes)
        finally:
            app.stop()
            browser.close()
    idle = (before + after) / 2
    print(
        f"pen-up to the answer, 95th percentile of {strokes}: {before:.0f} ms idle at first, {after:.0f} ms at the end"
    )
    for what, busy in found:
        print(f"  {busy / idle:.2f} times that (at most {LIMIT:g}), {busy:.0f} ms, beside {what}")


if __name__ == "__main__":
    main()
