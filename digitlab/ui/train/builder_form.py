"""The builder: a network block by block, with its layers and costs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from digitlab.errors import InputError
from digitlab.jobs.draft import Draft
from digitlab.networks.block_layers import Tried, blocks_of, tried
from digitlab.networks.blocks import MOST_BLOCKS, BlockError, Blocks, ConvBlock, DenseBlock, Gather, Kind, title
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
_HELP = {
    "filters": message("How many patterns the block looks for. Each filter gives one map."),
    "kernel": message("Side of a filter in pixels. 3 is usual; larger filters see more and cost more."),
    "stride": message("Step of the filter in pixels. 2 halves the size of the maps."),
    "padding": message(
        "“Same size” adds zeros around the maps, so that they keep their size. Without padding, the maps shrink at the "
        "border."
    ),
    "activation": message(
        "The function that each output goes through. ReLU, the usual choice, sets negative numbers to 0. Leaky ReLU, "
        "ELU and GELU let some of them through. Tanh and sigmoid limit all numbers."
    ),
    "pooling": message("Keeps the maximum or the mean of each window. Maps become smaller and later layers cheaper."),
    "pool_size": message("Side of the pooling window in pixels. 2 halves the size of the maps."),
    "units": message("How many numbers the block gives. Each reads all numbers before it."),
    "dropout": message(
        "Fraction of the outputs that is set to 0 at random while the network trains. 0.2 to 0.5 is usual."
    ),
    "normalised": message(
        "Scales each map to mean 0 and standard deviation 1 during training. Deep networks then learn faster."
    ),
    "residual": message(
        "Adds the block's input to its output, as in ResNet. Deep networks then learn more easily. Needs padding “same "
        "size”."
    ),
}


def show_builder(draft: Draft, base: TrainingConfig) -> None:
    """The blocks to edit on the left, the network on the right."""
    if draft.blocks is None:
        _offer(base)
        return
    edit, result = st.columns([1.25, 1], gap="large")
    blocks = draft.blocks
    found = tried(blocks)
    problem = found.problem if isinstance(found.problem, BlockError) else None
    with edit:
        for at, block in enumerate(blocks.convolutions):
            _convolution(at, block, len(blocks.convolutions), problem)
        _more(_("Add convolution block"), "convolutions", ConvBlock(filters=64), len(blocks.convolutions))
        _gather(blocks)
        for at, dense in enumerate(blocks.dense):
            _dense(at, dense, len(blocks.dense), problem)
        _more(_("Add dense block"), "dense", DenseBlock(), len(blocks.dense))
        _softmax(blocks)
        st.button(_("Use the recipe's network"), icon=":material/undo:", key="unbuild", on_click=_leave)
    with result, st.container(key="built"):
        _show_layers(found)
        if found.problem is None:
            st.caption(epoch_sentence(_at(draft, base, draft.network(base))))
        elif problem is None:  # that of a block stands at its field
            complain(found.problem.sentence)


def _at(draft: Draft, base: TrainingConfig, network: Network) -> TrainingConfig:
    """A configuration to tell the time by: the draft's, or while that is wrong the recipe's with this network."""
    try:
        return draft.config(base)
    except InputError:
        return replace(base, network=network, exposure=None, calibrated=False, frozen=())


def _show_layers(found: Tried) -> None:
    """The layers with their shapes and costs, as far as they are possible."""
    head = (_("Layer"), _("Output"), _("Parameters"), _("Multiply-adds"))
    rows = [f"| {' | '.join(head)} |", "|:--|--:|--:|--:|"]
    parameters = cost = 0
    for row in found.rows:
        is_last = found.problem is None and row is found.rows[-1]
        name = _("Output") if is_last else str(row.layer.title)
        mine, its_cost = row.layer.parameters(row.given), row.layer.multiply_adds(row.given)
        rows.append(f"| {name} | {layer_text.shape_text(row.shape)} | {mine:,} | {its_cost:,} |")
        parameters, cost = parameters + mine, cost + its_cost
    if found.problem is None:
        total = _("Total")
        rows.append(f"| **{total}** | | **{parameters:,}** | **{cost:,}** |")
    elif isinstance(found.problem, BlockError):
        rows.append(f"| :red[:material/error: {title(found.problem.kind, found.problem.at)}] | | | |")
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


def _convolution(at: int, block: ConvBlock, count: int, problem: BlockError | None) -> None:
    with st.container(border=True, key=f"conv_block_{at}", gap="xsmall"):
        _head("convolutions", at, count)
        with _fields("convolutions", at, problem) as fields:
            fields.number(_("Filters"), "filters", block.filters)
            fields.number(_("Kernel"), "kernel", block.kernel)
            fields.number(_("Stride"), "stride", block.stride)
            fields.choice(_("Padding"), "padding", block.padding, _PADDING)
            fields.choice(_("Activation"), "activation", block.activation, _ACTIVATION)
            fields.choice(_("Pooling"), "pooling", block.pooling, _POOLING)
            if block.pooling != "none":
                fields.number(_("Window"), "pool_size", block.pool_size)
            fields.number(_("Dropout"), "dropout", block.dropout)
            fields.switch(_("Batch normalization"), "normalised", block.normalised)
            fields.switch(_("Residual connection"), "residual", block.residual)


def _dense(at: int, block: DenseBlock, count: int, problem: BlockError | None) -> None:
    with st.container(border=True, key=f"dense_block_{at}", gap="xsmall"):
        _head("dense", at, count)
        with _fields("dense", at, problem) as fields:
            fields.number(_("Units"), "units", block.units)
            fields.choice(_("Activation"), "activation", block.activation, _ACTIVATION)
            fields.number(_("Dropout"), "dropout", block.dropout)
            fields.switch(_("Batch normalization"), "normalised", block.normalised)


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


def _head(kind: Kind, at: int, count: int) -> None:
    """The block's title, and what can be done with the whole block; the words of the buttons are for screen readers."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{title(kind, at)}**", width="content")
        with st.container(horizontal=True, gap=None, width="content", key=f"tools_{kind}_{at}"):
            for label, icon, name, change, possible in (
                (_("Move up"), "arrow_upward", "up", _swapped(at - 1), at > 0),
                (_("Move down"), "arrow_downward", "down", _swapped(at), at < count - 1),
                (_("Duplicate"), "content_copy", "copy", _doubled(at), count < MOST_BLOCKS),
                (_("Remove"), "delete", "remove", _without(at), True),
            ):
                st.button(
                    label, icon=f":material/{icon}:", type="tertiary", key=f"{name}_{kind}_{at}", help=label,
                    disabled=not possible, on_click=_rearrange, args=(kind, change),
                )  # fmt: skip


