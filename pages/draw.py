"""Draw a digit and see what the network makes of it, from the pad to the answer."""

import streamlit as st

from digitlab.server import warmup
from digitlab.ui.classroom import following
from digitlab.ui.draw.cut import choose_cut
from digitlab.ui.layers.input import OWN
from digitlab.ui.learn.welcome import show_welcome
from digitlab.ui.pad import held, query
from digitlab.ui.pad.desk import Part, show_desk
from digitlab.ui.pad.line import keep_the_line, wants_layer
from digitlab.ui.shared import becoming, pages
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.models import choose_model
from digitlab.ui.shared.strips import scaling_switch
from digitlab.ui.shared.tables import show_model_code, show_summary
from digitlab.words import _

PARTS: tuple[Part, ...] = ("answer", "seen", "maps", "question", "inputs", "more")

with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
    with st.container(width=400):
        model = choose_model()
    with st.popover(_("Summary"), icon=":material/table_rows:"):
        show_summary(model.network)
    with st.popover(_("Keras code"), icon=":material/code:"):
        show_model_code(model)
    with st.popover(_("Settings"), icon=":material/tune:", key="settings"):
        cut = choose_cut(model)
        per_map = scaling_switch("per_map")
show_welcome()
with friendly():
    query.open_drawing()


def rerun_steps() -> None:
    """Another drawing came: the steps run again with the line, and nothing else does."""
    if becoming.is_open():
        st.rerun(["line", "steps"])


@st.fragment(key="steps")
@friendly()
def show_steps() -> None:
    """How the drawing became 28×28; a stroke runs this part of the page alone, and only while the panel is open."""
    becoming.show_becoming(model, held.shown(), cut)


@st.fragment(key="line")
@friendly()
def follow_the_page() -> None:
    """What the server does where the page cannot do all by itself: it shows what it computes, and keeps the query."""
    query.keep_query()
    keep_the_line(rerun_steps, runs=becoming.is_open() or query.has_drawing())
    if wanted := wants_layer():
        layer, channel = wanted
        wanted_layer = {"model": model.name, "layer": layer, "channel": channel, "input": OWN}
        pages.go(pages.LAYERS, wanted_layer)


with st.container(key="desk"):
    with friendly():
        show_desk(
            model,
            cut=cut,
            steps=becoming.steps(),
            per_map=per_map,
            parts=following.without_answer(PARTS) + (("present",) if "present" in st.query_params else ()),
        )
    follow_the_page()
    show_steps()
warmup.page_is_out()
