"""The answer, the bars, the 28×28 and the maps beside the pad.

The page fills them while the pen moves (digitlab/ui/pad/desk.js). The server fills them for a network that the browser
cannot compute, for a browser without workers, and where there is no browser.
"""

from collections.abc import Collection

import streamlit as st

from digitlab.networks.zoo import Model
from digitlab.ui.pad import held
from digitlab.ui.shared import becoming, montage, visitor
from digitlab.ui.shared.answer import show_answer, show_bars, show_invitation
from digitlab.ui.shared.reading import Answer, read
from digitlab.ui.shared.shown import stages
from digitlab.ui.shared.strips import show_layers
from digitlab.words import _


def show_parts(model: Model, cut: float | None, per_map: bool, parts: Collection[str]) -> None:
    """The containers `answer`, `bars`, `seen` and `maps`, as far as they are among the parts."""
    way = stages(held.shown(), becoming.steps()) if _is_servers() else []
    reading = read(model, way[-1].image) if way else None
    with st.container(key="answer"):
        if reading:
            show_answer(Answer(model, reading, cut))
        else:
            show_invitation()
    with st.container(key="bars"):
        show_bars(reading)
    if "seen" in parts:
        with st.container(key="seen"):
            if way:
                st.image(montage.enlarged(way[-1].image), alt=_("What the network sees: 28×28 pixels"))
            st.caption(_seen())
    if "maps" in parts:
        with st.container(key="maps"):
            if reading:
                show_layers(model.network, reading, per_map)
            else:
                st.html('<div class="dl-slot"></div>')


def _is_servers() -> bool:
    """Whether the server fills the parts. A visitor without a cookie who sent nothing is no browser that computes."""
    sent = held.held()
    if sent is None:
        return False
    return not sent.computes or (sent.number < 0 and visitor.own_browser() is None)


def _seen() -> str:
    off = becoming.steps_off()
    if off:
        return _("28×28 pixels, steps off: {steps}", steps=off)
    return _("28×28 pixels")
