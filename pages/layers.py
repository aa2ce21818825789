"""Look inside a network: every number on the way from the drawing to the answer."""

import streamlit as st

from digitlab.networks.graph import INPUT
from digitlab.networks.zoo import Model
from digitlab.ui import becoming, reading, source
from digitlab.ui.friendly import friendly
from digitlab.ui.layers import chosen
from digitlab.ui.layers.channel import show_channel
from digitlab.ui.layers.filters import show_filters
from digitlab.ui.layers.input import choose_input
from digitlab.ui.layers.opened import show_opened
from digitlab.ui.layers.strip import show_strip
from digitlab.ui.layers.two import show_two
from digitlab.ui.layers.why import show_why
from digitlab.ui.models import choose_model
from digitlab.ui.shown import Sample, Shown, stages
from digitlab.ui.tables import show_layer_table, show_model_code

LAYER, WHY, FILTER, TWO = "The layer", "Why this answer", "Try a filter", "Two networks"
PARTS = [LAYER, WHY, FILTER, TWO]

st.title("Inside the network")
with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
    with st.container(width=400):
        model = choose_model()
    with st.popover("Summary", icon=":material/table_rows:"):
        show_layer_table(model.network)
    with st.popover("Keras code", icon=":material/code:"):
        show_model_code(model)
with friendly():
    source.open_link()


@st.fragment(key="inside")
@friendly()
def look_inside(model: Model, shown: Shown) -> None:
    """All below the choices; opening a layer or a channel runs this part of the page alone."""
    network = model.network
    result = reading.read(model, stages(shown, becoming.steps())[-1].image)
    label = f" Its label says {shown.label}." if isinstance(shown, Sample) else ""
    st.markdown(f"`{model.name}` reads it as **{result.digit}**.{label} Press a layer to open it.")
    name, channel = chosen.opened(model, network)
    show_strip(network, result, name, chosen.open_layer)
    part = st.segmented_control(
        "Part", PARTS, default=PARTS[0], required=True, key="part", bind="query-params", label_visibility="collapsed"
    )
    with friendly():
        if part == WHY:
            with st.container(key="why_part"):
                show_why(reading.predictor(model), result, shown)
        elif part == FILTER:
            show_filters(result.activations[INPUT][:, :, 0])
        elif part == TWO:
            show_two(model, network, result, name)
        else:
            with st.container(key="opened_layer"):
                show_opened(model, network, result, name, channel)
                if name != INPUT:
                    show_channel(model, reading.predictor(model), result, name, channel)


look_inside(model, choose_input())
