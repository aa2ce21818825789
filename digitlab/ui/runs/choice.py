"""Which trainings are chosen: `?chosen=12,pen` in the URL, and in the session from page to page."""

from collections.abc import Iterable
from contextlib import suppress

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.ui.shared import visitor
from digitlab.ui.shared.foreign import warn
from digitlab.words import _

MOST = 10  # at once: each has a colour of its own
_CHOSEN = "chosen"  # session: a list of keys


def chosen(known: Iterable[str]) -> list[str]:
    """The keys that are chosen, as far as they are known, in the order in which they were chosen.

    `?model=NAME`, as other pages have it, chooses that one.
    """
    known = set(known)
    wanted = st.query_params.get(_CHOSEN) or st.query_params.get("model")
    keys = [key if key in known else _replaced(key) for key in wanted.split(",")] if wanted else now()
    found = [key for key in dict.fromkeys(keys) if key in known][:MOST]
    if wanted and len(found) < len(set(keys)):
        warn(_("This link names runs or models that are not here, or more than ten."))
    if found != st.session_state.get(_CHOSEN) or st.query_params.get(_CHOSEN, "") != ",".join(found):
        choose(found)
    return found


def _replaced(key: str) -> str:
    """The run that has newer weights than those which a link names; else the key itself."""
    with suppress(DigitLabError):
        if (run := visitor.model(key).replaced_by) is not None:
            return str(run)
    return key


def now() -> list[str]:
    """What was chosen last, be it since the page began to run."""
    keys: list[str] = st.session_state.get(_CHOSEN, [])
    return keys


def choose(keys: list[str]) -> None:
    """Choose these from now on."""
    st.session_state[_CHOSEN] = keys[:MOST]
    if keys:
        st.query_params[_CHOSEN] = ",".join(keys[:MOST])
    else:
        st.query_params.pop(_CHOSEN, None)
    st.query_params.pop("model", None)
