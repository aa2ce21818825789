"""The Draw page with its live answer, for tests and benchmarks: opening it, and waiting for what it shows."""

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from tests.browser.hand import expect_answer, pad
from tests.browser.server import Server

LIVE = ".dl-live[data-source=live]"
SETTLED = ".dl-live[data-source=server]"
IDLE = ".dl-live[data-busy=false]"  # the answer to the last event is on the page


def open_page(page: Page, server: Server, path: str = "/?model=two-conv-64-dropout") -> None:
    """Open the Draw page and wait until the live answer has begun."""
    page.set_default_timeout(60_000)
    page.goto(server.url + path)
    page.wait_for_selector(".dl-live[data-ready]")
    expect(pad(page)).to_be_visible()


def seen(page: Page) -> NDArray[np.int64]:
    """What the page shows as the 28×28, [28, 28] in 0..255."""
    pixels = page.evaluate(
        """() => {
          const canvas = document.querySelector(".st-key-seen canvas")
          const { data } = canvas.getContext("2d").getImageData(0, 0, 28, 28)
          return Array.from({ length: 784 }, (_, at) => data[4 * at])
        }"""
    )
    return np.array(pixels).reshape(28, 28)


def expect_picture(page: Page, picture: NDArray[np.int64]) -> None:
    """Wait until the page shows this 28×28."""
    page.wait_for_function(
        """(wanted) => {
          const { data } = document.querySelector(".st-key-seen canvas").getContext("2d").getImageData(0, 0, 28, 28)
          return wanted.every((value, at) => value === data[4 * at])
        }""",
        arg=picture.ravel().tolist(),
    )


def expect_blank(page: Page) -> None:
    """Wait until the server says that the pad is empty, and the canvas has followed."""
    expect_answer(page, "?")
    expect_picture(page, np.zeros((28, 28), np.int64))
    pad(page).evaluate(
        """async (surface) => {
          const below = surface.getRootNode().querySelector("canvas.dc-canvas.lower-canvas")
          const isEmpty = () => {
            const { data } = below.getContext("2d").getImageData(0, 0, below.width, below.height)
            return data.every((value, at) => value === data[at % 4])
          }
          while (!isEmpty()) await new Promise(requestAnimationFrame)
        }"""
    )