def _more(label: str, kind: str, block: ConvBlock | DenseBlock, count: int) -> None:
    st.button(
        label,
        icon=":material/add:",
        key=f"add_{kind}",
        on_click=_add,
        args=(kind, block),
        disabled=count >= MOST_BLOCKS,
    )


@dataclass(frozen=True)
class _Fields:
    """The fields of one block, each with a help text; what is wrong stands at its field."""

    kind: Kind
    at: int
    problem: BlockError | None

    def number(self, label: str, name: str, value: float) -> None:
        whole = isinstance(value, int)
        with self._field(name, 112) as key:
            st.session_state[key] = value
            st.number_input(
                label, key=key, step=1 if whole else 0.05, format="%d" if whole else "%.2f", help=str(_HELP[name]),
                on_change=_set, args=(self.kind, self.at, name, key),
            )  # fmt: skip

    def choice(self, label: str, name: str, value: str, words: dict[str, Message]) -> None:
        with self._field(name, 140) as key:
            st.session_state[key] = value
            st.selectbox(
                label, list(words), format_func=lambda choice: str(words[choice]), key=key, filter_mode=None,
                help=str(_HELP[name]), on_change=_set, args=(self.kind, self.at, name, key),
            )  # fmt: skip

    def switch(self, label: str, name: str, value: bool) -> None:
        key = f"block_{self.kind}_{self.at}_{name}"
        st.session_state[key] = value
        st.toggle(label, key=key, help=str(_HELP[name]), on_change=_set, args=(self.kind, self.at, name, key))

    @contextmanager
    def _field(self, name: str, width: int) -> Iterator[str]:
        """Room for a field, wider where it needs a sentence; gives the widget's key."""
        wrong = self.problem if self.problem is not None and self.problem.setting == name else None
        with st.container(width=300 if wrong else width, gap="xsmall"):
            yield f"block_{self.kind}_{self.at}_{name}"
            if wrong:
                complain(wrong.sentence)


@contextmanager
def _fields(kind: Kind, at: int, problem: BlockError | None) -> Iterator[_Fields]:
    """A row for the fields of a block."""
    mine = problem if problem is not None and (problem.kind, problem.at) == (kind, at) else None
    with st.container(horizontal=True, vertical_alignment="top" if mine else "bottom", gap="small"):
        yield _Fields(kind, at, mine)


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


def _rearrange(kind: Kind, change: Callable[[list[Any]], list[Any]]) -> None:
    _change(lambda blocks: _with_row(blocks, kind, change(list(getattr(blocks, kind)))))


def _swapped(at: int) -> Callable[[list[Any]], list[Any]]:
    """Block `at` and the one after it change places."""
    return lambda row: [*row[:at], *row[at : at + 2][::-1], *row[at + 2 :]]


def _doubled(at: int) -> Callable[[list[Any]], list[Any]]:
    return lambda row: [*row[: at + 1], *row[at:]]


def _without(at: int) -> Callable[[list[Any]], list[Any]]:
    return lambda row: row[:at] + row[at + 1 :]


def _with_row(blocks: Blocks, kind: str, row: list[Any]) -> Blocks:
    changed: dict[str, Any] = {kind: tuple(row)}
    return replace(blocks, **changed)
