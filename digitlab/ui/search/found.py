"""A search: its trials as they come, what mattered, and the best of them."""

from typing import Any

import streamlit as st

from digitlab.search import study
from digitlab.search.space import from_records
from digitlab.store import Store
from digitlab.store.records import ACTIVE
from digitlab.store.searches import Search, Trial
from digitlab.ui.friendly import friendly
from digitlab.ui.runs import choice
from digitlab.ui.runs.table import state_text
from digitlab.ui.search.chart import importance_bars, parallel_coordinates
from digitlab.ui.search.form import label_of

EVERY = 2.0  # seconds between two looks at a search that goes on


def show_search(store: Store, search: Search) -> None:
    """Follows it while it goes on."""
    going_on = search.state == "running" or any(one.run.state in ACTIVE for one in store.searches.trials(search.id))

    @st.fragment(run_every=EVERY if going_on else None)
    def part() -> None:
        if st.session_state["view"] != "Search":
            st.rerun()  # a trial was opened
        now = store.searches.get(search.id)
        trials = store.searches.trials(search.id)
        if going_on and now.state != "running" and not any(one.run.state in ACTIVE for one in trials):
            st.rerun()
        _head(store, now, trials)
        if trials:
            _table(trials)
            _pictures(now, trials)
        else:
            st.caption("The first trial is on its way into the queue.")

    part()


def best(trials: list[Trial]) -> Trial | None:
    """The trial with the highest validation accuracy, of those that were not stopped."""
    done = [trial for trial in trials if study.outcome(trial) == "complete"]
    return max(done, key=lambda trial: trial.run.best_validation or 0.0, default=None)


def _head(store: Store, search: Search, trials: list[Trial]) -> None:
    ended = sum(study.outcome(trial) != "going on" for trial in trials)
    pruned = sum(trial.pruned for trial in trials)
    stopped_early = f", {pruned} of them stopped early" if pruned else ""
    st.progress(ended / search.trials, f"{ended} of {search.trials} trials{stopped_early} · {search.state}")
    with st.container(horizontal=True, vertical_alignment="center"), friendly():
        found = best(trials)
        if found is not None:
            st.button(
                f"Best so far: trial {found.number + 1}, {found.run.best_validation:.2%} validation",
                icon=":material/trophy:",
                key="search_best",
                on_click=_open,
                args=(found,),
                help="Opens it as a run.",
            )
        if search.state == "running" and st.button("Stop", icon=":material/stop:", key="search_stop"):
            store.searches.stop(search.id)
            st.rerun()
        if search.state == "stopped" and st.button("Go on", icon=":material/play_arrow:", key="search_resume"):
            store.searches.resume(search.id)
            st.rerun()
        waits = [trial for trial in trials if trial.run.state in ("interrupted", "paused")]
        if search.state == "running" and waits:
            st.caption(f"Trial {waits[0].number + 1} is {waits[0].run.state} and waits for a person.")
            if st.button("Go on with it", icon=":material/play_arrow:", key="search_wake"):
                store.searches.resume(search.id)
                st.rerun()
        if search.state != "running" and st.button(
            "Forget", icon=":material/delete:", key="search_forget", help=_FORGET
        ):
            store.searches.delete(search.id)
            study.forget(store, search)
            st.query_params.pop("search", None)
            st.rerun()


_FORGET = "Removes the search; its trials stay as runs, where each can be deleted."


def _open(trial: Trial) -> None:
    """Show a trial as the run that it is."""
    st.session_state["view"] = "Runs"
    choice.choose([str(trial.run.id)])


def _table(trials: list[Trial]) -> None:
    def take() -> None:
        for row in st.session_state["search_trials_table"]["selection"]["rows"][:1]:
            _open(trials[row])

    st.caption("A click on a trial's box opens it as a run.")
    st.dataframe(
        [_row(trial) for trial in trials],
        hide_index=True,
        key="search_trials_table",
        on_select=take,
        selection_mode="single-row",
        column_config={
            "Validation": st.column_config.NumberColumn(format="%.2f%%"),
            **{name: st.column_config.NumberColumn(format="%.3g") for name in _numbers(trials)},
        },
        height=min(360, 37 + 35 * len(trials)),
        placeholder="–",
        alt="The trials with their settings and what came of them",
    )


def _row(trial: Trial) -> dict[str, Any]:
    validation = trial.run.best_validation
    return {
        "Trial": trial.number + 1,
        "State": "✂ no hope" if trial.pruned else state_text(trial.run.state),
        "Validation": None if validation is None else 100 * validation,
        **{name: value if isinstance(value, int | float) else str(value) for name, value in _settings(trial).items()},
    }


def _numbers(trials: list[Trial]) -> set[str]:
    """Settings that need few digits to be read."""
    return {name for trial in trials for name, value in _settings(trial).items() if isinstance(value, float)}


def _settings(trial: Trial) -> dict[str, Any]:
    return {label_of(name): value for name, value in (trial.settings or {}).items()}


def _pictures(search: Search, trials: list[Trial]) -> None:
    space = from_records(search.plan["space"])
    if sum(trial.run.best_validation is not None for trial in trials) > 1:
        st.markdown("**Each line is a trial**: through its settings to the validation accuracy it reached.")
        st.plotly_chart(
            parallel_coordinates(space, trials),
            key="search_lines",
            alt="Parallel coordinates: the settings and the validation accuracy of each trial",
        )
    st.markdown("**How much each setting mattered**")
    found = study.importances(search, trials) if len(space) > 1 else {}
    if found:
        st.plotly_chart(importance_bars(found), key="search_importance", alt="The importance of each setting")
        st.caption(
            "PED-ANOVA: how far the settings of the better half of the trials differ from those of all. Trials that "
            "were stopped early do not count."
        )
    else:
        st.caption("With two settings or more, and at least four trials that came to their end with different results.")
