"""Kinds of non-digits that only measure. They stand outside the package, so that no network can be taught with them.

KINDS_CHECKING teach nothing but were looked at while those that teach were chosen. KINDS_MEASURING are for the figures
a model is published with: they are scored only when its weights and its threshold are fixed.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.nondigits import checking, measuring
from digitlab.data import nondigits
from digitlab.data.nondigits import choosing
from digitlab.drawing.strokes import Drawing

KINDS_CHECKING = tuple(checking.MAKERS)
KINDS_MEASURING = tuple(measuring.MAKERS)

_MAKERS = choosing.MAKERS | checking.MAKERS | measuring.MAKERS


def generate(kind: str, count: int, rng: np.random.Generator) -> list[Drawing]:
    """Make drawings of one kind, of any group, as `digitlab.data.nondigits.generate` does.

    Raises:
        InputError: there is no such kind.
    """
    return nondigits.generate(kind, count, rng, _MAKERS)


def pictures(kinds: Sequence[str], count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Drawings of several kinds as the network gets them: uint8 [len(kinds) · count, 28, 28], kind after kind."""
    return nondigits.pictures(kinds, count, rng, _MAKERS)
