"""A choice that the page's address names by itself, whatever language its words are in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from digitlab.words import Message

_PRESSED = "{name}_pressed"  # session: a _Pressed, until the browser knows of it


@dataclass(frozen=True)
class _Pressed:
    """An option that was pressed: the address names it after, and named another one before.

    Attributes:
        answered: whether the run that answers the press is over.
    """

    before: str
    after: str
    answered: bool = False


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
    said = _address_says(name, default)
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


def _address_says(name: str, default: str) -> str:
    """The option that the address names.

    A part of the page that runs by itself tells the server the address that the browser had when the run was asked for.
    That may be the address of before a press, which is answered meanwhile: the press then still counts, until the
    browser has shown once that it knows of it.
    """
    said = st.query_params.get(name, default)
    pressed: _Pressed | None = st.session_state.get(_PRESSED.format(name=name))
    if pressed is None:
        return said
    if pressed.answered and said != pressed.before:
        del st.session_state[_PRESSED.format(name=name)]
        return said
    st.session_state[_PRESSED.format(name=name)] = replace(pressed, answered=True)
    if said != pressed.after:
        _write(name, pressed.after, default)
    return pressed.after


def _take(name: str, key: str, default: str) -> None:
    before, after = st.query_params.get(name, default), str(st.session_state[key])
    st.session_state[_PRESSED.format(name=name)] = _Pressed(before, after)
    _write(name, after, default)


def _write(name: str, option: str, default: str) -> None:
    if option == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = option
