"""The first weights of a run: random ones, another run's random ones, or those of a trained model."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import streamlit as st

from digitlab.errors import DigitLabError, InputError, ModelError
from digitlab.jobs.draft import Draft
from digitlab.networks import zoo
from digitlab.server.store import store as opened_store
from digitlab.training.config import TrainingConfig
from digitlab.ui.shared import names, visitor
from digitlab.ui.shared.explained import with_lesson
from digitlab.ui.shared.foreign import complain, plain
from digitlab.ui.train.drafting import draft_now, put
from digitlab.words import _, message

RANDOM, SAME, TRAINED = "random", "same", "trained"
_TEXTS = {
    RANDOM: message("Random weights"),
    SAME: message("The random weights of another run"),
    TRAINED: message("The weights of a trained network"),
}
_SAME_AS = "same_as"  # session: the run whose first weights are taken


def show_beginning(draft: Draft, base: TrainingConfig, problems: dict[str, str]) -> None:
    """The choice, and what belongs to it."""
    if draft.fork_at is not None:
        st.markdown(
            _(
                "The run starts from the weights of run {run} after step {step}.",
                run=str(draft.like),
                step=draft.fork_at,
            )
        )
        st.button(_("Start from scratch"), key="unfork", icon=":material/undo:", on_click=_unfork)
        return
    chosen = _chosen(draft, base)
    st.session_state["begin"] = chosen
    st.radio(
        _("First weights"),
        list(_TEXTS),
        format_func=lambda choice: str(_TEXTS[choice]),
        key="begin",
        on_change=_choose,
        horizontal=True,
    )
    if chosen == SAME:
        _same_as(draft, base)
    elif chosen == TRAINED:
        _trained(draft, base)
    for name in ("weights_seed", "start_model", "frozen"):
        if name in problems:
            complain(problems[name])


def _chosen(draft: Draft, base: TrainingConfig) -> str:
    if draft.value(base, "start_model"):
        return TRAINED
    return SAME if draft.value(base, "weights_seed") is not None else RANDOM


def _same_as(draft: Draft, base: TrainingConfig) -> None:
    runs = opened_store().runs.all(visitor.person())[:200]
    if not runs:
        st.caption(_("There is no run yet."))
        return
    titles = {run.id: names.of_run(run) for run in runs}
    now = st.session_state.get(_SAME_AS)
    st.session_state["begin_run"] = now if now in titles else None
    st.selectbox(
        _("Run"),
        list(titles),
        format_func=titles.__getitem__,
        key="begin_run",
        on_change=_take_seed,
        width=380,
        placeholder=_("first weights of seed {seed}", seed=str(draft.value(base, "weights_seed"))),
    )
    st.caption(
        _(
            "For a fair comparison of settings, start both runs from the same weights. The weights are the same only "
            "if the networks are."
        )
    )


def _trained(draft: Draft, base: TrainingConfig) -> None:
    models = {model.hash: model for model in visitor.models()}
    now = str(draft.value(base, "start_model"))
    with suppress(ModelError):  # also one that newer weights of its run have replaced
        models.setdefault(now[: zoo.HASH_LENGTH], visitor.model(now))
    titles = names.of_models(models.values())
    found = next((key for key in models if key == now[: zoo.HASH_LENGTH]), None)
    st.session_state["begin_model"] = found
    st.selectbox(
        _("Network"),
        list(models),
        format_func=lambda key: titles[models[key].name],
        key="begin_model",
        on_change=_take_model,
        width=480,
        filter_mode=None,
    )
    if found is None:
        complain(_("There is no trained network “{network}” here. Choose another.", network=now[:20]))
        return
    try:
        network = draft.network(base)
    except InputError:
        return
    fitting = network.fitting(models[found].network)
    if not fitting:
        complain(
            _(
                "No layer of {model} fits this network. Start from the recipe of {model}.",
                model=titles[models[found].name],
            )
        )
        return
    frozen = [name for name in draft.value(base, "frozen") if name in fitting]
    st.session_state["begin_frozen"] = frozen
    st.multiselect(
        _("Frozen layers"),
        fitting,
        key="begin_frozen",
        on_change=_freeze,
        help=with_lesson(
            _("Frozen layers do not learn. Their weights stay, and the other layers learn to use them."), "frozen"
        ),
    )
    st.caption(
        _(
            "Layers with these weights: {layers}. All others start from random weights.",
            layers=plain(", ".join(fitting)),
        )
    )


# --- callbacks ---


def _with(**values: Any) -> None:
    draft = draft_now()
    base = draft.base(opened_store(), visitor.person())
    for name, value in values.items():
        draft = draft.with_change(base, name, value)
    put(draft)


def _choose() -> None:
    match st.session_state["begin"]:
        case str(choice) if choice == SAME:
            newest = opened_store().runs.all(visitor.person())[:1]
            st.session_state[_SAME_AS] = newest[0].id if newest else None
            _with(start_model="", frozen=(), weights_seed=_seed_of(newest[0].id) if newest else 0)
        case str(choice) if choice == TRAINED:
            _with(weights_seed=None, start_model=_first_fitting(), frozen=())
        case _:
            _with(weights_seed=None, start_model="", frozen=())


def _seed_of(run: int) -> int:
    config = opened_store().runs.seen(visitor.person(), run).spec.config
    return config.seed if config.weights_seed is None else config.weights_seed


def _first_fitting() -> str:
    """The first model of which the most layers fit."""
    draft = draft_now()
    network = draft.network(draft.base(opened_store(), visitor.person()))
    return max(visitor.models(), key=lambda model: len(network.fitting(model.network))).hash


def _take_seed() -> None:
    run = st.session_state["begin_run"]
    if run is not None:
        try:
            _with(weights_seed=_seed_of(run))
            st.session_state[_SAME_AS] = run
        except DigitLabError:  # deleted meanwhile; the form then shows what it had
            st.session_state[_SAME_AS] = None


def _take_model() -> None:
    _with(start_model=st.session_state["begin_model"] or "", frozen=())


def _freeze() -> None:
    _with(frozen=tuple(st.session_state["begin_frozen"]))


def _unfork() -> None:
    put(replace(draft_now(), fork_at=None))
