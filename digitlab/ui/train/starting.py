"""Starting a run: choose a recipe and press Start; everything else opens beneath."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.jobs import beside, class_limits, limits, orders
from digitlab.jobs.draft import ALL, Draft
from digitlab.server.store import store as opened_store
from digitlab.store import Store
from digitlab.training.config import TrainingConfig
from digitlab.training.recipes import RECIPES
from digitlab.ui.pad import held
from digitlab.ui.run.describing import ask_description, asked, forget
from digitlab.ui.shared import visitor
from digitlab.ui.shared.folding import folded
from digitlab.ui.shared.foreign import complain, plain, warn
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.train import drafting
from digitlab.ui.train.about import show_about
from digitlab.ui.train.augment_form import show_augmentation
from digitlab.ui.train.begin_form import show_beginning
from digitlab.ui.train.builder_form import show_builder
from digitlab.ui.train.expecting import length
from digitlab.ui.train.pinned import SHARE, pin_drawing
from digitlab.ui.train.presets import show_presets
from digitlab.ui.train.setting_changes import names_of_changes
from digitlab.ui.train.settings_form import show_settings
from digitlab.words import Message, _, listed, message, together

_TWICE = 2.0  # seconds within which the same start is a double click
_STARTED = "started"  # session: the draft that was started last, when, and the run's number
_FOLLOW = "follow_drawing"  # widget: whether the run reads the drawing on the pad
_SHARED = "follow_shared"  # widget: whether others may see that
_PROBLEM = "start_problem"  # session: why the last start failed


def show_start(store: Store) -> None:
    """The whole form; the draft stands in the address."""
    beside.await_a_run()
    draft, base, notes = drafting.current(store)
    problems = draft.problems(base)
    if not problems and (too_much := class_limits.left(store, visitor.person(), limits.cost(draft.config(base)))):
        problems = {ALL: too_much}
    for note in notes:
        warn(note)
    st.title(_("Train a network"))
    if draft.like is None:
        st.markdown(_("Choose a recipe, press **Start training**, and watch the network learn."))
        show_presets(draft)
    else:
        _show_origin(store, draft)
    if draft.like is None:
        _show_part(_("About this recipe"), "menu_book", lambda: show_about(RECIPES[draft.recipe]))
    if draft.fork_at is None and visitor.sees("train/builder"):
        _show_part(_("Network builder"), "construction", lambda: show_builder(draft, base))
    if visitor.sees("train/settings"):
        _show_part(_("Settings"), "tune", lambda: show_settings(draft, base, problems))
    if visitor.sees("train/augmentation"):
        _show_part(_("Data augmentation"), "auto_fix_high", lambda: show_augmentation(draft, base, problems))
    if visitor.sees("train/beginning"):
        _show_part(_("First weights"), "start", lambda: show_beginning(draft, base, problems))
    _show_part(_("Name, tags, note"), "sell", lambda: ask_description(str(_name(store, draft))))
    _show_start_bar(store, draft, base, problems)
    drafting.keep_address(draft)


def _show_part(title: str, icon: str, show: Callable[[], None]) -> None:
    """A part of the form that is made only while it is open."""
    part = folded(title, icon, f"part_{icon}")
    if part.open:
        with part, friendly():
            show()


def _show_origin(store: Store, draft: Draft) -> None:
    assert draft.like is not None
    run = store.runs.seen(visitor.person(), draft.like)
    number, name = str(run.id), plain(run.name)
    said = [_("The settings are those of run {run}, {name}. Change what you like.", run=number, name=name)]
    if draft.fork_at is not None:
        said.insert(
            0,
            _(
                "This run branches off from run {run}, {name}, after step {step}.",
                run=number,
                name=name,
                step=draft.fork_at,
            ),
        )
    with st.container(border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(together(*said))
        st.button(_("Choose a recipe"), key="unlike", icon=":material/undo:", on_click=drafting.put, args=(Draft(),))


def _show_start_bar(store: Store, draft: Draft, base: TrainingConfig, problems: dict[str, str]) -> None:
    with st.container(key="start_bar", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.button(
                _("Start training"),
                type="primary",
                icon=":material/play_arrow:",
                key="start",
                disabled=bool(problems),
                on_click=_start,
            )
            with st.container(width="stretch"):
                st.markdown(
                    _summary(store, draft, base) if not problems else f":material/error: {plain(_first(problems))}"
                )
        if rest := class_limits.still(store, visitor.person()):
            st.caption(rest)
        _ask_to_follow()
        if failed := st.session_state.pop(_PROBLEM, None):
            complain(failed)


def _ask_to_follow() -> None:
    """Whether the run reads the drawing on the pad; off until its visitor switches this on."""
    if not held.drawing() or visitor.browser() is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="following"):
        wanted = st.toggle(
            _("Follow my drawing during this run"),
            key=_FOLLOW,
            help=_("The run stores the picture on your pad and reads the picture while the network learns."),
        )
        if wanted:
            st.checkbox(
                str(SHARE),
                key=_SHARED,
                help=_("Otherwise only you see the picture. You can change this during the run."),
            )


def _summary(store: Store, draft: Draft, base: TrainingConfig) -> str:
    config = draft.config(base)
    changes = names_of_changes(replace(draft, blocks=None))  # the run's name says that the network is another
    said = [
        _(
            "**{name}**: {length}. {digits} digits, about {memory} of memory.",
            name=plain(str(_name(store, draft))),
            length=length(config),
            digits=config.digits,
            memory=limits.gigabytes(limits.cost(config).memory),
        )
    ]
    if changes:
        said.append(_("Changed: {settings}.", settings=listed(*changes)))
    return together(*said)


def _name(store: Store, draft: Draft) -> Message | str:
    """A label for the run: what the run came from."""
    if draft.like is not None:
        return store.runs.seen(visitor.person(), draft.like).name
    return message("Own network") if draft.blocks else draft.recipe


def _first(problems: dict[str, str]) -> str:
    return next(iter(problems.values()))


def _start() -> None:
    draft, store = drafting.draft_now(), opened_store()
    just_now = st.session_state.get(_STARTED)
    if just_now and just_now[0] == draft and store.clock.monotonic() - just_now[1] < _TWICE:
        drafting.watch(just_now[2])
        return
    try:
        description = asked()
        parent = (draft.like, draft.fork_at) if draft.like is not None and draft.fork_at is not None else None
        job = orders.submit(
            visitor.person(),
            store,
            draft.config(draft.base(store, visitor.person())),
            name=description.name or _name(store, draft),
            note=description.note,
            tags=description.tags,
            recipe=_recipe(store, draft),
            parent=parent,
        )
    except DigitLabError as error:
        st.session_state[_PROBLEM] = error.sentence
        return
    if st.session_state.get(_FOLLOW):
        with suppress(DigitLabError):  # the run is worth more than the picture
            pin_drawing(store, job.id, shared=bool(st.session_state.get(_SHARED)))
    forget()
    st.session_state[_STARTED] = (draft, store.clock.monotonic(), job.id)
    drafting.watch(job.id)


def _recipe(store: Store, draft: Draft) -> str:
    if draft.blocks:
        return orders.OWN
    return store.runs.seen(visitor.person(), draft.like).recipe if draft.like is not None else draft.recipe
