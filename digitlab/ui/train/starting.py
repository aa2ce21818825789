"""Starting a run: choose a recipe and press Start; everything else opens beneath."""

from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.jobs import beside, training
from digitlab.store import Store
from digitlab.training.config import TrainingConfig
from digitlab.training.recipes import RECIPES
from digitlab.training.settings import SETTINGS
from digitlab.ui.friendly import friendly
from digitlab.ui.opened import store as opened_store
from digitlab.ui.train import drafting
from digitlab.ui.train.about import show_about
from digitlab.ui.train.augment_form import show_augmentation
from digitlab.ui.train.begin_form import show_beginning
from digitlab.ui.train.builder_form import show_builder
from digitlab.ui.train.draft import Draft
from digitlab.ui.train.expecting import length
from digitlab.ui.train.pinned import pin_drawing
from digitlab.ui.train.presets import show_presets
from digitlab.ui.train.settings_form import show_settings
from digitlab.ui.train.waiting import plain

_TWICE = 2.0  # seconds within which the same start is a double click
_STARTED = "started"  # session: the draft that was started last, when, and the run's number
_PROBLEM = "start_problem"  # session: why the last start failed


def show_start(store: Store) -> None:
    """The whole form; the draft stands in the address."""
    beside.await_a_run()
    draft, base, notes = drafting.current(store)
    problems = draft.problems(base)
    for note in notes:
        st.warning(note, icon=":material/info:")
    st.title("Train a network")
    if draft.like is None:
        st.markdown("Choose a recipe, press **Start**, and watch it learn.")
        show_presets(draft)
    else:
        _show_origin(store, draft)
    if draft.like is None:
        _show_part("About this recipe", "menu_book", lambda: show_about(RECIPES[draft.recipe]))
    if draft.fork_at is None:
        _show_part("Build the network layer by layer", "construction", lambda: show_builder(draft, base, problems))
    _show_part("Settings", "tune", lambda: show_settings(draft, base, problems))
    _show_part("Vary the digits", "auto_fix_high", lambda: show_augmentation(draft, base, problems))
    _show_part("Weights to begin with", "start", lambda: show_beginning(draft, base, problems))
    _show_start_bar(store, draft, base, problems)
    drafting.keep_address(draft)


def _show_part(title: str, icon: str, show: Callable[[], None]) -> None:
    """A part of the form that is made only while it is open. The title must not change: the part would close."""
    part = st.expander(title, icon=f":material/{icon}:", key=f"part_{icon}", on_change="rerun")
    if part.open:
        with part, friendly():
            show()


def _show_origin(store: Store, draft: Draft) -> None:
    assert draft.like is not None
    run = store.runs.get(draft.like)
    what = f"The settings are those of run {run.id}, {plain(run.name)}. Change what you like."
    if draft.fork_at is not None:
        what = f"This run branches off from run {run.id}, {plain(run.name)}, after step {draft.fork_at:,}. " + what
    with st.container(border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(what)
        st.button(
            "Choose a recipe instead", key="unlike", icon=":material/undo:", on_click=drafting.put, args=(Draft(),)
        )


def _show_start_bar(store: Store, draft: Draft, base: TrainingConfig, problems: dict[str, str]) -> None:
    with st.container(key="start_bar", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.button(
                "Start training",
                type="primary",
                icon=":material/play_arrow:",
                key="start",
                disabled=bool(problems),
                on_click=_start,
            )
            with st.container(width="stretch"):
                st.markdown(_summary(store, draft, base) if not problems else f":material/error: {_first(problems)}")
        if failed := st.session_state.pop(_PROBLEM, None):
            st.error(failed, icon=":material/info:")


def _summary(store: Store, draft: Draft, base: TrainingConfig) -> str:
    config = draft.config(base)
    changes = [SETTINGS[name].label for name in draft.changes]
    changes += ["variation of the digits"] if draft.variation is not None else []
    changed = f" Changed: {', '.join(changes)}." if changes else ""
    return f"**{_name(store, draft)}**: {length(config)}, on {config.digits:,} digits.{changed}"


def _name(store: Store, draft: Draft) -> str:
    """A label for the run: what it came from and what is special about it."""
    if draft.like is not None:
        return store.runs.get(draft.like).name
    return "own network" if draft.blocks else draft.recipe


def _first(problems: dict[str, str]) -> str:
    return next(iter(problems.values()))


def _start() -> None:
    draft, store = drafting.draft_now(), opened_store()
    just_now = st.session_state.get(_STARTED)
    if just_now and just_now[0] == draft and store.clock.monotonic() - just_now[1] < _TWICE:
        drafting.watch(just_now[2])
        return
    try:
        parent = (draft.like, draft.fork_at) if draft.like is not None and draft.fork_at is not None else None
        job = training.submit(
            store,
            draft.config(draft.base(store)),
            name=_name(store, draft),
            recipe=_recipe(store, draft),
            parent=parent,
        )
    except DigitLabError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    with suppress(DigitLabError):  # the run is worth more than the picture
        pin_drawing(store, job.id)
    st.session_state[_STARTED] = (draft, store.clock.monotonic(), job.id)
    drafting.watch(job.id)


def _recipe(store: Store, draft: Draft) -> str:
    if draft.blocks:
        return training.OWN
    return store.runs.get(draft.like).recipe if draft.like is not None else draft.recipe
