"""The digits that networks learn from and are tested on, and how a network reads them."""

from collections.abc import Callable

import streamlit as st

from digitlab.networks.zoo import Model
from digitlab.ui.samples import query
from digitlab.ui.samples.browse import show_browse
from digitlab.ui.samples.data import show_data
from digitlab.ui.samples.game import show_game
from digitlab.ui.samples.map import show_map
from digitlab.ui.samples.mine import show_my_digits
from digitlab.ui.samples.mistakes import show_mistakes
from digitlab.ui.samples.quality import show_quality
from digitlab.ui.samples.robustness import show_robustness
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.models import choose_model
from digitlab.words import _

SHOWN: dict[query.Section, Callable[[Model], None]] = {
    "browse": show_browse,
    "data": show_data,
    "quality": show_quality,
    "mistakes": show_mistakes,
    "game": show_game,
    "map": show_map,
    "robustness": show_robustness,
    "mine": show_my_digits,
}

st.title(_("Samples"))
with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
    with st.container(width=400):
        model = choose_model()
    section = query.choose_section()
with friendly():
    SHOWN[section](model)
