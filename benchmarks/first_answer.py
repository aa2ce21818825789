"""How soon a server that has just started has its first stroke answered: `python -m benchmarks.first_answer`.

Starts servers, opens the Draw page of each in a browser that knows nothing of it, and draws as soon as the pad can be
drawn on. Printed are, in milliseconds since that moment: when the page had the network, when the stroke began, and how
long the answer to it took, of which the last must hold.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from harness.pen import Pen
from harness.server import ARGUMENTS, Server, chromium

LIMIT = 300.0  # milliseconds from a pad that can be drawn on, or from the pen's first event, to the answer
STROKE = [[100.0 + 2 * step, 40.0 + 5 * step] for step in range(40)]

WATCH = """
window.times = {}
const note = (name, isThere) => { if (!(name in times) && isThere) times[name] = performance.now() }
new MutationObserver(() => {
  note("pad", document.documentElement.dataset.pad === "ready")
  note("network", document.querySelector(".dl-part-desk[data-ready]"))
  note("answer", document.querySelector(".st-key-answer .dl-digit")?.textContent.trim())
}).observe(document, { attributes: true, characterData: true, childList: true, subtree: true })
addEventListener("pointerdown", ({ timeStamp }) => { times.pen ??= timeStamp }, true)
"""


def first_answer(browser: Browser, server: Server) -> dict[str, float]:
    """Milliseconds since the pad could be drawn on; "answer" since the pen as well."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        context.add_init_script(WATCH)
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(server.url)
        page.wait_for_function("window.times.pad")
        Pen(page).draw(STROKE)
        page.wait_for_function("window.times.answer")
        times: dict[str, float] = page.evaluate("times")
    finally:
        context.close()
    since = {name: round(times[name] - times["pad"], 1) for name in ("network", "pen")}
    return since | {"answer": round(times["answer"] - max(times["pad"], times["pen"]), 1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=int, default=5)
    chosen = parser.parse_args()
    found = []
    with sync_playwright() as playwright:
        for _ in range(chosen.servers):
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
            with tempfile.TemporaryDirectory() as home:
                server = Server(Path(home))
                try:
                    found.append(first_answer(browser, server))
                finally:
                    server.stop()
                    browser.close()
    answer = statistics.median(one["answer"] for one in found)
    print(json.dumps({"servers": found, "answer_median_ms": answer}, indent=2))
    if answer > LIMIT:
        print(f"not held: {answer:.0f} ms to the first answer")
    return int(answer > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
