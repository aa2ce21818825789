"""Look inside a network: every number on the way from the drawing to the answer."""

import streamlit as st

from digitlab.networks.graph import INPUT
from digitlab.networks.zoo import Model
from digitlab.ui.layers import chosen
from digitlab.ui.layers.channel import show_channel
from digitlab.ui.layers.filters import show_filters
from digitlab.ui.layers.input import choose_input
from digitlab.ui.layers.layer import show_opened
from digitlab.ui.layers.strip import show_strip
from digitlab.ui.layers.two import show_two
from digitlab.ui.layers.why import show_why
from digitlab.ui.pad import query
from digitlab.ui.pad.desk import show_desk
from digitlab.ui.pad.line import keep_the_line
from digitlab.ui.shared import becoming, names, reading, visitor
from digitlab.ui.shared.choice import one_of
from digitlab.ui.shared.explained import lesson_link
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.imports import is_imported, show_found
from digitlab.ui.shared.models import choose_model
from digitlab.ui.shared.reading import Answer
from digitlab.ui.shared.shown import Sample, stages
from digitlab.ui.shared.tables import show_layer_table, show_model_code
from digitlab.words import _, message, together

LAYER, WHY, FILTER, TWO = "layer", "why", "filter", "two"
PARTS = {
    LAYER: message("Layer"),
    WHY: message("Why this answer"),
    FILTER: message("Filter playground"),
    TWO: message("Compare networks"),
}
OLDER = {"The layer": LAYER, "Why this answer": WHY, "Try a filter": FILTER, "Two networks": TWO}  # in addresses

st.title(_("Inside the network"))
with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
    with st.container(width=400):
        model = choose_model()
    with st.popover(_("Summary"), icon=":material/table_rows:"):
        show_layer_table(model.network)
    code = st.popover(_("Keras code"), icon=":material/code:", on_change="rerun", key="keras_code")
    if code.open:
        with code, friendly():
            show_model_code(model)
    if is_imported(model):
        with st.popover(_("About the import"), icon=":material/upload_file:", key="found"):
            show_found(model)
with friendly():
    query.open_drawing()
with st.expander(_("Drawing pad"), icon=":material/draw:", expanded=True), st.container(key="desk"), friendly():
    show_desk(model, cut=model.threshold, steps=becoming.steps(), per_map=False, parts=("answer", "small"))


@st.fragment(key="inside")
@friendly()
def look_inside(model: Model) -> None:
    """All below the pad; a stroke, or opening a layer or a channel, runs this part of the page alone."""
    keep_the_line(runs=True)
    shown = choose_input()
    network = model.network
    result = reading.read(model, stages(shown, becoming.steps())[-1].image)
    answer = Answer(model, result, model.threshold)
    st.markdown(
        together(
            _("{model} answers **{answer}**.", model=names.in_text(model), answer=answer.text),
            _("The label is {label}.", label=shown.label) if isinstance(shown, Sample) else "",
            _("Press a layer to open it."),
        )
    )
    name, channel = chosen.layer_and_channel(model, network)
    show_strip(network, result, name, chosen.open_layer)
    parts = {name: title for name, title in PARTS.items() if visitor.sees(f"layers/{name}")}
    part = one_of("part", parts, _("Part of the page"), default=LAYER, older=OLDER, hidden=True)
    with friendly():
        if part == WHY:
            with st.container(key="why_part"):
                show_why(reading.predictor(model), result, shown)
        elif part == FILTER:
            st.markdown(" · ".join(map(lesson_link, ("filter:kernel", "filter:stride", "filter:pooling"))))
            show_filters(result.activations[INPUT][:, :, 0])
        elif part == TWO:
            show_two(model, network, result, name)
        else:
            with st.container(key="opened_layer"):
                show_opened(model, network, result, name, channel)
                if name != INPUT:
                    show_channel(model, reading.predictor(model), result, name, channel)


look_inside(model)
