"""All runs and models in one table; chosen ones are described, compared and downloaded."""

import streamlit as st

from digitlab.runs.trainings import Training, find, trainings
from digitlab.server.store import store
from digitlab.store.rights import may
from digitlab.ui.runs import choice, trials
from digitlab.ui.runs.about import show_training
from digitlab.ui.runs.compare import show_curves, show_differences
from digitlab.ui.runs.removing import ask_removal, show_question
from digitlab.ui.runs.table import filtered, show_table, wanted
from digitlab.ui.search.page import show_page
from digitlab.ui.shared import names, pages, visitor
from digitlab.ui.shared.choice import one_of
from digitlab.ui.shared.foreign import plain
from digitlab.ui.shared.friendly import friendly
from digitlab.words import _, message, plural

LOOK, SELDOM = 2.0, 10.0  # seconds between two looks, while something goes on and while nothing does
FIRST = 6  # curves that are shown while nothing is chosen

st.title(_("Runs and models"))
views = {"runs": message("Runs"), "search": message("Search")}
view = one_of(
    "view",
    views if visitor.sees("runs/search") else {"runs": views["runs"]},
    _("View"),
    default="runs",
    older={"Runs": "runs", "Search": "search"},
    hidden=True,
)
if view == "search":
    with friendly():
        show_page(store())
    st.stop()

everything = trainings(store(), visitor.person())
chosen = choice.chosen(training.key for training in everything)
shown, searches = trials.fold(store(), filtered(everything))


@st.fragment(run_every=LOOK if any(training.waits or training.active for training in everything) else SELDOM)
def table() -> None:
    """Follows runs while they go on; what comes and goes changes the page around it."""
    if run := wanted():
        pages.go(pages.TRAIN, {"run": run})
    now = {training.key: training for training in trainings(store(), visitor.person())}
    states = [(key, training.state) for key, training in now.items()]
    if states != [(training.key, training.state) for training in everything] or choice.now() != chosen:
        st.rerun()
    show_table([now[training.key] for training in shown], chosen)


with friendly():
    table()
    trials.show_folded(store(), searches)

with friendly():
    picked: list[Training] = [find(everything, key) for key in chosen]
    if not picked:
        st.caption(_("Choose rows to compare, rename, download or delete them. These are the newest:"))
        with_curves = [training for training in shown if training.best_validation is not None or training.active]
        show_curves((with_curves or shown)[:FIRST])
    else:
        st.header(
            plain(names.of_training(picked[0]))
            if len(picked) == 1
            else plural("{n} selected", "{n} selected", len(picked))
        )
        show_curves(picked)
    if len(picked) > 1:
        st.subheader(_("Differences"))
        show_differences(picked)
        removable = [
            training for training in picked if training.removable and may(visitor.person(), "delete", training.thing)
        ]
        delete = plural("Delete {n} …", "Delete {n} …", len(removable))
        if removable and st.button(delete, icon=":material/delete:", key="delete_chosen"):
            ask_removal(removable)
        for training in picked:
            with st.expander(plain(names.of_training(training)), key=f"about_{training.key}"):
                show_training(training)
    elif picked:
        show_training(picked[0])
    show_question(everything)
