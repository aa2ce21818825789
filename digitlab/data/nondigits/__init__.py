"""Drawings that are not digits: scribbles, shapes, arrows, faces, letters, digits beside or on top of each other.

A network learns to doubt on the kinds that are here. Those that only check and measure stand in benchmarks/nondigits,
and no kind, letter or thing is in both. Everything is made from templates of a few points and simple curves with
random bends, slant and size, and hold no person's handwriting.

Left out because people draw some digit just so: the letters O o I i l S s Z z B b, g and q (9), Q (a zero with a
slash), y (an open 4), Θ Φ Ф (zeros with a bar), Э (3), Ч and Ц (4); of digits on top of each other, the pairs in
`DIGITS_THAT_READ_AS_ONE`; of digits one above the other, ones, and a zero with 0, 6, 7 or 9; and, of musical signs,
clefs (8), rests (3) and naturals (4).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from digitlab.data.nondigits import choosing
from digitlab.data.nondigits.pen import Maker, on_pad
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import Drawing
from digitlab.errors import InputError
from digitlab.words import message

KINDS_CHOOSING = tuple(choosing.MAKERS)  # to teach with and to choose by
# How many of each a network is taught with, in all 31,500: more where there is more variety within a kind.
TEACHING = dict.fromkeys(KINDS_CHOOSING, 700) | {
    "letters on digits": 4200,
    "things": 3500,
    "letters A to k": 2800,
    "made-up signs": 2800,
    "arcs and angles": 1400,
    "digits crossed out": 1400,
    "letters overlaid": 1400,
    "polygons": 1400,
    "houses": 1400,
    "punctuation": 2100,
    "rings with marks": 1400,
}

_TURNED = (3, 4, 6, 9)  # a mirrored 2 is nearly a 5, a 7 on its side nearly a one with a foot


def generate(
    kind: str, count: int, rng: np.random.Generator, makers: Mapping[str, Maker] = choosing.MAKERS
) -> list[Drawing]:
    """Make drawings of one kind.

    Args:
        kind: one of the makers'.
        count: how many.
        rng: where all chance comes from; the same state gives the same drawings.
        makers: the kinds there are.

    Returns:
        Drawings on the pad, 280×280, at a random place and size, drawn with the default brush.

    Raises:
        InputError: there is no such kind.
    """
    if kind not in makers:
        raise InputError(
            message("There are no non-digits of the kind {kind}. Kinds: {kinds}.", kind=kind, kinds=", ".join(makers))
        )
    return [on_pad(makers[kind](rng), rng) for _ in range(count)]


def turned_digits(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], count: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Digits mirrored or lying on their side, where that makes no other digit: handwriting that is none.

    Args:
        images: uint8 [N, 28, 28], digits to choose from.
        labels: uint8 [N], 0 to 9.
        count: how many to make.
        rng: where all chance comes from.

    Returns:
        uint8 [count, 28, 28].
    """
    lying = rng.random(count) < 0.5
    chosen = images[rng.choice(np.flatnonzero(np.isin(labels, _TURNED)), count)]
    clockwise = rng.random(count) < 0.5
    turned = np.where(clockwise[:, None, None], np.rot90(chosen, -1, (1, 2)), np.rot90(chosen, 1, (1, 2)))
    return np.asarray(np.where(lying[:, None, None], turned, chosen[:, :, ::-1]))


def pictures(
    kinds: Sequence[str], count: int, rng: np.random.Generator, makers: Mapping[str, Maker] = choosing.MAKERS
) -> NDArray[np.uint8]:
    """Drawings of several kinds as the network gets them: uint8 [len(kinds) · count, 28, 28], kind after kind."""
    drawn = [prepare(drawing) for kind in kinds for drawing in generate(kind, count, rng, makers)]
    return np.asarray(np.rint(np.stack(drawn) * 255), np.uint8)


def teaching_pictures(rng: np.random.Generator, part: float = 1.0) -> NDArray[np.uint8]:
    """The drawings that a network is taught to doubt on.

    Args:
        part: of as many of each kind as TEACHING says, which takes about 40 s; 0..1.
    """
    return np.concatenate([pictures((kind,), max(1, round(part * count)), rng) for kind, count in TEACHING.items()])
