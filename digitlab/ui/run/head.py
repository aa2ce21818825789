"""The head of a run's page: what the run is called, what was written of it, and the ways on."""

from contextlib import suppress

import streamlit as st

from digitlab.errors import ModelError
from digitlab.runs.trainings import Training
from digitlab.server.store import store
from digitlab.store.records import Run
from digitlab.store.rights import may
from digitlab.ui.run.describing import show_edit
from digitlab.ui.shared import names, pages, visitor
from digitlab.ui.shared.foreign import plain, warn
from digitlab.words import _

REPLACED = "replaced"  # in the address: the weights that a link named, where the run has newer ones


def show_head(training: Training) -> None:
    """Name, tags and note of a run, and the links to its network, its family, and back."""
    run = training.run
    assert run is not None
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="run_top"):
        pages.link(pages.RUNS, _("All runs"), {"chosen": run.id}, icon=":material/arrow_back:")
        pages.link(pages.TRAIN, _("New run"), icon=":material/add:")
    _say_replaced(run)
    st.title(plain(names.of_run(run)), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run_words"):
        for tag in run.tags:
            pages.link(pages.RUNS, plain(tag), {"words": tag}, icon=":material/sell:")
        if may(visitor.person(), "rename", training.thing):
            show_edit(run)
    if not run.job.shared:
        st.caption(_("This run is hidden: only its owner sees this page."))
    if run.note:
        with st.container(key="run_note"):
            st.text(run.note)
    # A place of its own also while there are no ways: otherwise, when the run ends, what is older stands in theirs.
    with st.container():
        _show_ways(training, run)


def _say_replaced(run: Run) -> None:
    """Why a link to weights leads here; nothing where the address only says so."""
    with suppress(ModelError):
        earlier = visitor.model(st.query_params.get(REPLACED, ""))
        if earlier.replaced_by == run.id:
            warn(
                _(
                    "The link names the weights {hash}. Run {run} has trained for more epochs since and has newer "
                    "weights.",
                    hash=earlier.hash,
                    run=str(run.id),
                )
            )


def _show_ways(training: Training, run: Run) -> None:
    model = training.model()
    family = _family(run)
    if model is None and not family:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run_ways"):
        if model is not None and model.is_trained_here:
            st.caption(_("Open this network in"), width="content")
            pages.link(pages.DRAW, _("Draw"), {"model": model.name})
            pages.link(pages.LAYERS, _("Layers"), {"model": model.name})
            pages.link(pages.SAMPLES, _("Evaluation"), {"model": model.name, "section": "quality"})
        for title, other, icon in family:
            pages.link(pages.TRAIN, title, {"run": other.id}, icon=f":material/{icon}:")


def _family(run: Run) -> list[tuple[str, Run, str]]:
    """The run that this one branched off from, and those that branched off from this one."""
    person = visitor.person()
    found = []
    parent = store().runs.some([run.parent]).get(run.parent) if run.parent else None
    if parent is not None and may(person, "see", parent.job.thing):
        found.append((_("Parent: {name}", name=plain(names.of_run(parent))), parent, "north_west"))
    forks = store().runs.forks(person, run.id)
    return found + [(_("Fork: {name}", name=plain(names.of_run(fork))), fork, "fork_right") for fork in forks]
