"""The trials of searches on the Runs page: folded under their search, or as rows among the runs."""

import streamlit as st

from digitlab.runs.trainings import Training
from digitlab.store import Store
from digitlab.store.searches import Search
from digitlab.ui.search.found import best, show_trials
from digitlab.ui.shared import pages, visitor
from digitlab.ui.shared.folding import folded
from digitlab.ui.shared.foreign import plain
from digitlab.words import _, plural

_AS_ROWS = "trials"  # in the address: `rows`


def fold(store: Store, shown: list[Training]) -> tuple[list[Training], list[tuple[Search, int]]]:
    """Take the trials out of a list of trainings.

    Returns:
        the others, and each search with the number of its trials in the list; trials of a deleted search are others.
    """
    searches = {search.id: search for search in store.searches.all(visitor.person())}
    of_runs = store.searches.of_runs() if searches else {}
    counts: dict[int, int] = {}
    others: list[Training] = []
    for training in shown:
        number = of_runs.get(training.run.id) if training.run else None
        if number is not None and number in searches:
            counts[number] = counts.get(number, 0) + 1
            if st.query_params.get(_AS_ROWS) != "rows":
                continue
        others.append(training)
    return others, [(searches[number], count) for number, count in counts.items()]


def show_folded(store: Store, found: list[tuple[Search, int]]) -> None:
    """A part for each search, made while it is open, and whether its trials stand in the table as well."""
    if not found:
        return
    for search, count in found:
        title = plural(
            "Search {search} · {name} · {n} trial",
            "Search {search} · {name} · {n} trials",
            count,
            search=str(search.id),
            name=plain(search.name),
        )
        part = folded(title, "search", f"trials_of_{search.id}")
        if part.open:
            with part:
                _show_one(store, search)
    st.session_state[_AS_ROWS] = st.query_params.get(_AS_ROWS) == "rows"
    st.checkbox(_("Show trials as rows of the table"), key=_AS_ROWS, on_change=_take)


def _show_one(store: Store, search: Search) -> None:
    trials = store.searches.trials(search.id)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if (one := best(trials)) is not None:
            st.markdown(
                _(
                    "Best trial: {trial}, validation accuracy {share:.2%}",
                    trial=str(one.number + 1),
                    share=one.run.best_validation,
                ),
                width="content",
            )
        pages.link(pages.RUNS, _("Open search"), {"view": "search", "search": search.id}, icon=":material/search:")
    show_trials(trials, f"trials_table_{search.id}")


def _take() -> None:
    if st.session_state[_AS_ROWS]:
        st.query_params[_AS_ROWS] = "rows"
    else:
        st.query_params.pop(_AS_ROWS, None)
