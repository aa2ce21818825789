"""Whether the page's answers are Python's on real drawings: `python -m benchmarks.parity STROKES.npz`.

Every drawing of a stroke set (of its layout: docs/strokes-format.md) is drawn on the real page in Chromium with pointer
events. What the page shows, its 28×28 and its answer, is compared with what Python makes of the strokes that the page
kept. Several pages draw side by side.
"""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from digitlab.drawing.preprocess import prepare
from digitlab.drawing.sent import read_strokes
from digitlab.drawing.strokes import StrokeSet, on_pad
from digitlab.networks import zoo
from digitlab.networks.predictor import Predictor
from harness.live_page import KEPT, open_page
from harness.server import ARGUMENTS, Server, chromium

PIXEL_LIMIT, SAME_LIMIT = 1.0, 0.998  # of 255 a pixel, on average over a drawing; share of drawings
SAID_EVERY = 10.0  # seconds between two words of how far it is
_tick = threading.Event()  # never set: it waits without burning the processor that the pages need

# Draws with events made in the page: a drawing takes as long as the page takes, and no longer.
DRAW = """async (drawings) => {
  window.compared = []
  const desk = document.querySelector(".dl-part-desk")
  const surface = [...document.querySelectorAll(".st-key-pad *")]
    .map(({ shadowRoot }) => shadowRoot?.querySelector("canvas.upper-canvas")).find(Boolean)
  const rest = async () => {
    while (desk.dataset.number !== desk.dataset.answered) await new Promise(requestAnimationFrame)
  }
  const draw = async (strokes) => {
    desk.querySelector('[data-tool="clear"]').click()
    const { left, top, width } = surface.getBoundingClientRect()
    const send = (name, [x, y], buttons) => surface.dispatchEvent(new PointerEvent(name, {
      clientX: left + x * width / 280, clientY: top + y * width / 280, buttons, bubbles: true, composed: true,
      isPrimary: true, pointerType: "mouse", pointerId: 1,
    }))
    for (const points of strokes) {
      send("pointerdown", points[0], 1)
      for (const point of points.slice(1)) send("pointermove", point, 1)
      send("pointerup", points.at(-1), 0)
    }
    await rest()
    const { data } = document.querySelector(".st-key-seen canvas").getContext("2d").getImageData(0, 0, 28, 28)
    return {
      picture: Array.from({ length: 784 }, (_, at) => data[4 * at]),
      digit: document.querySelector(".st-key-answer .dl-digit").textContent,
      strokes: JSON.parse(sessionStorage.getItem("KEPT")).strokes,
    }
  }
  for (const strokes of drawings) {
    try {
      window.compared.push(await draw(strokes))
    } catch (error) {
      window.compared.push(String(error))
    }
  }
}""".replace("KEPT", KEPT)

Points = list[list[list[float]]]  # a drawing's strokes, pixels of the pad


def begin(browser: Browser, server: Server, model: str, drawings: list[Points]) -> Page:
    """A page that has begun to draw."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    open_page(page, server, f"/?model={model}")
    page.evaluate(f"drawings => {{ ({DRAW})(drawings) }}", drawings)  # braces: its end is not waited for
    return page


def compare(browser: Browser, server: Server, model: str, drawings: list[Points], pages: int) -> list[Any]:
    """What the page shows and keeps of each drawing, or a sentence where that did not come."""
    parts = [drawings[first::pages] for first in range(pages)]
    at_work = [begin(browser, server, model, part) for part in parts]
    said = time.monotonic()
    while (done := sum(page.evaluate("compared.length") for page in at_work)) < len(drawings):
        if time.monotonic() - said > SAID_EVERY:
            said = time.monotonic()
            print(f"{model}: {done} of {len(drawings)}", file=sys.stderr, flush=True)
        _tick.wait(1)
    found: list[Any] = [None] * len(drawings)
    for first, page in enumerate(at_work):
        found[first::pages] = page.evaluate("compared")
        page.context.close()
    return found


def tell(model: str, found: list[Any], every: int, predictor: Predictor) -> bool:
    """Print what was found, and every drawing that stands out by its row in the set; says whether the limits hold."""
    strange = [(at, one) for at, one in enumerate(found) if isinstance(one, str)]
    apart = 0.0
    for at, one in enumerate(found):
        if isinstance(one, str):
            continue
        image = prepare(read_strokes(one["strokes"]))
        outputs = predictor.outputs(image[None])
        digit = "?" if predictor.refuses(outputs)[0] else str(outputs[0].argmax())
        apart = max(apart, float(np.abs(np.array(one["picture"]).reshape(28, 28) - image * 255).mean()))
        if digit != one["digit"]:
            strange.append((at, f"{one['digit']} in the page, {digit} in Python"))
    same = 1 - len(strange) / len(found)
    print(f"{model}: {len(found)} drawings, the same answer on {same:.2%} (at least {SAME_LIMIT:.1%});")
    print(f"  28×28 at most {apart:.3f} of 255 a pixel apart in the mean over a drawing (limit {PIXEL_LIMIT:g})")
    for at, what in sorted(strange):
        print(f"  drawing {at * every}: {what}")
    return same >= SAME_LIMIT and apart <= PIXEL_LIMIT


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("strokes", type=Path)
    parser.add_argument("--model", nargs="+", default=[zoo.DEFAULT])
    parser.add_argument("--every", type=int, default=1, help="every so many drawings")
    parser.add_argument("--pages", type=int, default=4, help="that draw side by side")
    chosen = parser.parse_args()
    all_drawings = StrokeSet.load(chosen.strokes).drawings[:: chosen.every]
    drawings = [[stroke.tolist() for stroke in on_pad(drawing).strokes] for drawing in all_drawings]
    holds = True
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = Server(Path(home))
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        try:
            for model in chosen.model:
                found = compare(browser, server, model, drawings, chosen.pages)
                holds &= tell(model, found, chosen.every, zoo.open_model(model))
        finally:
            browser.close()
            server.stop()
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
