"""A network as a table and as code."""

from collections.abc import Iterable

import streamlit as st

from digitlab.networks.graph import INPUT, INPUT_SHAPE, Network
from digitlab.networks.receptive import receptive_fields
from digitlab.networks.zoo import Model
from digitlab.training.card import config_of
from digitlab.training.config import TrainingConfig
from digitlab.training.script import can_be_written, script
from digitlab.ui.shared import layer_text
from digitlab.ui.shared.imports import is_imported, show_own_code
from digitlab.words import _


def show_summary(network: Network) -> None:
    """What Keras' `model.summary()` prints: layer, output shape and parameters."""
    names = (_("Layer"), "Keras", _("Output shape"), _("Parameters"))
    rows = [f"| `{INPUT}` | Input | {layer_text.shape_text(INPUT_SHAPE)} | 0 |"]
    rows += [
        f"| `{layer.name}` | {layer.class_name} | {layer_text.shape_text(network.shapes[layer.name])} "
        f"| {layer.parameters(network.input_shape(layer)):,} |"
        for layer in network.layers
    ]
    st.markdown("\n".join([_row(names), "|:--|:--|--:|--:|", *rows, "", _cost(network)]))


def show_layer_table(network: Network) -> None:
    """The summary with the cost of each layer and how far it sees."""
    fields = receptive_fields(network)
    rows = [
        f"| `{layer.name}` | {layer_text.title(layer, network)} | {layer_text.shape_text(network.shapes[layer.name])} "
        f"| {layer.parameters(network.input_shape(layer)):,} | {layer.multiply_adds(network.input_shape(layer)):,} "
        f"| {fields[layer.name]}×{fields[layer.name]} |"
        for layer in network.layers
    ]
    names = (_("Layer"), _("Kind"), _("Output"), _("Parameters"), _("Multiply-adds"), _("Receptive field"))
    st.markdown("\n".join([_row(names), "|:--|:--|--:|--:|--:|--:|", *rows]))
    st.caption(_cost(network))
    st.caption(_("Receptive field: how many pixels of the 28×28 one number can depend on."))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cost(network: Network) -> str:
    return _(
        "**{parameters}** parameters, **{cost}** multiply-adds for one picture",
        parameters=network.parameters,
        cost=network.multiply_adds,
    )


def show_model_code(model: Model) -> None:
    """The script that trains a model; of an imported one, its layers, if they are known right."""
    if is_imported(model):
        show_own_code(model)
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
    st.caption(
        _(
            "This is the network. Its training does more than Keras offers. This command repeats it: `{command}`",
            command=command,
        )
    )
