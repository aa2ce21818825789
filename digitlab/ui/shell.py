"""The frame around every page: navigation, style and the last net for errors. app.py serves this script."""

import streamlit as st

from digitlab.home import ROOT
from digitlab.ui import pad
from digitlab.ui.friendly import friendly

PAGES = ROOT / "pages"

st.set_page_config(page_title="DigitLab", page_icon=str(ROOT / "digitlab/ui/icon.svg"), layout="wide", menu_items={})
st.html(ROOT / "digitlab/ui/style.css")
st.logo(str(ROOT / "digitlab/ui/logo.svg"), size="large")
page = st.navigation(
    [
        st.Page(
            PAGES / "draw.py",
            title="Draw",
            icon=":material/draw:",
            default=True,
            help="Draw a digit and see what the network answers.",
        ),
        st.Page(
            PAGES / "layers.py",
            title="Layers",
            icon=":material/layers:",
            help="Look inside a network, layer by layer.",
        ),
        st.Page(
            PAGES / "samples.py",
            title="Samples",
            icon=":material/grid_view:",
            help="The 70,000 digits that networks learn from and are tested on.",
        ),
        st.Page(
            PAGES / "train.py",
            title="Train",
            icon=":material/model_training:",
            help="Train a network and watch it learn.",
        ),
        st.Page(
            PAGES / "runs.py",
            title="Runs",
            icon=":material/monitoring:",
            help="What each network reached, epoch by epoch.",
        ),
    ],
    position="top",
)
if page.url_path:
    pad.leave()
with friendly():
    page.run()
