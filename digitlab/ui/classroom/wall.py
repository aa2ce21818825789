"""The wall: what a class shares, and what a network makes of it; and the league of the class's runs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from digitlab.data import mnist
from digitlab.errors import DigitLabError
from digitlab.networks.zoo import Model
from digitlab.server import board
from digitlab.server.store import store
from digitlab.store.drawings import OnWall
from digitlab.store.rights import Person
from digitlab.ui.shared import names, reading, visitor
from digitlab.ui.shared.models import choose_model
from digitlab.ui.train.ending import confusion_table
from digitlab.words import _, plural

EVERY = 1.0  # seconds between two looks
_MOST = 300  # drawings that are shown; the newest
_READ = "wall_read"  # session: a _Read


def show_wall(person: Person, classroom: int) -> None:
    """The drawings, live: by digit or by how sure a network is."""
    st.subheader(_("Wall"), anchor="wall")
    model = choose_model()
    by = st.segmented_control(
        _("Order"),
        ["digit", "confidence"],
        default="digit",
        required=True,
        key="wall_order",
        format_func=lambda key: {"digit": _("By digit"), "confidence": _("By confidence")}[key],
    )

    @st.fragment(run_every=EVERY, key="wall")
    def live() -> None:
        seen = board.seen(classroom)
        now = (seen.wall if seen else None, model.hash)
        read: _Read | None = st.session_state.get(_READ)
        if read is None or read.of != now:  # the drawings are read again only where they or the network are others
            wall = store().drawings.wall(person, classroom)[:_MOST]
            st.session_state[_READ] = read = _Read(now, wall, _answers(model, wall))
        _show(model, read, str(by))

    live()


@dataclass(frozen=True)
class _Read:
    """The wall as this session read it last: its mark and network, the drawings, each one's answer and its share."""

    of: tuple[int | None, str]
    wall: list[OnWall]
    answers: list[tuple[int, float]]


def _show(model: Model, read: _Read, by: str) -> None:
    wall, answers = read.wall, read.answers
    if not wall:
        st.caption(_("Nothing is shared yet. Save a drawing on the Draw page, then share it under “My digits”."))
        return
    order = sorted(range(len(wall)), key=lambda at: (wall[at].label, at) if by == "digit" else (-answers[at][1], at))
    pictures = "".join(
        f'<img class="dl-kept" src="api/drawings/{wall[at].id}.png" width="84" height="84" '
        f'alt="{wall[at].label}" title="{wall[at].label} → {answers[at][0]}">'
        for at in order
    )
    right = sum(answers[at][0] == wall[at].label for at in order)
    st.markdown(
        plural(
            "{n} drawing. {model} reads {right} of them right.",
            "{n} drawings. {model} reads {right} of them right.",
            len(wall),
            model=names.in_text(model),
            right=right,
        )
    )
    st.html(f'<div class="dl-shared">{pictures}</div>')
    table = np.zeros((10, 10), int)
    for at in order:
        table[wall[at].label, answers[at][0]] += 1
    st.markdown(_("**Label (row) and answer (column)**"))
    st.html(confusion_table(tuple(tuple(int(count) for count in row) for row in table)))
    if st.button(_("Which network errs where?"), key="wall_networks"):
        st.dataframe(_by_network(wall), hide_index=True, alt=_("Errors of each network on the wall"))


def _answers(model: Model, wall: list[OnWall]) -> list[tuple[int, float]]:
    """Digit and confidence of each drawing, in one forward pass."""
    if not wall:
        return []
    probabilities = reading.predictor(model).probabilities(mnist.scaled(np.stack([one.picture for one in wall])))
    return [(int(row.argmax()), float(row.max())) for row in probabilities]


def _by_network(wall: list[OnWall]) -> list[dict[str, Any]]:
    rows = []
    for model in visitor.models():
        try:
            answers = _answers(model, wall)
        except DigitLabError:
            continue
        wrong = [one for one, (digit, _share) in zip(wall, answers, strict=True) if digit != one.label]
        rows.append(
            {
                _("Network"): names.of_model(model),
                _("Wall accuracy"): f"{1 - len(wrong) / len(wall):.1%}",
                _("Read wrong"): ", ".join(f"{one.label} ({one.name or '–'})" for one in wrong[:12]),
            }
        )
    return rows


def show_league(person: Person, classroom: int) -> None:
    """The class's runs that ended with a network, with a mark for those that no other beats in everything."""
    st.subheader(_("League"), anchor="league")
    runs = [
        run
        for run in store().runs.all(person)
        if run.job.classroom == classroom and run.test_accuracy is not None and run.seconds is not None
    ]
    if not runs:
        st.caption(_("No run of this class has ended yet."))
        return
    figures = [(-(run.test_accuracy or 0.0), float(run.parameters), run.seconds or 0.0) for run in runs]
    members = {member.browser: member.name for member in store().members.of(person, classroom)}
    st.dataframe(
        [
            {
                _("Front"): "★" if _unbeaten(mine, figures) else "",
                _("Run"): names.of_run(run, figure=False),
                _("Member"): members.get(run.job.owner or "", "–"),
                _("Test accuracy"): f"{-mine[0]:.2%}",
                _("Parameters"): run.parameters,
                _("Seconds"): round(mine[2], 1),
            }
            for run, mine in sorted(zip(runs, figures, strict=True), key=lambda pair: pair[1])
        ],
        hide_index=True,
        alt=_("The class's runs by test accuracy"),
    )
    st.caption(_("★: no other run is at least as good in accuracy, parameters and seconds."))


def _unbeaten(mine: tuple[float, float, float], figures: list[tuple[float, float, float]]) -> bool:
    """Whether nobody is as good in everything and better in something."""
    return not any(all(a <= b for a, b in zip(one, mine, strict=True)) and one != mine for one in figures)
