"""What the address of the Train page says: `?run=7`."""

import streamlit as st

from digitlab.errors import InputError


def wanted_run() -> int | None:
    """The run that the address names; None where it names none.

    Raises:
        InputError: it is not a run's number.
    """
    given = st.query_params.get("run")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        raise InputError(f"A run has a number; the address says {given[:20]!r}.")
    return int(given)


def watch(run: int) -> None:
    """Have the address name this run."""
    st.query_params.clear()
    st.query_params["run"] = str(run)
