"""The language of this session, and the chooser in the page's head."""

from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from digitlab.server.languages import wanted
from digitlab.ui.shared.component import Component, sent
from digitlab.words import _
from digitlab.words.language import LANGUAGES, NAMES, Language, ask_sessions, current, named, say

_KEY = "language"
_SPOKEN = "spoken"  # session: the language
_ASKED = "asked_language"  # session: the `?lang=` that was followed

_chooser = Component("language", "shared/language.js", ("shared/language.css",))


def settle() -> None:
    """With each run of the page's script: follow `?lang=` once, and find the language of a session that begins."""
    state = st.session_state
    asked = st.query_params.get("lang")
    if _SPOKEN not in state or (named(asked) and asked != state.get(_ASKED)):
        state[_SPOKEN] = wanted(asked, st.context.cookies, _header())
        state[_ASKED] = asked
    say(state[_SPOKEN])


def show_chooser() -> None:
    """All languages by their own names; what is chosen changes the session at once and keeps everything in it.

    Streamlit keeps a widget's value while its texts change, as long as the value itself is not one of them.
    """
    with st.container(key=_KEY):
        data = {
            "language": current(),
            "names": {language: NAMES[language] for language in LANGUAGES},
            "asked": named(st.session_state.get(_ASKED)) == current(),
            "label": _("Language"),
        }
        _chooser("language_chooser", data, width="content", on_chosen_change=_choose)


def _choose() -> None:
    chosen: Any = sent("language_chooser", "chosen")
    if chosen not in LANGUAGES:
        return
    state = st.session_state
    state[_SPOKEN], state[_ASKED] = chosen, None
    st.query_params.pop("lang", None)


def _header() -> str | None:
    header = st.context.headers.get("Accept-Language")
    return header if isinstance(header, str) else None  # a page without a browser has no real headers


def _of_this_session() -> Language | None:
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return None
    try:
        spoken: Language = context.session_state[_SPOKEN]
    except KeyError:  # the session's first run has not come to `settle`
        return None
    return spoken


ask_sessions(_of_this_session)
