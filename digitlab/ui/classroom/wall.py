"""The wall: what a class shares, what networks make of it, and a run that learns from it."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.errors import DigitLabError
from digitlab.insight import embedding, features
from digitlab.networks.zoo import Model
from digitlab.server import board
from digitlab.server.store import store
from digitlab.store.drawings import OnWall
from digitlab.store.rights import Person
from digitlab.ui.samples.computing import map_of_components
from digitlab.ui.shared import names, reading, visitor
from digitlab.ui.shared.learning import offer_to_learn
from digitlab.ui.shared.models import choose_model
from digitlab.ui.train.ending import confusion_table
from digitlab.words import _, message, plural

EVERY = 1.0  # seconds between two looks
MOST = 300  # drawings that are shown; the newest
_ORDERS = {"digit": message("By digit"), "confidence": message("By confidence"), "map": message("On the map")}

Answers = list[tuple[int, float]]
Kept = TypeVar("Kept")


def show_wall(person: Person, classroom: int) -> None:
    """The drawings, live: by digit, by how sure a network is, or on the network's map; and what they teach."""
    st.subheader(_("Wall"), anchor="wall")
    model = choose_model()
    by = st.segmented_control(
        _("Order"),
        list(_ORDERS),
        default="digit",
        required=True,
        key="wall_order",
        format_func=lambda key: str(_ORDERS[key]),
    )

    @st.fragment(run_every=EVERY, key="wall")
    def live() -> None:
        seen = board.seen(classroom)
        mark = (classroom, seen.wall if seen else None)
        wall = kept("wall_read", mark, lambda: store().drawings.wall(person, classroom)[:MOST])
        if not wall:
            st.caption(_("Nothing is shared yet. Save a drawing on the Draw page, then share it under “My digits”."))
            return
        answers = kept("wall_answers", (mark, model.hash), lambda: answers_of(model, wall))
        if by == "map":
            places = kept("wall_places", (mark, model.hash), lambda: _places(model, wall))
            st.html(_on_map(wall, answers, places))
        else:
            _show_in_order(wall, answers, by_digit=by == "digit")
        _show_figures(model, wall, answers)
        if st.toggle(_("Every network on the wall"), key="wall_networks"):
            hashes = tuple(one.hash for one in visitor.models())
            rows = kept("wall_by_network", (mark, hashes), lambda: _by_network(wall))
            st.dataframe(rows, hide_index=True, alt=_("Errors of each network on the wall"))

    live()
    if wall := store().drawings.wall(person, classroom):
        offer_to_learn(len(wall), model, classroom)


def kept(name: str, of: object, compute: Callable[[], Kept]) -> Kept:
    """What this session computed last under a name, as long as it is of the same things; else computed now."""
    before = st.session_state.get(name)
    if before is None or before[0] != of:
        before = st.session_state[name] = (of, compute())
    found: Kept = before[1]
    return found


def answers_of(model: Model, wall: list[OnWall]) -> Answers:
    """Digit and confidence of each drawing, in one forward pass."""
    if not wall:
        return []
    probabilities = reading.predictor(model).probabilities(_images(wall))
    return [(int(row.argmax()), float(row.max())) for row in probabilities]


def accuracy(model: Model, wall: list[OnWall]) -> float:
    """The share of the wall, 0..1, whose best digit is its label."""
    answers = answers_of(model, wall)
    return sum(digit == one.label for one, (digit, _share) in zip(wall, answers, strict=True)) / len(wall)


def _images(wall: list[OnWall]) -> NDArray[np.float32]:
    return mnist.scaled(np.stack([one.picture for one in wall]))


def _places(model: Model, wall: list[OnWall]) -> NDArray[np.float32]:
    """Where each drawing lies on the map of the network's last hidden layer, from 0 to 1: float32 [N, 2]."""
    found = map_of_components(model, features.last_hidden(model.network))
    places, _near = embedding.put(reading.predictor(model), found, _images(wall))
    low, high = places.min(axis=0), places.max(axis=0)
    return np.asarray((places - low) / np.maximum(high - low, 1e-6), np.float32)


def _picture(one: OnWall, answer: int) -> str:
    return (
        f'<img class="dl-kept" src="api/drawings/{one.id}.png" width="84" height="84" '
        f'alt="{one.label}" title="{one.label} → {answer}">'
    )


def _show_in_order(wall: list[OnWall], answers: Answers, *, by_digit: bool) -> None:
    order = sorted(range(len(wall)), key=lambda at: (wall[at].label, at) if by_digit else (-answers[at][1], at))
    st.html(f'<div class="dl-shared">{"".join(_picture(wall[at], answers[at][0]) for at in order)}</div>')


def _on_map(wall: list[OnWall], answers: Answers, places: NDArray[np.float32]) -> str:
    pictures = "".join(
        f'<div style="left: {x:.1%}; top: {1 - y:.1%}">{_picture(one, digit)}</div>'
        for one, (digit, _share), (x, y) in zip(wall, answers, places.tolist(), strict=True)
    )
    return f'<div class="dl-on-map"><div>{pictures}</div></div>'


def _show_figures(model: Model, wall: list[OnWall], answers: Answers) -> None:
    table = np.zeros((10, 10), int)
    for one, (digit, _share) in zip(wall, answers, strict=True):
        table[one.label, digit] += 1
    st.markdown(
        plural(
            "{n} drawing. {model} reads {right} of them right.",
            "{n} drawings. {model} reads {right} of them right.",
            len(wall),
            model=names.in_text(model),
            right=int(table.trace()),
        )
    )
    st.markdown(_("**Label (row) and answer (column)**"))
    st.html(confusion_table(tuple(tuple(int(count) for count in row) for row in table)))


def _by_network(wall: list[OnWall]) -> list[dict[str, Any]]:
    rows = []
    for model in visitor.models():
        try:
            answers = answers_of(model, wall)
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
