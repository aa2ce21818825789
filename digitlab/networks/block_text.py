"""The builder's blocks as text for the address.

One word a block: `c32k3m2` is 32 filters of 3×3 and max-pooling by 2; `s2` is a stride, `p` same padding, `n` batch
normalisation, `r` a residual connection, `a2` average pooling, `d25` a quarter dropped; `f64d50` is a dense block; the
activation is ReLU unless a letter names another (`l` none, `y` leaky ReLU, `e` ELU, `g` GELU, `t` tanh, `i` sigmoid).
`gap` between the kinds is global average pooling in place of flattening; the last word is `softmax` or `logits`.
"""

import re

from digitlab.errors import InputError
from digitlab.networks.blocks import MOST_BLOCKS, Blocks, ConvBlock, DenseBlock, Gather
from digitlab.networks.layers import Activation
from digitlab.words import message

_CONV = re.compile(r"c(\d{1,4})k(\d{1,4})(?:s(\d{1,4}))?(p)?(n)?(r)?([lyegti])?(?:([ma])(\d{1,4}))?(?:d(\d{1,3}))?")
_DENSE = re.compile(r"f(\d{1,5})(n)?([lyegti])?(?:d(\d{1,3}))?")
_LETTERS: dict[Activation, str] = {
    "relu": "", "linear": "l", "leaky_relu": "y", "elu": "e", "gelu": "g", "tanh": "t", "sigmoid": "i",
}  # fmt: skip
_ACTIVATIONS = {letter: activation for activation, letter in _LETTERS.items()}
_GATHERED = "gap"


def to_text(blocks: Blocks) -> str:
    """The text."""
    words = []
    for block in blocks.convolutions:
        stride = f"s{block.stride}" if block.stride != 1 else ""
        pool = f"{block.pooling[0]}{block.pool_size}" if block.pooling != "none" else ""
        same = "p" if block.padding == "same" else ""
        words.append(f"c{block.filters}k{block.kernel}{stride}{same}{_flags(block)}{pool}{_dropped(block)}")
    words += [_GATHERED] if blocks.gather == "average" else []
    words += [f"f{block.units}{_flags(block)}{_dropped(block)}" for block in blocks.dense]
    return ".".join([*words, "softmax" if blocks.softmax else "logits"])


def from_text(text: str) -> Blocks:
    """Undo `to_text`; numbers may be out of range, which `network` says.

    Raises:
        InputError: it is no such text.
    """
    *words, end = text.split(".")
    convolutions: list[ConvBlock] = []
    dense: list[DenseBlock] = []
    gather: Gather = "flatten"
    for word in words:
        if word == _GATHERED and not dense:
            gather = "average"
        elif (found := _CONV.fullmatch(word)) and not dense and gather == "flatten":
            filters, kernel, stride, same, normal, residual, letter, pool, size, dropped = found.groups()
            convolutions.append(
                ConvBlock(
                    filters=int(filters),
                    kernel=int(kernel),
                    stride=int(stride or 1),
                    padding="same" if same else "valid",
                    activation=_ACTIVATIONS[letter or ""],
                    normalised=bool(normal),
                    residual=bool(residual),
                    pooling="max" if pool == "m" else "average" if pool else "none",
                    pool_size=int(size or 2),
                    dropout=int(dropped or 0) / 100,
                )
            )
        elif found := _DENSE.fullmatch(word):
            units, normal, letter, dropped = found.groups()
            dense.append(
                DenseBlock(
                    units=int(units),
                    activation=_ACTIVATIONS[letter or ""],
                    normalised=bool(normal),
                    dropout=int(dropped or 0) / 100,
                )
            )
        else:
            raise InputError(
                message(
                    "The network in the address has {word}, which is not a block. Here is the default network.",
                    word=repr(word[:20]),
                )
            )
    if end not in ("softmax", "logits") or len(words) > 2 * MOST_BLOCKS:
        raise InputError(message("The network in the address cannot be read. Here is the default network."))
    return Blocks(tuple(convolutions), tuple(dense), end == "softmax", gather)


def _flags(block: ConvBlock | DenseBlock) -> str:
    residual = isinstance(block, ConvBlock) and block.residual
    return ("n" if block.normalised else "") + ("r" if residual else "") + _LETTERS[block.activation]


def _dropped(block: ConvBlock | DenseBlock) -> str:
    return f"d{round(block.dropout * 100)}" if block.dropout else ""
