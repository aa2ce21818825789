"""The league of a class's runs: accuracy, size and time, with a mark for those that no other beats in everything."""

from collections.abc import Sequence

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.server.store import store
from digitlab.store.drawings import OnWall
from digitlab.store.records import Run
from digitlab.store.rights import Person
from digitlab.ui.classroom.wall import MOST, accuracy, kept
from digitlab.ui.shared import names, visitor
from digitlab.words import _


def show_league(person: Person, classroom: int) -> None:
    """The class's runs that ended with a network."""
    st.subheader(_("League"), anchor="league")
    runs = [
        run
        for run in store().runs.all(person)
        if run.job.classroom == classroom and run.test_accuracy is not None and run.seconds is not None
    ]
    if not runs:
        st.caption(_("No run of this class has ended yet."))
        return
    wall = store().drawings.wall(person, classroom)[:MOST]
    on_wall: list[float | None] = [None] * len(runs)
    if wall and st.toggle(_("Wall accuracy"), key="league_wall", help=_("Every network of the league reads the wall.")):
        of = (classroom, tuple((one.id, one.label) for one in wall), tuple(run.model for run in runs))
        on_wall = kept("league_on_wall", of, lambda: [_on_wall(run, wall) for run in runs])
    figures = [
        (-(run.test_accuracy or 0.0), -(shared or 0.0), float(run.parameters), run.seconds or 0.0)
        for run, shared in zip(runs, on_wall, strict=True)
    ]
    members = {member.browser: member.name for member in store().members.of(person, classroom)}
    rows = []
    for run, shared, mine in sorted(zip(runs, on_wall, figures, strict=True), key=lambda one: one[2]):
        row = {
            _("Front"): "★" if _unbeaten(mine, figures) else "",
            _("Run"): names.of_run(run, figure=False),
            _("Member"): members.get(run.job.owner or "", "–"),
            _("Test accuracy"): f"{-mine[0]:.2%}",
        }
        if any(one is not None for one in on_wall):
            row[_("Wall accuracy")] = "–" if shared is None else f"{shared:.1%}"
        rows.append(row | {_("Parameters"): run.parameters, _("Seconds"): round(run.seconds or 0.0, 1)})
    st.dataframe(rows, hide_index=True, alt=_("The class's runs by test accuracy"))
    st.caption(_("★: no other run is at least as good in every column."))


def _on_wall(run: Run, wall: list[OnWall]) -> float | None:
    """The wall accuracy of a run's network; None where it is gone."""
    try:
        return accuracy(visitor.model(run.model), wall) if run.model else None
    except DigitLabError:
        return None


def _unbeaten(mine: Sequence[float], figures: Sequence[Sequence[float]]) -> bool:
    """Whether nobody is as good in everything and better in something."""
    return not any(all(a <= b for a, b in zip(one, mine, strict=True)) and one != mine for one in figures)
