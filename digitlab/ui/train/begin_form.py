"""Which weights a run begins with: fresh ones, another run's fresh ones, or those of a trained model."""

from dataclasses import replace
from typing import Any

import streamlit as st

from digitlab.errors import DigitLabError, InputError
from digitlab.networks import zoo
from digitlab.training.config import TrainingConfig
from digitlab.ui.models import label
from digitlab.ui.opened import store as opened_store
from digitlab.ui.train.draft import Draft
from digitlab.ui.train.drafting import draft_now, put

FRESH, SAME, TRAINED = "Fresh, by chance", "The same fresh ones as another run", "Those of a trained network"
_SAME_AS = "same_as"  # session: the run whose first weights are taken


def show_beginning(draft: Draft, base: TrainingConfig, problems: dict[str, str]) -> None:
    """The choice, and what belongs to it."""
    if draft.fork_at is not None:
        st.markdown(f"It begins with the weights that run {draft.like} had after step {draft.fork_at:,}.")
        st.button("Begin anew instead", key="unfork", icon=":material/undo:", on_click=_unfork)
        return
    chosen = _chosen(draft, base)
    st.session_state["begin"] = chosen
    st.radio("Weights to begin with", [FRESH, SAME, TRAINED], key="begin", on_change=_choose, horizontal=True)
    if chosen == SAME:
        _same_as(draft, base)
    elif chosen == TRAINED:
        _trained(draft, base)
    for name in ("weights_seed", "start_model", "frozen"):
        if name in problems:
            st.error(problems[name], icon=":material/info:")


def _chosen(draft: Draft, base: TrainingConfig) -> str:
    if draft.value(base, "start_model"):
        return TRAINED
    return SAME if draft.value(base, "weights_seed") is not None else FRESH


def _same_as(draft: Draft, base: TrainingConfig) -> None:
    runs = opened_store().runs.all()[:200]
    if not runs:
        st.caption("There is no run yet.")
        return
    names = {run.id: f"Run {run.id} · {run.name}" for run in runs}
    now = st.session_state.get(_SAME_AS)
    st.session_state["begin_run"] = now if now in names else None
    st.selectbox(
        "Run",
        list(names),
        format_func=names.__getitem__,
        key="begin_run",
        on_change=_take_seed,
        width=380,
        placeholder=f"first weights of seed {draft.value(base, 'weights_seed')}",
    )
    st.caption(
        "A fair comparison of two settings begins with the same weights. They are the same numbers where the networks "
        "are the same."
    )


def _trained(draft: Draft, base: TrainingConfig) -> None:
    models = {model.hash: model for model in zoo.models()}
    now = str(draft.value(base, "start_model"))
    found = next((key for key in models if key == now[: zoo.HASH_LENGTH]), None)
    st.session_state["begin_model"] = found
    st.selectbox(
        "Network",
        list(models),
        format_func=lambda key: label(models[key]),
        key="begin_model",
        on_change=_take_model,
        width=480,
        filter_mode=None,
    )
    if found is None:
        st.error(f"There is no trained network {now[:20]!r} here; choose another.", icon=":material/info:")
        return
    try:
        network = draft.network(base)
    except InputError:
        return
    fitting = network.fitting(models[found].network)
    if not fitting:
        st.error(
            f"No layer of {models[found].name} fits this network: begin with its own recipe.", icon=":material/info:"
        )
        return
    frozen = [name for name in draft.value(base, "frozen") if name in fitting]
    st.session_state["begin_frozen"] = frozen
    st.multiselect(
        "Layers that keep these weights (frozen)",
        fitting,
        key="begin_frozen",
        on_change=_freeze,
        help="Frozen layers do not learn: what they know stays, and the others learn to use it.",
    )
    st.caption(f"Taken over: {', '.join(fitting)}. All other layers begin fresh.")


# --- callbacks ---


def _with(**values: Any) -> None:
    draft = draft_now()
    base = draft.base(opened_store())
    for name, value in values.items():
        draft = draft.with_change(base, name, value)
    put(draft)


def _choose() -> None:
    match st.session_state["begin"]:
        case str(choice) if choice == SAME:
            newest = opened_store().runs.all()[:1]
            st.session_state[_SAME_AS] = newest[0].id if newest else None
            _with(start_model="", frozen=(), weights_seed=_seed_of(newest[0].id) if newest else 0)
        case str(choice) if choice == TRAINED:
            _with(weights_seed=None, start_model=_first_fitting(), frozen=())
        case _:
            _with(weights_seed=None, start_model="", frozen=())


def _seed_of(run: int) -> int:
    config = TrainingConfig.from_record(opened_store().runs.get(run).config)
    return config.seed if config.weights_seed is None else config.weights_seed


def _first_fitting() -> str:
    """The first model of which the most layers fit."""
    draft = draft_now()
    network = draft.network(draft.base(opened_store()))
    return max(zoo.models(), key=lambda model: len(network.fitting(model.network))).hash


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
