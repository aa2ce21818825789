"""The Draw page as tests and benchmarks open it, and what it shows and holds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from digitlab.drawing.sent import read_strokes
from digitlab.drawing.strokes import Drawing
from harness.server import Server

READY = ".dl-part-desk[data-ready]"  # the network is there: the page answers by itself
KEPT = "digitlab.drawing"  # where the tab keeps its drawing


def open_page(page: Page, server: Server, path: str = "/?model=two-conv-64-dropout") -> None:
    """Open the Draw page and wait until it answers by itself."""
    page.set_default_timeout(60_000)
    page.goto(server.url + path)
    page.wait_for_selector(READY, state="attached")
    page.wait_for_selector("html[data-pad=ready]", state="attached")


def seen(page: Page) -> NDArray[np.int64]:
    """What the page shows as the 28×28, [28, 28] in 0..255."""
    pixels = page.evaluate(
        """() => {
          const { data } = document.querySelector(".st-key-seen canvas").getContext("2d").getImageData(0, 0, 28, 28)
          return Array.from({ length: 784 }, (_, at) => data[4 * at])
        }"""
    )
    return np.array(pixels).reshape(28, 28)


def expect_strokes(page: Page, count: int) -> None:
    """Wait until the drawing has this many strokes."""
    page.wait_for_function(
        f"count => (JSON.parse(sessionStorage.getItem('{KEPT}'))?.strokes.length ?? 0) === count", arg=count
    )


def strokes(page: Page) -> Drawing:
    """The drawing as the tab keeps it."""
    kept: dict[str, Any] | None = page.evaluate(f"JSON.parse(sessionStorage.getItem('{KEPT}'))")
    return read_strokes(kept["strokes"] if kept else [])


def expect_held(page: Page) -> None:
    """Wait until the server has confirmed the newest drawing."""
    page.wait_for_function(
        """() => {
          const line = document.querySelector(".dl-part-line")
          const desk = document.querySelector(".dl-part-desk")
          return line && desk && line.dataset.held === desk.dataset.number
        }"""
    )


def expect_other_picture(page: Page, before: NDArray[np.int64]) -> None:
    """Wait until the page shows another 28×28."""
    page.wait_for_function(
        """(before) => {
          const { data } = document.querySelector(".st-key-seen canvas").getContext("2d").getImageData(0, 0, 28, 28)
          return before.some((value, at) => value !== data[4 * at])
        }""",
        arg=before.ravel().tolist(),
    )


def shares(page: Page) -> NDArray[np.float64]:
    """The lengths of the ten bars, 0 to 1."""
    found = page.evaluate(
        """() => [...document.querySelectorAll(".st-key-bars .dl-bar")].map((bar) =>
             Number(bar.style.getPropertyValue("--share")))"""
    )
    return np.array(found)


def expect_rest(page: Page) -> None:
    """Wait until what the page shows is its answer to the newest drawing."""
    page.wait_for_function(
        """() => {
          const { number, answered } = document.querySelector(".dl-part-desk").dataset
          return number === answered
        }"""
    )
