"""What is no digit: kinds that teach, kinds that check, kinds that measure, and no overlap between them."""

from itertools import combinations

import numpy as np
import pytest

from benchmarks.nondigits import KINDS_CHECKING, KINDS_MEASURING, generate, pictures
from benchmarks.nondigits import templates as measuring_templates
from digitlab.data import mnist, nondigits
from digitlab.data.nondigits import KINDS_CHOOSING, templates, turned_digits
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import PAD_SIDE
from digitlab.errors import InputError

KINDS = KINDS_CHOOSING + KINDS_CHECKING + KINDS_MEASURING
LETTERS = (templates.LETTERS_CHOOSING, measuring_templates.LETTERS_CHECKING, measuring_templates.LETTERS_MEASURING)


def test_no_kind_and_no_letter_is_in_two_groups() -> None:
    assert len(set(KINDS)) == len(KINDS)
    for some, others in combinations(LETTERS, 2):
        assert not set(some) & set(others)


def test_only_choosing_kinds_teach() -> None:
    assert tuple(nondigits.TEACHING) == KINDS_CHOOSING
    assert sum(nondigits.TEACHING.values()) == 31_500


def test_letters_that_look_like_digits_are_left_out() -> None:
    assert not set().union(*LETTERS) & set("OoIilSsZzBbgqQyΘΦФЭЧЦ")


@pytest.mark.parametrize("kind", KINDS)
def test_drawings_lie_on_the_pad_and_differ(kind: str) -> None:
    drawings = generate(kind, 12, np.random.default_rng(5))
    assert len(drawings) == 12
    for drawing in drawings:
        points = np.concatenate(drawing.strokes)
        assert points.min() >= 0
        assert points.max() <= PAD_SIDE
        assert np.ptp(points, axis=0).max() > 0.3 * PAD_SIDE
    seen = {prepare(drawing).tobytes() for drawing in drawings}
    assert len(seen) == 12


@pytest.mark.parametrize("kind", KINDS)
def test_same_state_gives_the_same_drawings(kind: str) -> None:
    first, second = (generate(kind, 3, np.random.default_rng(5)) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(np.concatenate(a.strokes), np.concatenate(b.strokes))


def test_unknown_kind_is_named() -> None:
    with pytest.raises(InputError, match="clouds"):
        generate("clouds", 1, np.random.default_rng(0))


def test_pictures_are_what_the_network_gets() -> None:
    kinds = KINDS_CHOOSING[:2]
    made = pictures(kinds, 3, np.random.default_rng(5))
    assert made.shape == (6, 28, 28)
    assert made.dtype == np.uint8
    first = generate(kinds[0], 1, np.random.default_rng(5))[0]
    np.testing.assert_allclose(made[0] / 255, prepare(first), atol=0.5 / 255 + 1e-6)


def test_turned_digits_are_mirrored_or_on_their_side() -> None:
    data = mnist.load()
    images, labels = data.x_train[:50], data.y_train[:50]
    turned = turned_digits(images, labels, 40, np.random.default_rng(0))
    ways = [images[:, :, ::-1], np.rot90(images, 1, (1, 2)), np.rot90(images, -1, (1, 2))]
    known = {picture.tobytes() for way in ways for picture in np.ascontiguousarray(way)}
    assert turned.shape == (40, 28, 28)
    assert {picture.tobytes() for picture in np.ascontiguousarray(turned)} <= known
