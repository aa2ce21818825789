"""Live parts about the network: its table, its sum, its layers with a digit in them."""

import streamlit as st

from digitlab.data.mnist import SIZES
from digitlab.lessons.lesson import Lesson, Step
from digitlab.networks.layers import Layer
from digitlab.networks.layers.weighted import Conv, Dense
from digitlab.ui.learn.own import source
from digitlab.ui.shared import layer_text, montage
from digitlab.ui.shared.markdown import bold, table
from digitlab.ui.shared.reading import read
from digitlab.ui.shared.recipe_text import device_text
from digitlab.ui.shared.shown import Sample
from digitlab.ui.shared.strips import show_layers
from digitlab.ui.shared.tables import show_layer_table
from digitlab.words import _


def show_summary(lesson: Lesson, step: Step) -> None:
    """What `model.summary()` prints, with what each layer costs and sees."""
    show_layer_table(lesson.of.network)


def show_device(lesson: Lesson, step: Step) -> None:
    """What computes on this server, and whether its memory grows."""
    with st.spinner(_("TensorFlow is loading.")):
        from digitlab.backend import device, gpus
    st.metric(_("What computes here"), device_text(device()), width="content")
    if gpus():
        st.markdown(_("Memory growth is on: TensorFlow takes as much of the GPU's memory as it needs."))
    else:
        st.markdown(_("TensorFlow finds no GPU here, so there is no memory to grow. The CPU does all the work."))


def show_sums(lesson: Lesson, step: Step) -> None:
    """The parameters of each layer with the arithmetic, beside the sum that the article prints."""
    network = lesson.of.network
    rows = []
    for layer in network.layers:
        shape = network.input_shape(layer)
        rows.append((f"`{layer.name}`", _arithmetic(layer, shape), f"{layer.parameters(shape):,}"))
    rows.append((bold(_("Together")), "", bold(f"{network.parameters:,}")))
    st.markdown(table((_("Layer"), _("Arithmetic"), _("Parameters")), rows, left=2))
    printed = int(step.about)
    st.markdown(
        _(
            "The article prints **{printed}**. That is {more} more than its rows give.",
            printed=printed,
            more=printed - network.parameters,
        )
    )


def _arithmetic(layer: Layer, shape: tuple[int, ...]) -> str:
    match layer:
        case Conv():
            return f"({layer.kernel} × {layer.kernel} × {shape[-1]} + 1) × {layer.filters}"
        case Dense():
            return f"({shape[-1]:,} + 1) × {layer.units}"
    return "0"


def show_layer(lesson: Lesson, step: Step) -> None:
    """The named layers with a digit in them."""
    made = source(lesson)
    number = st.number_input(_("Test digit"), 0, SIZES["test"] - 1, 0, key="learn_test_digit", width=200)
    digit = Sample(int(number))
    reading = read(made.model, digit.image)
    with st.container(horizontal=True, vertical_alignment="center", key="learn_picture"):
        st.image(montage.enlarged(digit.image, 3), width=84, alt=digit.title)
        st.markdown(
            _("The input is 28×28×1. What comes out of the new layers: {shapes}.", shapes=_shapes(lesson, step))
        )
    show_layers(made.model.network, reading, False, only=step.about.split())


def _shapes(lesson: Lesson, step: Step) -> str:
    shapes = lesson.of.network.shapes
    return ", ".join(f"`{name}` {layer_text.shape_text(shapes[name])}" for name in step.about.split())
