"""The digits that networks learn from and are tested on, and what a network makes of them."""

import streamlit as st

from digitlab.ui.friendly import friendly
from digitlab.ui.models import choose_model
from digitlab.ui.samples import address
from digitlab.ui.samples.browse import show_browse
from digitlab.ui.samples.quality import show_quality

SHOWN = {"browse": show_browse, "quality": show_quality}

st.title("The digits that networks learn from")
with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
    with st.container(width=400):
        model = choose_model()
    section = address.choose_section()
with friendly():
    SHOWN[section](model)
