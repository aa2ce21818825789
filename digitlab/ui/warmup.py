"""Loads TensorFlow and the first model behind the page, so that the first stroke seldom waits for them."""

import logging
import threading
import time

from digitlab.errors import DigitLabError
from digitlab.networks import zoo
from digitlab.ui.predictors import open_predictor

LATEST_START = 2.0  # seconds after the server's start; by then no first page is in the making
SETTLING = 1.0  # seconds in which a browser that has the page fetches the canvas; the import would hold that up
_page_is_out = threading.Event()
_done = threading.Event()
_done.set()  # until a server starts it, there is nothing to wait for


def start() -> None:
    """Begin in a thread of its own, once the first page is out: importing TensorFlow would hold that up."""
    _done.clear()
    threading.Thread(target=_load, name="warm-up", daemon=True).start()


def page_is_out() -> None:
    """Say that a page has been sent."""
    _page_is_out.set()


def wait_for_the_page() -> None:
    """Wait until the first page is out and its browser has what it needs, or until nobody has asked for one."""
    if _page_is_out.wait(LATEST_START):
        time.sleep(SETTLING)


def wait() -> None:
    """Wait until it is done, as what is in no hurry should: the browser asks for weights while it builds the page."""
    _done.wait()


def _load() -> None:
    wait_for_the_page()
    try:
        open_predictor(zoo.DEFAULT)
    except DigitLabError:
        pass  # the page says it to whoever asks for this model
    except Exception:
        logging.getLogger(__name__).exception("The first model could not be loaded ahead")
    finally:
        _done.set()
