"""What a user reads when something is wrong: one sentence, never a traceback."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from digitlab.errors import DigitLabError

_log = logging.getLogger(__name__)


@contextmanager
def friendly() -> Iterator[None]:
    """Show an error meant for people as its sentence; log any other and say that it was logged."""
    try:
        yield
    except DigitLabError as error:
        st.error(str(error), icon=":material/info:")
    except Exception:
        _log.exception("A part of the page failed")
        st.error(
            "Something went wrong here, and it is our mistake. The server's log has the details; the rest still works.",
            icon=":material/build:",
        )
