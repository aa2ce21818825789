"""Whether the live answer and the server's agree on real drawings: `python -m benchmarks.parity STROKES.npz`.

Every drawing of a stroke set (of its layout: docs/strokes-format.md) is drawn on the real page in Chromium with mouse
events, through the canvas's smoothing. What the page showed before the pen was lifted, its 28×28 and its answer, is
compared with what the server then made of the strokes. Several pages draw side by side.
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

from digitlab.drawing.strokes import StrokeSet, on_pad
from digitlab.networks import zoo
from tests.browser.live_page import open_page
from tests.browser.server import ARGUMENTS, Server, chromium

PIXEL_LIMIT, SAME_LIMIT = 4.0, 0.998  # of 255 a pixel, on average over a drawing; share of drawings
SAID_EVERY = 10.0  # seconds between two words of how far it is
_tick = threading.Event()  # never set: it waits without burning the processor that the pages need

# Draws with events made in the page: a drawing takes as long as the canvas and the server take, and no longer.
DRAW = """async (drawings) => {
  window.compared = []
  const patience = 60_000
  const canvas = (which) => {  // looked up anew each time: clearing puts others in their place
    const inner = [...document.querySelector(".st-key-pad").querySelectorAll("*")]
    return inner.map(({ shadowRoot }) => shadowRoot?.querySelector(`canvas.dc-canvas.${which}-canvas`)).find(Boolean)
  }
  const area = document.querySelector(".dl-live")
  const pixels = (shown) => shown.getContext("2d").getImageData(0, 0, shown.width, shown.height).data
  const isPlain = (shown) => shown && pixels(shown).every((value, at, all) => value === all[at % 4])
  const until = (what, test) => new Promise((done, fail) => {
    const since = performance.now()
    const look = () => {
      if (test()) done()
      else if (performance.now() - since > patience) fail(new Error(`${what} was awaited in vain`))
      else setTimeout(look, 25)
    }
    look()
  })
  const shown = () => ({
    picture: Array.from({ length: 784 }, (_, at) => pixels(area.querySelector("canvas"))[4 * at]),
    digit: document.querySelector(".st-key-answer .dl-digit").textContent,
  })
  const clear = async () => {
    document.querySelector(".st-key-clear button").click()
    await until("an empty pad", () =>
      area.dataset.source === "server" && isPlain(area.querySelector("canvas")) && isPlain(canvas("lower")))
  }
  const draw = async (strokes) => {
    if (!isPlain(canvas("lower"))) await clear()
    const upper = canvas("upper")
    const { left, top } = upper.getBoundingClientRect()
    const send = (kind, name, [x, y], buttons) => upper.dispatchEvent(
      new kind(name, { clientX: left + x, clientY: top + y, buttons, bubbles: true, composed: true, isPrimary: true }),
    )
    for (const [number, points] of strokes.entries()) {
      send(PointerEvent, "pointerdown", points[0], 1)
      send(MouseEvent, "mousedown", points[0], 1)
      for (const point of points.slice(1)) send(MouseEvent, "mousemove", point, 1)
      if (number < strokes.length - 1) send(MouseEvent, "mouseup", points.at(-1), 0)
    }
    await until("the live answer", () => area.dataset.source === "live" && area.dataset.busy === "false")
    const live = shown()
    send(MouseEvent, "mouseup", strokes.at(-1).at(-1), 0)
    await until("the server's answer", () => area.dataset.source === "server")
    return [live, shown()]
  }
  for (const strokes of drawings) {
    try {
      window.compared.push(await draw(strokes))
    } catch (error) {
      window.compared.push(String(error))
    }
  }
}"""

Points = list[list[list[float]]]  # a drawing's strokes, pixels of the pad


def begin(browser: Browser, server: Server, model: str, drawings: list[Points]) -> Page:
    """A page that has begun to draw."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    open_page(page, server, f"/?model={model}")
    page.evaluate(f"drawings => {{ ({DRAW})(drawings) }}", drawings)  # braces: its end is not waited for
    return page


def compare(browser: Browser, server: Server, model: str, drawings: list[Points], pages: int) -> list[Any]:
    """[live, server] for each drawing, or a sentence where one of them did not come."""
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


def tell(model: str, found: list[Any], every: int) -> bool:
    """Print what was found, and every drawing that stands out by its row in the set; says whether the limits hold."""
    strange = [(at, one) for at, one in enumerate(found) if isinstance(one, str)]
    both = [(at, *one) for at, one in enumerate(found) if not isinstance(one, str)]
    strange += [
        (at, f"{live['digit']} live, {ours['digit']} at the server")
        for at, live, ours in both
        if live["digit"] != ours["digit"]
    ]
    same = 1 - len(strange) / len(found)
    apart = max(float(np.abs(np.subtract(live["picture"], ours["picture"])).mean()) for _, live, ours in both)
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
                holds &= tell(model, compare(browser, server, model, drawings, chosen.pages), chosen.every)
        finally:
            browser.close()
            server.stop()
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
