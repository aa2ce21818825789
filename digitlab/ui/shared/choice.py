"""A choice that the page's address names by itself, whatever language its words are in."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from digitlab.words import Message


def one_of(
    name: str,
    options: Mapping[str, Message | str],
    label: str,
    *,
    default: str,
    older: Mapping[str, str] | None = None,
    hidden: bool = False,
    listed: bool = False,
) -> str:
    """A row or list of options, one of which is chosen; the address decides, and the default leaves the address.

    Args:
        name: of the parameter; the widget's key is NAME_choice.
        options: the text of each option by what the address says.
        label: of the whole row or list.
        default: the option of an address that names none, or one that there is not.
        older: options by the names that addresses had for them before.
        hidden: whether only screen readers get the label.
        listed: whether the options are a list that opens, for many or long ones.
    """
    said = st.query_params.get(name, default)
    wanted = (older or {}).get(said, said)
    if wanted not in options:
        st.query_params.pop(name, None)
        wanted = default
    key = f"{name}_choice"
    if st.session_state.get(key) != wanted:
        st.session_state[key] = wanted
    shared: dict[str, Any] = {
        "format_func": lambda option: str(options[option]),
        "key": key,
        "on_change": _take,
        "args": (name, key, default),
        "label_visibility": "collapsed" if hidden else "visible",
    }
    if listed:
        return str(st.selectbox(label, list(options), filter_mode=None, **shared))
    return str(st.segmented_control(label, list(options), required=True, **shared))


def _take(name: str, key: str, default: str) -> None:
    if st.session_state[key] == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = st.session_state[key]
