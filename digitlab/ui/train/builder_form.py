"""The builder: a network block by block, with its layers and costs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from digitlab.errors import InputError
from digitlab.jobs.draft import NETWORK, Draft
from digitlab.networks.blocks import MOST_BLOCKS, Blocks, ConvBlock, DenseBlock, Gather, blocks_of
from digitlab.networks.graph import Network
from digitlab.training.config import TrainingConfig
from digitlab.ui.shared import layer_text
from digitlab.ui.shared.foreign import complain
from digitlab.ui.train.drafting import draft_now, put
from digitlab.ui.train.expecting import epoch_sentence
from digitlab.words import Message, _, message

_PADDING = {"valid": message("none (valid)"), "same": message("same size")}
_ACTIVATION = {
    "relu": message("ReLU"),
    "leaky_relu": message("Leaky ReLU"),
    "elu": message("ELU"),
    "gelu": message("GELU"),
    "tanh": message("tanh"),
    "sigmoid": message("sigmoid"),
    "linear": message("none"),
}
_GATHER: dict[Gather, Message] = {"flatten": message("Flatten"), "average": message("Global average pooling")}
_POOLING = {"none": message("none"), "max": message("Max"), "average": message("Average")}


def show_builder(draft: Draft, base: TrainingConfig, problems: dict[str, str]) -> None:
    """The blocks to edit on the left, the network on the right."""
    if draft.blocks is None:
        _offer(base)
        return
    edit, result = st.columns([1.25, 1], gap="large")
    with edit:
        blocks = draft.blocks
        for at, block in enumerate(blocks.convolutions):
            _convolution(at, block)
        _more(_("Add convolution block"), "convolutions", ConvBlock(filters=64), len(blocks.convolutions))
        _gather(blocks)
        for at, dense in enumerate(blocks.dense):
            _dense(at, dense)
        _more(_("Add dense block"), "dense", DenseBlock(), len(blocks.dense))
        _softmax(blocks)
        st.button(_("Use the recipe's network"), icon=":material/undo:", key="unbuild", on_click=_leave)
    with result, st.container(key="built"):
        if NETWORK in problems:
            complain(problems[NETWORK])
        else:
            network = draft.network(base)
            _show_layers(network)
            st.caption(epoch_sentence(_at(draft, base, network)))


def _at(draft: Draft, base: TrainingConfig, network: Network) -> TrainingConfig:
    """A configuration to tell the time by: the draft's, or while that is wrong the recipe's with this network."""
    try:
        return draft.config(base)
    except InputError:
        return replace(base, network=network, exposure=None, calibrated=False, frozen=())


def _show_layers(network: Network) -> None:
    head = (_("Layer"), _("Output"), _("Parameters"), _("Multiply-adds"))
    rows = [f"| {' | '.join(head)} |", "|:--|--:|--:|--:|"]
    for layer in network.layers:
        shape = network.input_shape(layer)
        cost = f"{layer.parameters(shape):,} | {layer.multiply_adds(shape):,}"
        rows.append(
            f"| {layer_text.title(layer, network)} | {layer_text.shape_text(network.shapes[layer.name])} | {cost} |"
        )
    total = _("Total")
    rows.append(f"| **{total}** | | **{network.parameters:,}** | **{network.multiply_adds:,}** |")
    st.markdown("\n".join(rows))


def _offer(base: TrainingConfig) -> None:
    known = blocks_of(base.network)
    st.markdown(
        _("Convolution blocks find patterns, dense blocks decide. Change this network or start with a small one.")
        if known
        else _("The chosen network is not a simple row of blocks. Start with a small one.")
    )
    with st.container(horizontal=True):
        if known:
            st.button(
                _("Change this network"), key="build_this", icon=":material/edit:", on_click=_build, args=(known,)
            )
        st.button(
            _("Start with a small network"), key="build", icon=":material/add:", on_click=_build, args=(Blocks(),)
        )


def _convolution(at: int, block: ConvBlock) -> None:
    with st.container(border=True, key=f"conv_block_{at}", gap="xsmall"):
        _head(_("Convolution block {number}", number=at + 1), "convolutions", at)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            _number(_("Filters"), "convolutions", at, "filters", block.filters)
            _number(_("Kernel"), "convolutions", at, "kernel", block.kernel)
            _number(_("Stride"), "convolutions", at, "stride", block.stride)
            _choice(_("Padding"), "convolutions", at, "padding", block.padding, _PADDING)
            _choice(_("Activation"), "convolutions", at, "activation", block.activation, _ACTIVATION)
            _choice(_("Pooling"), "convolutions", at, "pooling", block.pooling, _POOLING)
            if block.pooling != "none":
                _number(_("Window"), "convolutions", at, "pool_size", block.pool_size)
            _number(_("Dropout"), "convolutions", at, "dropout", block.dropout)
            _switch(_("Batch normalization"), "convolutions", at, "normalised", block.normalised)


def _dense(at: int, block: DenseBlock) -> None:
    with st.container(border=True, key=f"dense_block_{at}", gap="xsmall"):
        _head(_("Dense block {number}", number=at + 1), "dense", at)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            _number(_("Units"), "dense", at, "units", block.units)
            _choice(_("Activation"), "dense", at, "activation", block.activation, _ACTIVATION)
            _number(_("Dropout"), "dense", at, "dropout", block.dropout)
            _switch(_("Batch normalization"), "dense", at, "normalised", block.normalised)


def _gather(blocks: Blocks) -> None:
    st.session_state["block_gather"] = blocks.gather
    st.segmented_control(
        _("From maps to numbers"),
        list(_GATHER),
        format_func=lambda choice: str(_GATHER[choice]),
        required=True,
        key="block_gather",
        on_change=_set_gather,
        help=_(
            "Flatten lays all numbers of all maps in one row. Global average pooling keeps one number per map: far "
            "fewer weights in the next layer, but no positions."
        ),
    )


def _softmax(blocks: Blocks) -> None:
    st.session_state["block_softmax"] = blocks.softmax
    st.toggle(
        _("Ends with softmax"),
        key="block_softmax",
        on_change=_set_softmax,
        help=_("On: the last layer outputs probabilities. Off: the last layer outputs logits, and the loss uses them."),
    )


def _head(title: str, kind: str, at: int) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{title}**")
        st.button(
            _("Remove"),
            icon=":material/delete:",
            type="tertiary",
            key=f"remove_{kind}_{at}",
            on_click=_remove,
            args=(kind, at),
        )


def _more(label: str, kind: str, block: ConvBlock | DenseBlock, count: int) -> None:
    st.button(
        label,
        icon=":material/add:",
        key=f"add_{kind}",
        on_click=_add,
        args=(kind, block),
        disabled=count >= MOST_BLOCKS,
    )


def _number(label: str, kind: str, at: int, name: str, value: float) -> None:
    key = f"block_{kind}_{at}_{name}"
    st.session_state[key] = value
    whole = isinstance(value, int)
    st.number_input(
        label,
        key=key,
        step=1 if whole else 0.05,
        format="%d" if whole else "%.2f",
        width=112,
        on_change=_set,
        args=(kind, at, name, key),
    )


def _choice(label: str, kind: str, at: int, name: str, value: str, words: dict[str, Message]) -> None:
    key = f"block_{kind}_{at}_{name}"
    st.session_state[key] = value
    st.selectbox(
        label,
        list(words),
        format_func=lambda choice: str(words[choice]),
        key=key,
        width=140,
        filter_mode=None,
        on_change=_set,
        args=(kind, at, name, key),
    )


def _switch(label: str, kind: str, at: int, name: str, value: bool) -> None:
    key = f"block_{kind}_{at}_{name}"
    st.session_state[key] = value
    st.toggle(label, key=key, on_change=_set, args=(kind, at, name, key))


# --- callbacks ---


def _change(make: Callable[[Blocks], Blocks]) -> None:
    draft = draft_now()
    if draft.blocks is not None:
        put(replace(draft, blocks=make(draft.blocks)))


def _build(blocks: Blocks) -> None:
    put(replace(draft_now(), blocks=blocks))


def _leave() -> None:
    put(replace(draft_now(), blocks=None))


def _set(kind: str, at: int, name: str, key: str) -> None:
    value = st.session_state[key]

    def make(blocks: Blocks) -> Blocks:
        row: list[Any] = list(getattr(blocks, kind))
        row[at] = replace(row[at], **{name: value})
        return _with_row(blocks, kind, row)

    if value is not None:
        _change(make)


def _set_softmax() -> None:
    _change(lambda blocks: replace(blocks, softmax=bool(st.session_state["block_softmax"])))


def _set_gather() -> None:
    if (chosen := st.session_state["block_gather"]) in _GATHER:
        _change(lambda blocks: replace(blocks, gather=chosen))


def _add(kind: str, block: ConvBlock | DenseBlock) -> None:
    _change(lambda blocks: _with_row(blocks, kind, [*getattr(blocks, kind), block]))


def _remove(kind: str, at: int) -> None:
    def make(blocks: Blocks) -> Blocks:
        row = list(getattr(blocks, kind))
        return _with_row(blocks, kind, row[:at] + row[at + 1 :])

    _change(make)


def _with_row(blocks: Blocks, kind: str, row: list[Any]) -> Blocks:
    changed: dict[str, Any] = {kind: tuple(row)}
    return replace(blocks, **changed)
