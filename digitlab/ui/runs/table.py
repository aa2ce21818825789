"""The table of everything that was trained: it sorts by a click on its head, and its rows can be chosen."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from digitlab.runs.trainings import Training
from digitlab.ui.runs import choice, columns
from digitlab.ui.runs.filtering import passes
from digitlab.ui.shared import names
from digitlab.ui.shared.setting_text import STATES, progress_text
from digitlab.words import _

# A sign beside the word, so that no state is shown by colour alone.
SIGNS = {
    "shipped": "◆",
    "model": "◇",
    "queued": "…",
    "starting": "▷",
    "running": "▶",
    "pausing": "▶",
    "paused": "Ⅱ",
    "stopping": "▶",
    "finished": "✓",
    "stopped": "■",
    "failed": "✕",
    "interrupted": "!",
}
_NAME = "Name"  # the column that leads to a run's page
_WANTED = "wanted_run"  # session: the run whose name was clicked
_SHOWN = "shown_runs"  # session: the keys of the table's rows


def filtered(trainings: list[Training]) -> list[Training]:
    """Those that the filter above the table lets through."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="filter"):
        words = st.text_input(
            _("Filter rows"),
            placeholder=_("Filter, as in state:finished acc>0.99"),
            icon=":material/search:",
            key="words",
            bind="query-params",
            max_chars=100,
            label_visibility="collapsed",
            width=300,
        )
        states = list(dict.fromkeys(training.state for training in trainings))
        said = st.query_params.get("states", "").split(",")
        st.session_state["states"] = [state for state in states if state in said]
        wanted = st.pills(
            _("State"),
            states,
            selection_mode="multi",
            format_func=state_text,
            key="states",
            on_change=_take_states,
            label_visibility="collapsed",
        )
        columns.choose()
    return [
        training for training in trainings if passes(training, words or "") and (not wanted or training.state in wanted)
    ]


def _take_states() -> None:
    """By their names and not by what they are called, so that a link is in no language."""
    if states := st.session_state["states"]:
        st.query_params["states"] = ",".join(states)
    else:
        st.query_params.pop("states", None)


def state_text(state: str) -> str:
    return f"{SIGNS[state]} {STATES[state]}"


def show_table(trainings: list[Training], chosen: list[str]) -> None:
    """The rows; choosing some changes the URL and runs the page again."""
    keys = [training.key for training in trainings]
    st.session_state[_SHOWN] = keys
    if not keys:
        st.caption(_("No row matches the filter."))
        return
    # Chosen rows are kept by their place: another set of rows is another table.
    name = "table-" + hashlib.sha256(" ".join(keys).encode()).hexdigest()[:12]
    rows = [keys.index(key) for key in chosen if key in keys]
    with st.container(key="table"):
        st.dataframe(
            [_row(training) | columns.values(training) for training in trainings],
            hide_index=True,
            key=name,
            on_select=lambda: _take(name),
            selection_mode=["multi-row", "single-cell"],
            selection_default={"selection": {"rows": rows, "columns": [], "cells": []}},
            column_config=_columns() | columns.config(),
            height=min(460, 37 + 35 * len(trainings)),
            placeholder="–",
            alt=_("All runs and models with their state and figures"),
        )


def _take(name: str) -> None:
    """A click on the name of a run opens its page; on any other cell it chooses the row, or no longer."""
    keys: list[str] = st.session_state[_SHOWN]
    selection = st.session_state[name]["selection"]
    rows, cells = list(selection["rows"]), selection["cells"]
    if cells and cells[0][0] < len(keys):
        row, column = cells[0]
        if column == _NAME and keys[row].isdecimal():
            st.session_state[_WANTED] = keys[row]
            return
        rows = [one for one in rows if one != row] if row in rows else [*rows, row]
        st.session_state[name] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    hidden = [key for key in choice.now() if key not in keys]
    choice.choose(hidden + [keys[row] for row in rows if row < len(keys)])


def wanted() -> str | None:
    """The run whose name was clicked, once."""
    key: str | None = st.session_state.pop(_WANTED, None)
    return key


def _row(training: Training) -> dict[str, Any]:
    return {
        _NAME: names.of_training(training, figure=False),
        "State": _progress(training),
        "Test": None if training.test_accuracy is None else 100 * training.test_accuracy,
        "Validation": None if training.best_validation is None else 100 * training.best_validation,
        "Recipe": training.recipe,
        "Parameters": training.parameters,
        "Minutes": None if training.seconds is None else training.seconds / 60,
        "When": datetime.fromtimestamp(training.when, UTC) if training.when else None,
        "Tags": list(training.tags),
        "Note": training.note,
    }


def _progress(training: Training) -> str:
    job = training.run.job if training.run and training.active else None
    text = progress_text(training.state, job.done, job.total) if job else str(STATES[training.state])
    return f"{SIGNS[training.state]} {text}"


def _columns() -> dict[str, Any]:
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        _NAME: text(_("Name"), pinned=True, width=260, help=_("A click on the name of a run opens its page.")),
        "State": text(_("State"), width=130),  # the longest, "▶ running, 99%", is whole
        "Test": number(
            _("Test accuracy"), format="%.2f%%", help=_("On the 10,000 test digits, at the end of the run.")
        ),
        "Validation": number(_("Best validation"), format="%.2f%%", help=_("Validation accuracy of the best epoch.")),
        "Recipe": text(_("Recipe")),
        "Parameters": number(_("Parameters"), format="localized"),
        "Minutes": number(_("Minutes"), format="%.1f", help=_("Time spent training, without pauses.")),
        "When": st.column_config.DatetimeColumn(_("Date"), format="YYYY-MM-DD HH:mm", timezone=_timezone()),
        "Tags": st.column_config.ListColumn(_("Tags")),
        "Note": text(_("Note")),
    }


def _timezone() -> str | None:
    """The reader's own."""
    return st.context.timezone
