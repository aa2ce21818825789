"""What a browser says that a widget holds, checked before anything of ours or Streamlit's reads it.

Anybody can write to the websocket. Streamlit checks the values that stand in an address, and takes those of a message
as they come: an option that there is not, rows of a table that are words, JSON that is none. So each value of a message
is tried here by what Streamlit knows of its widget. One that fails is as if it had not been sent; behind this module
values are of their type and range, and a forged message neither ends a page nor fills the log. A press without the
field that it is about, which a browser sends along, is as if it had not been sent either.
"""

import json
import logging
import math
import re
from collections.abc import Callable
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import WidgetMetadata, unpack_widget_state_value
from streamlit.runtime.state.session_state import Serialized, WStates

log = logging.getLogger(__name__)

_MOST_ROWS = 10**9  # of a table
_LONGEST = 2_000_000  # letters of a text: a lasso around all digits of a map is one; fields have bounds of their own
_LISTS = ("double_array_value", "int_array_value", "string_array_value")
_JSON = ("json_value", "json_trigger_value")
_MISSING = re.compile("st.session_state has no key")  # begins Streamlit's own sentence
_ALSO = (("int_value", "double_value"),)  # a field for whole numbers sends them as such


def stand_before_streamlit() -> None:
    """From now on a value is read only if it is sound."""
    if WStates.__getitem__ is not _read:
        WStates.__getitem__ = _read  # type: ignore[method-assign]
        WStates.call_callback = _call  # type: ignore[assignment,method-assign]


_streamlits_read: Callable[[WStates, str], Any] = WStates.__getitem__
_streamlits_call: Callable[[WStates, str], None] = WStates.call_callback


def _read(states: WStates, identifier: str) -> Any:
    held, widget = states.states.get(identifier), states.widget_metadata.get(identifier)
    if isinstance(held, Serialized) and widget is not None and not is_sound(held.value, widget):
        states.states[identifier] = Serialized(WidgetState(id=identifier))  # as a browser sends an empty widget
    return _streamlits_read(states, identifier)


def _call(states: WStates, identifier: str) -> None:
    try:
        _streamlits_call(states, identifier)
    except KeyError as error:
        if not _MISSING.search(str(error)):
            raise
        log.info("A message left out the field that a press is about.")


def is_sound(state: WidgetState, widget: WidgetMetadata[Any]) -> bool:
    """Whether a browser with this widget could have sent this."""
    kind = state.WhichOneof("value")
    if kind is None:  # cleared
        return True
    if kind != widget.value_type and (kind, widget.value_type) not in _ALSO:
        return False
    given = getattr(state, kind)
    try:
        if kind in _JSON:
            return _is_sound_json(given) and _reads(state, widget)
        if kind in _LISTS:
            return _is_sound_list(list(given.data), widget) and _reads(state, widget)
        if kind == "string_value":
            return _is_sound_text(given, widget.formatted_options) and _reads(state, widget)
        if kind == "double_value":
            return math.isfinite(given) and _reads(state, widget)
    except (ValueError, RecursionError):
        return False
    return _reads(state, widget)


def _reads(state: WidgetState, widget: WidgetMetadata[Any]) -> bool:
    try:
        widget.deserializer(unpack_widget_state_value(state))
    except Exception:  # every kind of widget fails in its own way
        return False
    return True


def _is_sound_text(text: str, options: list[str] | None) -> bool:
    return len(text) <= _LONGEST and "\0" not in text and (options is None or text in options)


def _is_sound_list(given: list[Any], widget: WidgetMetadata[Any]) -> bool:
    if not given and (widget.formatted_options is not None) and (not widget.clearable or _has_default(widget)):
        return False
    if widget.max_array_length is not None and len(given) > widget.max_array_length:
        return False
    if len(set(given)) < len(given) and widget.formatted_options is not None and not widget.allow_url_duplicates:
        return False
    return all(
        _is_sound_text(one, widget.formatted_options) if isinstance(one, str) else math.isfinite(one) for one in given
    )


def _has_default(widget: WidgetMetadata[Any]) -> bool:
    """Whether it is a single choice that begins with something chosen; on our pages such a one is never empty."""
    return getattr(getattr(widget.deserializer, "__self__", None), "default_option_index", None) is not None


def _is_sound_json(text: str) -> bool:
    """Whether it is JSON without what no browser writes, and selections, if it has any, are rows, cells and points."""
    value = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    if not isinstance(value, dict | list | None) or not _can_be_kept(value):
        return False
    selection = value.get("selection", {}) if isinstance(value, dict) else {}
    if not isinstance(selection, dict):
        return False
    rows, columns, cells = (selection.get(name) or [] for name in ("rows", "columns", "cells"))
    points = selection.get("points") or []
    return (
        all(isinstance(part, list) for part in (rows, columns, cells, points))
        and all(_is_place(row) for row in rows)
        and all(isinstance(column, str) for column in columns)
        and all(isinstance(cell, list) and len(cell) == 2 and _is_place(cell[0]) for cell in cells)
        and all(isinstance(point, dict) for point in points)
    )


def _can_be_kept(value: Any) -> bool:
    """Whether no text in it has a NUL or the half of a letter, which no database takes."""
    match value:
        case str():
            return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
        case dict():
            return all(_can_be_kept(name) and _can_be_kept(one) for name, one in value.items())
        case list():
            return all(map(_can_be_kept, value))
    return True


def _is_place(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_ROWS


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    return value
