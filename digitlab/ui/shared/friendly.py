"""What a user reads when something is wrong: one sentence, never a traceback."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.ui.shared.foreign import complain
from digitlab.words import _

_log = logging.getLogger(__name__)


@contextmanager
def friendly() -> Iterator[None]:
    """Show an error meant for people as its sentence; log any other and say that it was logged."""
    try:
        yield
    except DigitLabError as error:
        complain(error.sentence)
    except Exception:
        _log.exception("A part of the page failed")
        st.error(
            _("This part of the page failed because of an error in DigitLab. The other parts work."),
            icon=":material/build:",
        )
