"""What the query of the page's URL says of the drawing: `?drawing=` and `?digit=`."""

import streamlit as st

from digitlab.drawing.link_text import pack, unpack
from digitlab.drawing.strokes import Drawing
from digitlab.errors import InputError
from digitlab.ui.pad import held
from digitlab.ui.shared.shown import Sample, sample

_READ = "query_read"  # session: the drawing that the query brought, as text


def open_drawing() -> None:
    """On a session's first run, have the page open what the query brings.

    Raises:
        InputError: the link is damaged, or of another version.
    """
    state = st.session_state
    if _READ in state:
        return
    state[_READ] = packed = st.query_params.get("drawing", "")
    named = st.query_params.get("digit")
    if packed:
        held.open_drawing(unpack(packed))
    elif named is not None:
        held.show_sample(sample(named))


def has_drawing() -> bool:
    """Whether the query says anything of what is shown, so that it has to follow."""
    return "digit" in st.query_params or "drawing" in st.query_params


def keep_query() -> None:
    """Have the query say what is shown: the digit, and no drawing that has changed since."""
    query = st.query_params
    if held.held() is None or not (has_drawing() or isinstance(held.shown(), Sample)):
        return
    now = held.shown()
    if isinstance(now, Sample):
        query["digit"] = now.key
    elif "digit" in query:
        del query["digit"]
    if "drawing" in query and not (isinstance(now, Drawing) and _same(now, query["drawing"])):
        del query["drawing"]


def _same(drawing: Drawing, packed: str) -> bool:
    try:
        return pack(drawing) == packed
    except InputError:
        return False
