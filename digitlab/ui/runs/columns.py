"""Columns of the table of runs that a reader adds: `?columns=rate,batch` in the address, so that a view is a link."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.runs.trainings import Training
from digitlab.server import board
from digitlab.training.settings import SETTINGS
from digitlab.ui.shared import visitor
from digitlab.words import Message, _, message

_ADDRESS = "columns"
_FIELDS = {"rate": "learning_rate", "batch": "batch_size", "epochs": "epochs", "seed": "seed"}  # of TrainingConfig
_LABELS: Mapping[str, Message] = {
    **{name: SETTINGS[field].label for name, field in _FIELDS.items()},
    "digits": message("Training digits"),
    "owner": message("Owner"),
}


def choose() -> None:
    """The chooser, beside the filter."""
    st.session_state[_ADDRESS] = chosen()
    with st.popover(_("Columns"), icon=":material/view_column:"):
        st.pills(
            _("More columns"), list(_LABELS), selection_mode="multi", format_func=lambda name: str(_LABELS[name]),
            key=_ADDRESS, on_change=_take,
        )  # fmt: skip


def chosen() -> list[str]:
    """The columns that the address names; what is none is left out."""
    said = st.query_params.get(_ADDRESS, "").split(",")
    return [name for name in _LABELS if name in said]


def values(training: Training) -> dict[str, Any]:
    """What a row has in the chosen columns; None where it is not known."""
    wanted = chosen()
    try:
        config = training.config() if set(wanted) - {"owner"} else None
    except DigitLabError:  # another version wrote its settings
        config = None
    found: dict[str, Any] = {}
    for name in wanted:
        if name == "owner":
            found[name] = _owner(training)
        elif config is None:
            found[name] = None
        else:
            found[name] = config.digits if name == "digits" else getattr(config, _FIELDS[name])
    return found


def config() -> dict[str, Any]:
    """How they are shown."""
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        name: text(str(_LABELS[name]))
        if name == "owner"
        else number(str(_LABELS[name]), format="%.3g" if name == "rate" else "%d")
        for name in chosen()
    }


def _owner(training: Training) -> str | None:
    """Who asked for it, as far as that is this visitor's business: themselves, or a member of their class."""
    owner, here = training.thing.owner, visitor.person()
    if owner is None:
        return None
    if owner == here.browser:
        return _("you")
    seen = board.seen(here.classroom) if here.classroom is not None else None
    return next((member.name for member in seen.members if member.browser == owner), None) if seen else None


def _take() -> None:
    if names := st.session_state[_ADDRESS]:
        st.query_params[_ADDRESS] = ",".join(names)
    else:
        st.query_params.pop(_ADDRESS, None)
