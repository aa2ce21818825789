import numpy as np
import pytest

from digitlab.data.mnist import Mnist
from digitlab.drawing import preprocess
from digitlab.drawing.preprocess import BOX, CENTRE, PEN_WIDTH, Steps, prepare, stages
from digitlab.drawing.raster import ink
from digitlab.drawing.strokes import EMPTY, Drawing


def centre_of_mass(image: np.ndarray) -> tuple[float, float]:
    at = np.arange(28) + 0.5
    return float(image.sum(axis=0) @ at / image.sum()), float(image.sum(axis=1) @ at / image.sum())


def changed(drawing: Drawing, scale: float, shift: tuple[float, float], width: float) -> Drawing:
    return Drawing.of([stroke * scale + shift for stroke in drawing.strokes], width)


def test_ink_falls_off_linearly_within_half_a_pixel_of_the_pens_edge() -> None:
    picture = ink(np.array([[4.5, 10.5, 20.5, 10.5]]), 3.0)
    np.testing.assert_allclose(picture[8:14, 12], [0.0, 1.0, 1.0, 1.0, 0.0, 0.0], atol=1e-6)
    shifted = ink(np.array([[4.5, 10.75, 20.5, 10.75]]), 3.0)
    np.testing.assert_allclose(shifted[8:14, 12], [0.0, 0.75, 1.0, 1.0, 0.25, 0.0], atol=1e-6)


def test_many_segments_give_the_same_picture_as_their_union() -> None:
    random = np.random.default_rng(1).uniform(2, 26, (1500, 4))
    parts = [ink(part, 1.5) for part in np.array_split(random, 7)]
    np.testing.assert_array_equal(ink(random, 1.5), np.maximum.reduce(parts))


def test_the_ink_fits_the_box_and_its_centre_of_mass_is_where_mnist_has_it(three: Drawing, digits: Mnist) -> None:
    image = prepare(three)
    rows, columns = np.nonzero(image.max(axis=1))[0], np.nonzero(image.max(axis=0))[0]
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == pytest.approx(BOX, abs=1.01)
    assert centre_of_mass(image) == pytest.approx((CENTRE, CENTRE), abs=0.02)
    of_mnist = np.mean([centre_of_mass(digit) for digit in digits.x_train[:500].astype(float)], axis=0)
    assert of_mnist == pytest.approx((CENTRE, CENTRE), abs=0.05)


@pytest.mark.parametrize(("scale", "shift", "width"), [(0.2, (100, 30), 6), (1.0, (-60, 90), 18), (0.9, (5, 5), 40)])
def test_size_place_and_brush_do_not_matter(
    three: Drawing, scale: float, shift: tuple[float, float], width: float
) -> None:
    np.testing.assert_allclose(prepare(changed(three, scale, shift, width)), prepare(three), atol=1e-4)


@pytest.mark.parametrize(("scale", "width"), [(0.3, 18), (1.0, 6), (0.5, 40)])
def test_the_scaled_stage_has_its_ink_in_the_box_whatever_the_brush(three: Drawing, scale: float, width: float) -> None:
    for steps in (Steps(), Steps(pen=False)):
        scaled = stages(changed(three, scale, (0, 0), width), steps)[2]
        left, top, right, bottom = scaled.box()
        assert scaled.name == "scaled"
        assert max(right - left, bottom - top) + scaled.widths.max() == pytest.approx(BOX)


def test_every_stage_is_kept_and_a_step_can_be_left_out(three: Drawing) -> None:
    assert [stage.name for stage in stages(three)] == ["drawn", "cropped", "scaled", "pen", "centred"]
    for name in ("crop", "scale", "pen", "centre"):
        left_out = {"crop": "cropped", "scale": "scaled", "pen": "pen", "centre": "centred"}[name]
        names = [stage.name for stage in stages(three, Steps(**{name: False}))]
        assert left_out not in names
        assert len(names) == 4


def test_without_any_step_the_picture_is_the_pad_made_smaller(three: Drawing) -> None:
    (stage,) = stages(three, Steps(crop=False, scale=False, pen=False, centre=False))
    np.testing.assert_allclose(stage.image, ink(three.segments()[0] / 10, 1.8), atol=1e-6)


def test_a_dot_stays_a_dot_in_the_middle() -> None:
    image = prepare(Drawing.of([[[250, 20]]], 18))
    assert centre_of_mass(image) == pytest.approx((CENTRE, CENTRE), abs=0.01)
    assert image.sum() == pytest.approx(np.pi * (PEN_WIDTH / 2) ** 2, rel=0.3)


def test_an_empty_pad_gives_an_empty_picture() -> None:
    assert prepare(EMPTY).shape == (28, 28)
    assert not prepare(EMPTY).any()
    assert not preprocess.stages(EMPTY)


def test_a_stroke_outside_the_pad_is_read_all_the_same(three: Drawing) -> None:
    np.testing.assert_allclose(prepare(changed(three, 1, (5000, -3000), 18)), prepare(three), atol=1e-3)
