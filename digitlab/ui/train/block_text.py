"""The builder's blocks as text for the address.

One word a block: `c32k3m2` is 32 filters of 3×3 and max-pooling by 2; `s2` is a stride, `p` same padding, `n` batch
normalisation, `l` no activation, `a2` average pooling, `d25` a quarter dropped; `f64d50` is a dense block; the last
word is `softmax` or `logits`.
"""

import re

from digitlab.errors import InputError
from digitlab.ui.train.blocks import MOST_BLOCKS, Blocks, ConvBlock, DenseBlock

_CONV = re.compile(r"c(\d{1,4})k(\d{1,4})(?:s(\d{1,4}))?(p)?(n)?(l)?(?:([ma])(\d{1,4}))?(?:d(\d{1,3}))?")
_DENSE = re.compile(r"f(\d{1,5})(n)?(l)?(?:d(\d{1,3}))?")


def to_text(blocks: Blocks) -> str:
    """The text."""
    words = []
    for block in blocks.convolutions:
        stride = f"s{block.stride}" if block.stride != 1 else ""
        pool = f"{block.pooling[0]}{block.pool_size}" if block.pooling != "none" else ""
        same = "p" if block.padding == "same" else ""
        words.append(f"c{block.filters}k{block.kernel}{stride}{same}{_flags(block)}{pool}{_dropped(block)}")
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
    for word in words:
        if (found := _CONV.fullmatch(word)) and not dense:
            filters, kernel, stride, same, normal, linear, pool, size, dropped = found.groups()
            convolutions.append(
                ConvBlock(
                    filters=int(filters),
                    kernel=int(kernel),
                    stride=int(stride or 1),
                    padding="same" if same else "valid",
                    activation="linear" if linear else "relu",
                    normalised=bool(normal),
                    pooling="max" if pool == "m" else "average" if pool else "none",
                    pool_size=int(size or 2),
                    dropout=int(dropped or 0) / 100,
                )
            )
        elif found := _DENSE.fullmatch(word):
            units, normal, linear, dropped = found.groups()
            dense.append(
                DenseBlock(
                    units=int(units),
                    activation="linear" if linear else "relu",
                    normalised=bool(normal),
                    dropout=int(dropped or 0) / 100,
                )
            )
        else:
            raise InputError(f"The address describes a network with {word[:20]!r}, which is no block; built anew.")
    if end not in ("softmax", "logits") or len(words) > 2 * MOST_BLOCKS:
        raise InputError("The address describes a network that cannot be read; built anew.")
    return Blocks(tuple(convolutions), tuple(dense), end == "softmax")


def _flags(block: ConvBlock | DenseBlock) -> str:
    return ("n" if block.normalised else "") + ("l" if block.activation == "linear" else "")


def _dropped(block: ConvBlock | DenseBlock) -> str:
    return f"d{round(block.dropout * 100)}" if block.dropout else ""
