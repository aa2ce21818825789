"""The line to the page: commands go out, and what the page says of a drawing comes in.

The drawings themselves come another way, which needs no run of the page's script (digitlab/server/inbox.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict

import streamlit as st

from digitlab.ui.pad import corrections, held
from digitlab.ui.shared.component import Component, sent
from digitlab.ui.shared.foreign import complain

_KEY = "line"
_SHOWN = "line_shown"  # session: the number of the drawing that the server showed last
_OPEN = "line_open"  # session: the layer and channel that a press on a map asks for

_line = Component("line", "pad/line.js")


def keep_the_line(heard: Callable[[], None] | None = None, *, runs: bool) -> None:
    """Show the component, which cannot be seen. In a fragment: what the page says runs that part alone.

    Args:
        heard: called when another drawing came that this runs for; may say what else is to run.
        runs: whether this is to run for each drawing, since something of it is shown that the server computes.
    """
    now = held.held()
    held.inbox().runs = runs
    data = {
        "session": held.inbox().key,
        "held": None if now is None or now.number < 0 else now.number,
        "command": held.command(),
        "kept": asdict(corrections.kept()),
    }

    def listen() -> None:
        _listen()
        if heard:
            heard()

    _line(_KEY, data, on_said_change=listen)
    if now is not None and not now.computes and st.session_state.get(_SHOWN) != now.number:
        st.session_state[_SHOWN] = now.number
        st.rerun()
    if problem := held.problem():
        complain(problem)


def wants_layer() -> tuple[str, int] | None:
    """The layer and the channel of a map that was pressed since the last call."""
    wanted: tuple[str, int] | None = st.session_state.pop(_OPEN, None)
    return wanted


def _listen() -> None:
    said = sent(_KEY, "said")
    if not isinstance(said, Mapping):
        return
    if said.get("what") == "label":
        corrections.label(said)
    elif said.get("what") == "open":
        layer, channel = said.get("layer"), said.get("channel")
        if isinstance(layer, str) and isinstance(channel, int):
            st.session_state[_OPEN] = (layer, channel)
