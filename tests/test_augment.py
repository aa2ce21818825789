"""Varied digits stay digits: what the training loop and the Train page rely on."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from digitlab.data import mnist
from digitlab.data.augment import NON_DIGIT, augment
from digitlab.data.augmentation import AMOUNTS, Augmentation
from digitlab.data.fields import distance_fields
from digitlab.drawing.preprocess import CENTRE, PEN_WIDTH
from digitlab.errors import InputError

STRONG = Augmentation(
    rotation=20,
    shear=0.3,
    scale=0.1,
    stretch=0.2,
    shift=1,
    elastic=0.8,
    thickness=0.5,
    noise=0.05,
    redraw=0.5,
    pen_variation=0.15,
    habits=0.5,
    lying=0.1,
)


@pytest.fixture(scope="module")
def digits() -> tuple[mnist.Images, mnist.Labels]:
    data = mnist.load()
    return data.x_train[:200], data.y_train[:200]


def test_same_state_gives_the_same_pictures(digits: tuple[mnist.Images, mnist.Labels]) -> None:
    first, second, other = (augment(*digits, np.random.default_rng(seed), STRONG) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_fields_made_before_change_nothing(digits: tuple[mnist.Images, mnist.Labels]) -> None:
    before = augment(*digits, np.random.default_rng(1), STRONG, distance_fields(digits[0]))
    np.testing.assert_array_equal(before, augment(*digits, np.random.default_rng(1), STRONG))


def test_pictures_are_float32_between_0_and_1(digits: tuple[mnist.Images, mnist.Labels]) -> None:
    pictures = augment(*digits, np.random.default_rng(0), STRONG)
    assert pictures.dtype == np.float32
    assert pictures.shape == (200, 28, 28)
    assert 0 <= pictures.min() < pictures.max() <= 1
    assert pictures.max(axis=(1, 2)).min() > 0.3  # none of them is lost


def test_nothing_switched_on_changes_nothing(digits: tuple[mnist.Images, mnist.Labels]) -> None:
    pictures = augment(*digits, np.random.default_rng(0), Augmentation())
    np.testing.assert_allclose(pictures, digits[0] / 255, atol=1e-6)


def test_untouched_digits_keep_their_pixels_and_none_of_them_is_redrawn(
    digits: tuple[mnist.Images, mnist.Labels],
) -> None:
    settings = Augmentation(rotation=20, elastic=0.8, thickness=0.5, sharpness=1, habits=1, redraw=0.5, untouched=0.5)
    pictures = augment(*digits, np.random.default_rng(0), settings)
    same = np.abs(pictures - digits[0] / np.float32(255)).max(axis=(1, 2)) < 1e-6
    assert same.mean() == pytest.approx(0.25, abs=0.1)  # half of the half that is not drawn again


def test_the_given_digits_are_left_alone(digits: tuple[mnist.Images, mnist.Labels]) -> None:
    images, distances = digits[0].copy(), distance_fields(digits[0])
    kept = distances.copy()
    augment(images, digits[1], np.random.default_rng(0), STRONG, distances)
    np.testing.assert_array_equal(images, digits[0])
    np.testing.assert_array_equal(distances, kept)


@pytest.mark.parametrize("name", [field.name for field in fields(Augmentation)])
def test_every_setting_is_checked_and_changes_something(name: str, digits: tuple[mnist.Images, mnist.Labels]) -> None:
    low, high = AMOUNTS[name].low, AMOUNTS[name].high
    wrong: tuple[Any, ...] = (low - 0.1, high + 0.1, float("nan"), 10**400, "much")
    for value in wrong:
        with pytest.raises(InputError, match=AMOUNTS[name].label.text):
            Augmentation(**{name: value})
    basis = {
        "pen_variation": {"redraw": 1.0},
        "fade": {"redraw": 1.0},
        "scan_strength": {"rotation": 45.0},
        "untouched": {"rotation": 45.0},
    }.get(name, {})
    pictures = [
        augment(*digits, np.random.default_rng(0), Augmentation(**settings).at(0.5))
        for settings in (basis | {name: low}, basis | {name: high})
    ]
    assert np.abs(pictures[0] - pictures[1]).max() > 0.05


def test_fewer_digits_are_drawn_anew_the_further_a_run_is() -> None:
    settings = Augmentation(redraw=0.4, fade=0.75, rotation=5)
    assert [settings.at(progress).redraw for progress in (0, 0.5, 1)] == pytest.approx([0.4, 0.25, 0.1])
    assert settings.at(0.5).rotation == 5


def test_redrawn_digits_have_the_pens_width_and_mnists_place(digits: tuple[mnist.Images, mnist.Labels]) -> None:
    pictures = augment(*digits, np.random.default_rng(0), Augmentation(redraw=1))
    at = np.arange(28) + 0.5
    mass = pictures.sum(axis=(1, 2))
    assert np.abs((pictures.sum(axis=1) @ at) / mass - CENTRE).max() < 0.5
    assert np.abs((pictures.sum(axis=2) @ at) / mass - CENTRE).max() < 0.5
    ink = pictures > 0.5
    high = ink.any(axis=2).sum(axis=1)
    wide = ink.any(axis=1).sum(axis=1)
    assert np.percentile(np.maximum(high, wide), [5, 95]) == pytest.approx([20, 20], abs=1.5)
    upright = pictures[(digits[1] == 1) & (wide < 7)]
    assert upright[:, 12:16].sum(axis=2).mean() == pytest.approx(PEN_WIDTH, rel=0.2)


def test_habits_are_given_to_0_1_4_5_7_and_9_only(digits: tuple[mnist.Images, mnist.Labels]) -> None:
    images, labels = digits
    settings = Augmentation(habits=1)
    changed = augment(images, labels, np.random.default_rng(0), settings)
    without = augment(images, np.full_like(labels, NON_DIGIT), np.random.default_rng(0), settings)
    differs = np.abs(changed - without).max(axis=(1, 2)) > 0.3
    assert not differs[np.isin(labels, [2, 3, 6, 8])].any()
    for digit in (0, 1, 7, 9):
        assert differs[labels == digit].mean() > 0.8
    for digit in (4, 5):
        assert 0 < differs[labels == digit].mean() < 0.6  # some of them are closed


def test_non_digits_cannot_be_told_by_how_they_are_drawn(digits: tuple[mnist.Images, mnist.Labels]) -> None:
    images, labels = digits
    settings = Augmentation(rotation=20, elastic=0.8, redraw=0.5, pen_variation=0.15, thickness=0.5, untouched=0.3)
    as_digits = augment(images, labels, np.random.default_rng(0), settings)
    as_none = augment(images, np.full_like(labels, NON_DIGIT), np.random.default_rng(0), settings)
    np.testing.assert_array_equal(as_digits, as_none)


def test_distance_field_of_a_bar_is_the_distance_to_its_middle_line() -> None:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 4:24, 12:16] = 255
    field = distance_fields(image)[0, 14] / 32
    np.testing.assert_allclose(field[8:20], np.abs(np.arange(8, 20) + 0.5 - 14), atol=0.6)
    assert (np.diff(field[:12]) <= 0).all()


def test_a_picture_without_ink_stays_empty() -> None:
    empty = np.zeros((2, 28, 28), np.uint8)
    pictures = augment(empty, np.array([0, 5], np.uint8), np.random.default_rng(0), Augmentation(redraw=1, rotation=20))
    assert pictures.max() == 0
