"""A network as a table and as code."""

import streamlit as st

from digitlab.networks.graph import INPUT, INPUT_SHAPE, Network
from digitlab.networks.imported import IMPORTED
from digitlab.networks.zoo import Model
from digitlab.training.card import config_of
from digitlab.training.config import TrainingConfig
from digitlab.training.script import can_be_written, script
from digitlab.ui import explain


def show_summary(network: Network) -> None:
    """What Keras' `model.summary()` prints: layer, output shape and parameters."""
    rows = [f"| `{INPUT}` | Input | {explain.shape_text(INPUT_SHAPE)} | 0 |"]
    rows += [
        f"| `{layer.name}` | {layer.keras_class} | {explain.shape_text(network.shapes[layer.name])} "
        f"| {layer.parameters(network.input_shape(layer)):,} |"
        for layer in network.layers
    ]
    st.markdown(
        "\n".join(["| Layer | Keras | Output shape | Parameters |", "|:--|:--|--:|--:|", *rows])
        + f"\n\n**{network.parameters:,}** parameters, **{network.multiply_adds:,}** multiply-adds for one picture"
    )


def show_layer_table(network: Network) -> None:
    """The summary with the cost of each layer and how far it sees."""
    fields = explain.receptive_fields(network)
    rows = [
        f"| `{layer.name}` | {explain.title(layer, network)} | {explain.shape_text(network.shapes[layer.name])} "
        f"| {layer.parameters(network.input_shape(layer)):,} | {layer.multiply_adds(network.input_shape(layer)):,} "
        f"| {fields[layer.name]}×{fields[layer.name]} |"
        for layer in network.layers
    ]
    head = ["| Layer | Kind | Output | Parameters | Multiply-adds | Sees |", "|:--|:--|--:|--:|--:|--:|"]
    st.markdown("\n".join([*head, *rows]))
    st.caption(
        f"Together {network.parameters:,} parameters and {network.multiply_adds:,} multiply-adds for one picture. "
        '"Sees" is the receptive field: how many pixels of the 28×28 one number can depend on.'
    )


def show_model_code(model: Model) -> None:
    """The script that trains a model; of an imported one, its layers."""
    if model.card["recipe"] == IMPORTED:
        st.code("import keras\n\n" + model.network.code(), language="python")
        st.caption("These are its layers. It was trained elsewhere, so there is no script that repeats that.")
        return
    show_code(config_of(model.card), model.card["article"] or model.name, model.card["command"])


def show_code(config: TrainingConfig, title: str, command: str) -> None:
    """A Keras script that trains this very network with its settings; where Keras alone cannot, the network's code.

    Args:
        config: the run.
        title: the script's first line.
        command: what repeats the run with this project.
    """
    if can_be_written(config):
        st.code(script(config, title), language="python")
        return
    st.code("import keras\n\n" + config.network.code(), language="python")
    st.caption(f"This is its network. Its training does more than Keras offers; this command repeats it: `{command}`")
