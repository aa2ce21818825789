"""The draft of this session: kept from page to page, written to the address and read from it."""

import streamlit as st

from digitlab.errors import DataError, InputError
from digitlab.jobs import draft_query
from digitlab.jobs.draft import Draft
from digitlab.server.store import store as opened_store
from digitlab.store import Store
from digitlab.training.config import TrainingConfig
from digitlab.ui.shared import visitor

_DRAFT = "train_draft"  # session
_ADDRESS = "train_address"  # session: what the address was when it was last read or written


def current(store: Store) -> tuple[Draft, TrainingConfig, list[str]]:
    """The draft, the configuration before its changes, and what is wrong with the address."""
    query = {key: st.query_params[key] for key in draft_query.KEYS if key in st.query_params}
    problems: list[str] = []
    draft: Draft = st.session_state.get(_DRAFT, Draft())
    if query and query != st.session_state.get(_ADDRESS):
        draft, problems = draft_query.from_query(query)
    try:
        base = draft.base(store, visitor.person())
    except (InputError, DataError) as error:
        problems.append(error.sentence)
        draft = Draft()
        base = draft.base(store, visitor.person())
    put(draft)
    return draft, base, problems


def put(draft: Draft) -> None:
    """Have the session work with this draft."""
    st.session_state[_DRAFT] = draft


def changed(name: str, widget: str) -> None:
    """A widget's callback: take its value over as this setting's."""
    draft: Draft = st.session_state[_DRAFT]
    put(draft.with_change(draft.base(opened_store(), visitor.person()), name, _plain(st.session_state[widget])))


def draft_now() -> Draft:
    """The draft, within a widget's callback."""
    found: Draft = st.session_state[_DRAFT]
    return found


def keep_address(draft: Draft) -> None:
    """Have the address describe the draft."""
    _write(draft_query.to_query(draft))


def watch(run: int) -> None:
    """Have the address name a run, and no draft any more."""
    _write({draft_query.RUN: str(run)})


def _write(query: dict[str, str]) -> None:
    """Write all at once, so that the browser's Back is one press; what else the address says stays.

    A link from this page to itself changes what the server reads, but not the browser's address: hence `is_new`.
    """
    is_new = st.session_state.get(_ADDRESS) != query
    said = {key: st.query_params.get_all(key) for key in st.query_params}
    others = {key: values for key, values in said.items() if key not in (draft_query.RUN, *draft_query.KEYS)}
    wanted = others | {key: [value] for key, value in query.items()}
    if is_new or said != wanted:
        st.query_params.from_dict(wanted)
    st.session_state[_ADDRESS] = query


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
