"""A search: its trials as they come, what mattered, and the best of them."""

from typing import Any

import streamlit as st

from digitlab.search import study
from digitlab.store import Store
from digitlab.store.records import ACTIVE, STATES
from digitlab.store.rights import may
from digitlab.store.searches import Search, Trial
from digitlab.ui.runs import choice
from digitlab.ui.runs.table import state_text
from digitlab.ui.search.chart import importance_bars, parallel_coordinates
from digitlab.ui.search.form import label_of
from digitlab.ui.shared import visitor
from digitlab.ui.shared.foreign import plain
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.owners import owner_text
from digitlab.words import _, plural

EVERY = 2.0  # seconds between two looks at a search that goes on


def show_search(store: Store, search: Search) -> None:
    """Follows it while it goes on."""
    going_on = search.state == "running" or any(one.run.state in ACTIVE for one in store.searches.trials(search.id))

    @st.fragment(run_every=EVERY if going_on else None)
    def part() -> None:
        if "view" not in st.query_params:
            st.rerun()  # a trial was opened
        now = store.searches.get(search.id)
        trials = store.searches.trials(search.id)
        if going_on and now.state != "running" and not any(one.run.state in ACTIVE for one in trials):
            st.rerun()
        _head(store, now, trials)
        if trials:
            show_trials(trials, "search_trials_table")
            _pictures(now, trials)
        else:
            st.caption(_("The first trial will be queued in a moment."))

    part()


def best(trials: list[Trial]) -> Trial | None:
    """The trial with the highest validation accuracy, of those that were not stopped."""
    done = [trial for trial in trials if study.outcome(trial) == "complete"]
    return max(done, key=lambda trial: trial.run.best_validation or 0.0, default=None)


def _head(store: Store, search: Search, trials: list[Trial]) -> None:
    ended = sum(study.outcome(trial) != "unfinished" for trial in trials)
    st.progress(ended / search.plan.trials, _progress(search, ended, sum(trial.pruned for trial in trials)))
    with st.container(horizontal=True, vertical_alignment="center"), friendly():
        may_stop, may_pause, may_delete = (
            may(visitor.person(), action, search.thing) for action in ("stop", "pause", "delete")
        )
        found = best(trials)
        if found is not None:
            st.button(
                _(
                    "Best trial: {trial}, validation accuracy {share:.2%}",
                    trial=str(found.number + 1),
                    share=found.run.best_validation,
                ),
                icon=":material/trophy:",
                key="search_best",
                on_click=_open,
                args=(found,),
                help=_("Open this trial as a run."),
            )
        if may_stop and search.state == "running" and st.button(_("Stop"), icon=":material/stop:", key="search_stop"):
            store.searches.stop(visitor.person(), search.id)
            st.rerun()
        if (
            may_pause
            and search.state == "stopped"
            and st.button(_("Continue"), icon=":material/play_arrow:", key="search_resume")
        ):
            store.searches.resume(visitor.person(), search.id)
            st.rerun()
        waits = [trial for trial in trials if trial.run.state in ("interrupted", "paused")]
        if may_pause and search.state == "running" and waits:
            st.caption(
                _(
                    "Trial {trial} is {state} and needs “Continue trial”.",
                    trial=str(waits[0].number + 1),
                    state=STATES[waits[0].run.state],
                )
            )
            if st.button(_("Continue trial"), icon=":material/play_arrow:", key="search_wake"):
                store.searches.resume(visitor.person(), search.id)
                st.rerun()
        if may_delete and search.state != "running":
            with st.popover(_("Delete search"), icon=":material/delete:"):
                _ask_to_delete(store, search, trials)


def _ask_to_delete(store: Store, search: Search, trials: list[Trial]) -> None:
    found, name = best(trials), plain(search.name)
    facts = [
        _("**Search {search} · {name}**", search=str(search.id), name=name),
        plain(owner_text(search.thing)),
        plural("{n} trial", "{n} trials", len(trials)),
    ]
    if found is not None:
        facts.append(_("best validation {share:.2%}", share=found.run.best_validation))
    st.markdown(" · ".join(facts))
    st.markdown(_("The trials stay as runs and can be deleted there."))
    if st.button(_("Delete"), type="primary", icon=":material/delete:", key="search_forget"):
        store.searches.delete(visitor.person(), search.id)
        study.forget(store, search)
        st.query_params.pop("search", None)
        st.rerun()


def _progress(search: Search, ended: int, pruned: int) -> str:
    values: dict[str, Any] = {"ended": ended, "state": STATES[search.state]}
    if pruned:
        return plural(
            "{ended} of {n} trial ({pruned} pruned) · {state}",
            "{ended} of {n} trials ({pruned} pruned) · {state}",
            search.plan.trials,
            pruned=pruned,
            **values,
        )
    return plural("{ended} of {n} trial · {state}", "{ended} of {n} trials · {state}", search.plan.trials, **values)


def _open(trial: Trial) -> None:
    """Show a trial as the run that it is."""
    st.query_params.pop("view", None)
    choice.choose([str(trial.run.id)])


def show_trials(trials: list[Trial], key: str) -> None:
    """A row for each trial; a row that is ticked opens as the run that it is."""

    def take() -> None:
        for row in st.session_state[key]["selection"]["rows"][:1]:
            _open(trials[row])

    validation = _("Validation")
    st.caption(_("Tick the box of a trial to open the trial as a run."))
    st.dataframe(
        [_row(trial) for trial in trials],
        hide_index=True,
        key=key,
        on_select=take,
        selection_mode="single-row",
        column_config={
            validation: st.column_config.NumberColumn(format="%.2f%%"),
            **{name: st.column_config.NumberColumn(format="%.3g") for name in _numbers(trials)},
        },
        height=min(360, 37 + 35 * len(trials)),
        placeholder="–",
        alt=_("The trials with their settings and results"),
    )


def _row(trial: Trial) -> dict[str, Any]:
    validation = trial.run.best_validation
    return {
        _("Trial"): trial.number + 1,
        _("State"): _("✂ Pruned") if trial.pruned else state_text(trial.run.state),
        _("Validation"): None if validation is None else 100 * validation,
        **{name: value if isinstance(value, int | float) else str(value) for name, value in _settings(trial).items()},
    }


def _numbers(trials: list[Trial]) -> set[str]:
    """Settings that need few digits to be read."""
    return {name for trial in trials for name, value in _settings(trial).items() if isinstance(value, float)}


def _settings(trial: Trial) -> dict[str, Any]:
    return {label_of(name): value for name, value in (trial.settings or {}).items()}


def _pictures(search: Search, trials: list[Trial]) -> None:
    space = search.plan.space
    if sum(trial.run.best_validation is not None for trial in trials) > 1:
        st.markdown(_("**Each line is one trial**, from its settings to its validation accuracy."))
        st.plotly_chart(
            parallel_coordinates(space, trials),
            key="search_lines",
            alt=_("Parallel coordinates: the settings and the validation accuracy of each trial"),
        )
    st.markdown(_("**Importance of each setting**"))
    found = study.importances(search, trials) if len(space) > 1 else {}
    if found:
        st.plotly_chart(importance_bars(found), key="search_importance", alt=_("The importance of each setting"))
        st.caption(
            _(
                "PED-ANOVA: how much the settings of the better half of the trials differ from those of all trials. "
                "Pruned trials do not count."
            )
        )
    else:
        st.caption(
            _(
                "This chart needs at least two varied settings, and at least four complete trials with different "
                "results."
            )
        )
