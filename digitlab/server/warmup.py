"""Loads TensorFlow and the first model behind the page, so that visitors seldom wait for them.

The Draw page needs neither in a browser that computes by itself: its weights are read without TensorFlow. The import
holds the interpreter for up to a second at a time, though, and nothing else is answered meanwhile. So it begins when
the first page is out and its browser has the weights, or has had the time to ask for them. On a server that no visitor
visits it begins after a while, since the first visitor may open a page that needs TensorFlow at once.
"""

import logging
import threading
import time

from digitlab.errors import DigitLabError
from digitlab.networks import zoo
from digitlab.server.predictors import open_predictor

LATEST_START = 2.0  # seconds after the server's start; by then no first page is in the making
UNVISITED = (
    20.0  # seconds until TensorFlow is loaded without a visitor; most who start a server have opened its page by then
)
FETCHING = 3.0  # seconds in which a browser that has no weights yet asks for them
SETTLING = 1.0  # seconds in which a browser that has the page fetches the canvas; the import would hold that up
_page_is_out = threading.Event()
_weights_are_out = threading.Event()


def start() -> None:
    """Begin in a thread of its own."""
    threading.Thread(target=_load, name="warm-up", daemon=True).start()


def page_is_out() -> None:
    """Say that a page has been sent."""
    _page_is_out.set()


def weights_are_out() -> None:
    """Say that a browser has been sent the weights of a network."""
    _weights_are_out.set()


def wait_for_the_page() -> None:
    """Wait until the first page is out and its browser has what it needs, or until no browser has asked for one."""
    if _page_is_out.wait(LATEST_START):
        time.sleep(SETTLING)


def _load() -> None:
    if _page_is_out.wait(UNVISITED):
        _weights_are_out.wait(FETCHING)
        time.sleep(SETTLING)
    try:
        open_predictor(zoo.DEFAULT)
    except DigitLabError:
        pass  # the page says so where this model is asked for
    except Exception:
        logging.getLogger(__name__).exception("The first model could not be loaded ahead")
