"""The Search part of the Runs page; `?view=search&search=3` names what is shown."""

import streamlit as st

from digitlab.errors import DataError
from digitlab.store import Store
from digitlab.store.searches import Search
from digitlab.ui.search.form import PREPARED, SAMPLERS, show_form
from digitlab.ui.search.found import show_search
from digitlab.ui.shared import visitor
from digitlab.ui.shared.foreign import plain, warn
from digitlab.words import _, plural


def show_page(store: Store) -> None:
    """The searches there are, the one that is chosen, and a form for the next."""
    searches = {search.id: search for search in store.searches.all(visitor.person())}
    wanted = st.query_params.get("search", "")
    chosen = searches.get(int(wanted)) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else None
    if wanted and chosen is None:
        warn(_("The search in this link does not exist any more."))
        st.query_params.pop("search", None)
    with st.container(key="search"):
        is_asked = not searches or st.session_state.get(PREPARED, False)
        with st.expander(_("New search"), icon=":material/add:", expanded=is_asked, key="search_form"):
            begun = show_form(store)
        if begun is not None:
            st.session_state.pop(PREPARED, None)
            st.query_params["search"] = str(begun.id)
            st.rerun()
        if searches:
            _choose(searches, chosen or next(iter(searches.values())))
            show_search(store, chosen or next(iter(searches.values())))


def _choose(searches: dict[int, Search], chosen: Search) -> None:
    if len(searches) == 1:
        st.subheader(plain(_title(chosen)))
        return
    st.session_state["search_choice"] = chosen.id

    def take() -> None:
        st.query_params["search"] = str(st.session_state["search_choice"])

    st.selectbox(
        _("Search"),
        list(searches),
        format_func=lambda number: _title(searches[number]),
        key="search_choice",
        on_change=take,
        filter_mode=None,
    )


def _title(search: Search) -> str:
    try:
        plan = search.plan
    except DataError:
        return f"{search.id} · {search.name}"
    return plural(
        "{search} · {name} · {sampler} · {n} trial",
        "{search} · {name} · {sampler} · {n} trials",
        plan.trials,
        search=str(search.id),
        name=search.title,
        sampler=SAMPLERS[plan.sampler],
    )
