"""Strokes drawn at the worst moments, and whether the page has all of them: for a test and for a benchmark.

A try draws one stroke, at a moment after the canvas appeared, in a situation in which the page or the server is busy. A
stroke is lost where the tab has none, and cut where its ends are not where the pen was put down and lifted.
"""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice, product

import numpy as np
from playwright.sync_api import Browser, Page, expect

from harness.hand import pad
from harness.live_page import KEPT, strokes
from harness.pen import Pen, Stroke
from harness.server import Server

DELAYS = (0.0, 0.2, 0.5, 1.0, 1.5, 3.0)  # seconds after the canvas appeared
SITUATIONS = ("fresh page", "after a reload", "back from Train", "another network", "after Clear", "after Undo")
KINDS = ("mouse", "touch")
STOPS = (0.5, 1.0, 2.0, 4.0)  # seconds for which the server is stopped after Clear and Undo
_REACH = 1.5  # pixels of the pad between where the pen was and where the stroke begins or ends
_OLD = [[60.0, 60.0], [200.0, 220.0]]


@dataclass(frozen=True)
class Try:
    """One stroke at one moment."""

    situation: str
    kind: str
    delay: float
    stroke: Stroke
    stop: float


def tries(count: int, seed: int = 0) -> Iterator[Try]:
    """All combinations in turn, with strokes that begin anywhere on the pad, in corners and at edges most."""
    rng = np.random.default_rng(seed)
    stops = cycle(STOPS)
    combinations = list(product(SITUATIONS, KINDS, DELAYS))
    rng.shuffle(combinations)
    for situation, kind, delay in islice(cycle(combinations), count):
        start = rng.choice([rng.uniform(2, 278), 3.0, 277.0], 2)
        end = rng.uniform(30, 250, 2)
        line = start + np.linspace(0, 1, 9)[:, None] * (end - start)
        yield Try(str(situation), str(kind), float(delay), line.tolist(), next(stops))


def outcome(page: Page, tried: Try) -> str:
    """ "kept", "lost" or "cut", for the stroke that came last."""
    drawn = strokes(page)
    if not drawn:
        return "lost"
    last = drawn.strokes[-1]
    ends = np.array([tried.stroke[0], tried.stroke[-1]])
    return "kept" if np.abs(last[[0, -1]] - ends).max() <= _REACH and len(drawn.strokes) == 1 else "cut"


def attempt(browser: Browser, server: Server, tried: Try) -> str:
    """Do a try on a page of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=tried.kind == "touch")
    page = context.new_page()
    page.set_default_timeout(120_000)
    try:
        page.goto(server.url)
        _prepare(page, server, tried)
        page.wait_for_timeout(1000 * tried.delay)
        Pen(page, tried.kind).draw(tried.stroke)
        page.wait_for_function(f"JSON.parse(sessionStorage.getItem('{KEPT}'))?.strokes.length > 0")
        return outcome(page, tried)
    finally:
        context.close()


def _prepare(page: Page, server: Server, tried: Try) -> None:
    """Bring the page to where the stroke is drawn: at the moment when the canvas can be seen."""
    expect(pad(page)).to_be_visible()
    if tried.situation == "after a reload":
        page.reload()
    elif tried.situation == "back from Train":
        page.get_by_role("link", name="Train").first.click()
        expect(pad(page)).to_have_count(0)
        page.get_by_role("link", name="Draw").first.click()
    elif tried.situation == "another network":
        page.locator(".st-key-model_choice input").click()
        page.get_by_role("option", name="two-conv-64-dropout").click()
    elif tried.situation in ("after Clear", "after Undo"):
        Pen(page, tried.kind).draw(_OLD)
        stop_for(server, tried.stop)
        page.locator(f'[data-tool="{"clear" if tried.situation == "after Clear" else "undo"}"]').click()
    expect(pad(page)).to_be_visible()


def stop_for(server: Server, seconds: float) -> None:
    """Stop the server's process, and let it go on later."""
    os.kill(server.process.pid, signal.SIGSTOP)
    threading.Timer(seconds, os.kill, (server.process.pid, signal.SIGCONT)).start()
