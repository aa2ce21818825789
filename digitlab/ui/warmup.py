"""Loads TensorFlow and the first model behind the page, so that the first stroke seldom waits for them."""

import logging
import threading

from digitlab.errors import DigitLabError
from digitlab.networks import zoo

LATEST_START = 2.0  # seconds after the server's start; by then no first page is in the making
_page_is_out = threading.Event()


def start() -> None:
    """Begin in a thread of its own, once the first page is out: importing TensorFlow would hold that up."""
    threading.Thread(target=_load, name="warm-up", daemon=True).start()


def page_is_out() -> None:
    """Say that a page has been sent."""
    _page_is_out.set()


def _load() -> None:
    _page_is_out.wait(LATEST_START)
    try:
        zoo.open_model(zoo.DEFAULT)
    except DigitLabError:
        pass  # the page says it to whoever asks for this model
    except Exception:
        logging.getLogger(__name__).exception("The first model could not be loaded ahead")
