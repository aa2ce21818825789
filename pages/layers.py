"""Look inside a network, layer by layer."""

import streamlit as st

from digitlab.networks.graph import Conv
from digitlab.training.card import config_of
from digitlab.ui import montage, pad, reading, source
from digitlab.ui.models import choose_model
from digitlab.ui.shown import TestDigit, stages
from digitlab.ui.strips import scaling_switch, show_layers, show_scale
from digitlab.ui.tables import show_code, show_layer_table

st.title("Inside the network")
with st.container(width=440):
    model = choose_model()
network = model.network
show_layer_table(network)

st.header("The first convolution's kernels")
first = next((layer for layer in network.layers if isinstance(layer, Conv)), None)
if first is not None:
    kernels = reading.predictor(model).model.get_layer(first.name).get_weights()[0]
    st.markdown(
        f"Each of the {first.filters} filters of `{first.name}` is {first.kernel}×{first.kernel} weights. Blue weights "
        "count against, brown ones for: a filter answers where the picture looks like it."
    )
    with st.container(key="maps_kernels", gap="xsmall"):
        made = montage.feature_maps(kernels[:, :, 0, :], signed=True)
        st.image(made.url, width="stretch", alt=f"The {first.filters} kernels of {first.name}")
        show_scale(made.low, made.high, signed=True)

st.header("What each layer computes")
drawing = pad.drawing()
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    what = "Test digit"
    if drawing:
        what = st.segmented_control(
            "Input",
            ["Your drawing", "Test digit"],
            default="Your drawing",
            required=True,
            key="input",
            bind="query-params",
        )
    if what == "Test digit":
        index = st.number_input(
            "Number of the test digit",
            0,
            source.TEST_DIGITS - 1,
            value=0,
            key="test_digit",
            bind="query-params",
            width=220,
        )
    per_map = scaling_switch("per_map")
shown = TestDigit(int(index)) if what == "Test digit" else drawing
image = stages(shown)[-1].image
result = reading.read(model, image)
with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
    st.image(montage.enlarged(image, 4), alt="What the network sees, 28×28")
    st.markdown(
        f"The network reads it as **{result.digit}**."
        + (f" Its label says {shown.label}." if isinstance(shown, TestDigit) else "")
    )
show_layers(network, result, per_map)
with st.expander("Keras code", icon=":material/code:"):
    show_code(config_of(model.card), model.card["article"] or model.name, model.card["command"])
