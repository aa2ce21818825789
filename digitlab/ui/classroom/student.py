"""A student's view of the class."""

import streamlit as st

from digitlab.server import board
from digitlab.server.store import store
from digitlab.store.rights import Person
from digitlab.training.recipes import RECIPES
from digitlab.ui.classroom.joining import offer_to_leave, show_problem
from digitlab.ui.classroom.league import show_league
from digitlab.ui.classroom.wall import show_wall
from digitlab.ui.runs.table import state_text
from digitlab.ui.shared import names, pages
from digitlab.ui.shared.foreign import plain
from digitlab.words import _


def show_student(person: Person, classroom: int) -> None:
    """The class's name, the recipe of the day, one's own runs, the wall and the league."""
    seen = board.seen(classroom)
    if seen is None:
        return
    mine = next((member.name for member in seen.members if member.browser == person.browser), "")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(plain(seen.classroom.name))
        offer_to_leave()
    show_problem()
    st.markdown(_("You are **{name}** here.", name=plain(mine)))
    settings = seen.classroom.settings
    if settings.lesson in RECIPES:
        pages.link(pages.TRAIN, _("Recipe of the day: {recipe}", recipe=settings.lesson), {"recipe": settings.lesson})
    st.subheader(_("My runs"), anchor=False)
    runs = [run for run in store().runs.all(person) if run.job.owner == person.browser]
    for run in runs[:10]:
        pages.link(pages.TRAIN, f"{plain(names.of_run(run))} · {state_text(run.state)}", {"run": run.id})
    if not runs:
        st.caption(_("You have not started a run yet."))
    pages.link(pages.SAMPLES, _("My drawings"), {"section": "mine"})
    show_wall(person, classroom)
    if settings.league:
        show_league(person, classroom)
