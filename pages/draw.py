"""Draw a digit and see what the network makes of it, from the pad to the answer."""

import streamlit as st

from digitlab.drawing.strokes import Drawing
from digitlab.ui import becoming, source, warmup
from digitlab.ui.abstain import choose_cut
from digitlab.ui.answer import show_answer, show_bars, show_invitation
from digitlab.ui.friendly import friendly
from digitlab.ui.models import choose_model
from digitlab.ui.reading import Answer, read
from digitlab.ui.seen import show_seen
from digitlab.ui.shown import stages
from digitlab.ui.strips import scaling_switch, show_layers
from digitlab.ui.tables import show_model_code, show_summary
from digitlab.ui.teach.correcting import ask_what_it_was, wait_for_strokes

with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
    with st.container(width=400):
        model = choose_model()
    with st.popover("Summary", icon=":material/table_rows:"):
        show_summary(model.network)
    with st.popover("Keras code", icon=":material/code:"):
        show_model_code(model)
with friendly():
    source.open_link()


@st.fragment(key="reading")
@friendly()
def draw_and_read() -> None:
    """All that changes with a stroke; a stroke runs this part of the page alone."""
    left, middle, right = st.columns([1, 1.3, 1], gap="large")
    with left, friendly():
        source.show_input()
    with right:
        seen = st.container(key="seen", gap="xsmall")
        with st.container(horizontal=True, gap="small", key="actions"):
            with friendly():
                source.other_inputs()
                source.offer_link(model)
            cut = choose_cut(model)
    with middle, st.container(key="said"):
        answer_box, bars_box = st.container(key="answer"), st.container(key="bars")
        teach_box = st.container(key="teach", gap="xsmall")
    with teach_box:
        wait_for_strokes()
    source.keep_address()

    shown = source.shown()
    way = stages(shown, becoming.steps())
    reading = None
    if way:
        with answer_box:
            reading = read(model, way[-1].image)
            answer = Answer(model, reading, cut)
            show_answer(answer)
        if isinstance(shown, Drawing):
            with teach_box, friendly():
                ask_what_it_was(shown, way[-1].image, answer)
    else:
        with answer_box:
            show_invitation()
    with bars_box:
        show_bars(reading)
    with seen:
        show_seen(model, shown, way, reading, cut)

    with st.container(key="maps"):
        becoming.show_becoming(model, shown, way, cut)
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown("#### Every layer on the way to the answer")
            per_map = scaling_switch("per_map")
        if reading:
            show_layers(model.network, reading, per_map)
        else:
            st.caption("Each layer's numbers appear here as soon as there is something to read.")


draw_and_read()
warmup.page_is_out()
