"""Photos drawn at random by harness.photographs, and what is found in them."""

import io
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from benchmarks.robustness import read_as_picture
from digitlab.data.mnist import Mnist
from digitlab.drawing import image_file
from digitlab.drawing import photo as photos
from digitlab.drawing.grouping import reading_order
from digitlab.drawing.image_file import Window
from digitlab.drawing.photo import Photo, ink, read_photo
from digitlab.drawing.strokes import Drawing
from digitlab.errors import InputError
from digitlab.networks import zoo
from harness.photographs.scene import Photograph, photograph
from harness.trace import trace


@pytest.fixture(scope="module")
def drawings(digits: Mnist) -> Sequence[Drawing]:
    return [trace(image.astype(np.float32) / 255) for image in digits.x_test[:60]]


def answers(photo: Photo) -> list[int]:
    found = photos.digits(photo)
    if not found:
        return []
    outputs = zoo.open_model("pen").outputs(np.stack([one.picture for one in found]))
    return [int(answer) for answer in outputs.argmax(axis=1)]


def taken(seed: int, drawings: Sequence[Drawing], count: int) -> tuple[Photograph, list[int]]:
    rng = np.random.default_rng([7, seed])
    chosen = [int(row) for row in rng.choice(len(drawings), count, replace=False)]
    return photograph([drawings[row] for row in chosen], rng), chosen


def test_one_digit_is_read_whatever_the_paper_the_pen_and_the_light(drawings: Sequence[Drawing], digits: Mnist) -> None:
    right = 0
    for seed in range(10):
        photo, (row,) = taken(seed, drawings, 1)
        right += answers(read_photo(photo.data)) == [int(digits.y_test[row])]
    assert right >= 9


def test_digits_of_a_page_are_read_in_their_order(drawings: Sequence[Drawing], digits: Mnist) -> None:
    found = total = 0
    for seed in range(100, 102):
        photo, rows = taken(seed, drawings, 15)
        expected = [int(digits.y_test[row]) for row in rows]
        found += _in_common(answers(read_photo(photo.data)), expected)
        total += len(expected)
    assert found >= 0.93 * total


def _in_common(one: Sequence[int], other: Sequence[int]) -> int:
    """The length of the longest sequence that both contain in order."""
    best = [0] * (len(other) + 1)
    for value in one:
        before = best
        best = [0]
        for place, wanted in enumerate(other):
            best.append(max(before[place] + 1 if value == wanted else 0, before[place + 1], best[-1]))
    return best[-1]


# --- scenes that are drawn for one thing -----------------------------------------------------------------


def scene(drawing: Drawing, paper: int = 190, pen: int = 60, width: int = 9) -> Image.Image:
    """A digit 300 pixels high in the middle of grey paper under falling light, 1000×800 pixels."""
    image = Image.new("L", (1000, 800), paper)
    draw = ImageDraw.Draw(image)
    for stroke in drawing.strokes:
        points = [tuple(point) for point in (stroke * 1.1 + [350, 250]).tolist()]
        draw.line(points, fill=pen, width=width, joint="curve")
    return image


def lit(image: Image.Image) -> Photo:
    """The scene under light that falls from the left, with noise."""
    values = np.asarray(image, np.float64) * np.linspace(1.1, 0.7, image.width)
    values = np.random.default_rng(0).normal(values, 2).clip(0, 255).astype(np.uint8)
    return Photo("scene", np.repeat(values[..., None], 3, axis=2), 1.0)


def near_the_digit(photo: Photo, three: Drawing) -> bool:
    """Whether all that is taken for ink lies around the three, and answers are 3."""
    points = np.concatenate(three.strokes) * 1.1 + [350, 250]
    (left, top), (right, bottom) = points.min(axis=0) - 15, points.max(axis=0) + 15
    outside = ink(photo) > 0.3
    outside[int(top) : int(bottom), int(left) : int(right)] = False
    return not outside.any() and answers(photo) == [3]


def test_paper_under_uneven_light_is_not_ink(three: Drawing) -> None:
    assert near_the_digit(lit(scene(three)), three)


def test_chalk_on_a_board(three: Drawing) -> None:
    assert near_the_digit(lit(scene(three, paper=50, pen=190)), three)


def test_faint_pencil(three: Drawing) -> None:
    assert near_the_digit(lit(scene(three, pen=140, width=5)), three)


def test_table_around_the_sheet_is_not_ink(three: Drawing) -> None:
    table = Image.new("L", (1000, 800), 35)
    table.paste(scene(three).crop((120, 90, 910, 760)), (120, 90))
    assert near_the_digit(lit(table), three)


def test_hard_shadow_is_not_ink(three: Drawing) -> None:
    values = np.asarray(scene(three), np.float64)
    rows, columns = np.mgrid[0:800, 0:1000]
    values = np.where(columns + rows / 2 < 800, values * 0.65, values)
    assert near_the_digit(lit(Image.fromarray(values.astype(np.uint8))), three)


@pytest.mark.parametrize("squared", [False, True])
def test_lines_of_the_paper_are_not_ink_however_the_camera_is_held(three: Drawing, squared: bool) -> None:
    page = Image.new("L", (1000, 800), 190)
    draw = ImageDraw.Draw(page)
    for at in range(-400, 1400, 60):
        draw.line([(0, at), (1000, at + 70)], fill=120, width=2)
        if squared:
            draw.line([(at, 800), (at + 56, 0)], fill=120, width=2)
    page = Image.fromarray(np.minimum(np.asarray(page), np.asarray(scene(three))))
    assert near_the_digit(lit(page), three)


def test_box_of_a_form_is_not_ink(three: Drawing) -> None:
    page = scene(three)
    ImageDraw.Draw(page).polygon([(360, 230), (650, 215), (660, 560), (372, 570)], outline=70, width=4)
    assert answers(lit(page)) == [3]


def jpeg(photo: Photo, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(photo.rgb).save(file, "JPEG", quality=90, **options)
    return file.getvalue()


@pytest.mark.parametrize("orientation", [1, 6])
def test_part_of_a_photo_is_read_alone_and_in_more_detail(three: Drawing, seven: Drawing, orientation: int) -> None:
    both = Image.new("L", (1400, 800), 190)
    both.paste(scene(three).crop((300, 200, 700, 600)), (100, 200))
    both.paste(scene(seven).crop((300, 200, 700, 600)), (800, 200))
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = lit(both.resize((2800, 1600)))
    if orientation == 6:  # the camera was turned: its rows are the picture's columns
        photo = Photo(photo.name, np.ascontiguousarray(np.rot90(photo.rgb)), 1.0)
    data = jpeg(photo, exif=exif)
    whole = read_photo(data)
    assert answers(whole) == [3, 7]
    part = read_photo(data, part=(0.55, 0.2, 0.9, 0.8))
    assert answers(part) == [7]
    assert part.rgb.shape == (960, 980, 3)
    assert part.scale == 1 > whole.scale


@pytest.mark.parametrize("part", [(-0.1, 0, 1, 1), (0.5, 0, 0.5, 1), (0, 0, 1, 1.5), (0, 0, 1, float("nan"))])
def test_part_beyond_the_photo_is_refused(three: Drawing, part: Window) -> None:
    with pytest.raises(InputError, match="beyond the picture"):
        read_photo(jpeg(lit(scene(three))), part=part)


def test_lone_level_stroke_is_left_to_the_network(three: Drawing) -> None:
    """Beside digits it is a dash; alone it is all there is to be asked about."""
    dash = Image.new("L", (1000, 800), 190)
    ImageDraw.Draw(dash).line([(420, 405), (600, 395)], fill=60, width=14)
    assert len(photos.digits(lit(dash))) == 1
    beside = scene(three)
    ImageDraw.Draw(beside).line([(150, 405), (260, 400)], fill=60, width=9)
    assert answers(lit(beside)) == [3]


def test_dots_of_the_paper_and_its_table_do_not_make_ink_look_like_chalk(three: Drawing) -> None:
    page = scene(three, pen=90, width=20)
    draw = ImageDraw.Draw(page)
    for x in range(0, 1000, 40):
        for y in range(0, 800, 40):
            draw.ellipse([x - 2, y - 2, x + 2, y + 2], fill=130)
    table = Image.new("L", (1000, 800), 70)
    table.paste(page.crop((100, 90, 1000, 800)), (100, 90))
    assert near_the_digit(lit(table), three)


def test_digit_that_the_edge_cuts_is_read_where_there_is_no_other(three: Drawing) -> None:
    points = np.concatenate(three.strokes) * 1.1 + [350, 250]
    page = scene(three, width=20).crop((100, int(points[:, 1].min()) - 5, 900, 800))
    assert answers(lit(page)) == [3]


def test_rows_are_read_from_left_to_right_though_the_page_lies_askew() -> None:
    boxes = [(x, y + x // 8, x + 30, y + x // 8 + 50) for y in (0, 90, 180) for x in range(0, 900, 60)]
    shuffled = np.random.default_rng(0).permutation(len(boxes)).tolist()
    order = reading_order([boxes[number] for number in shuffled])
    assert [shuffled[number] for number in order] == list(range(len(boxes)))


# --- files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_what_phones_write(three: Drawing, kind: str) -> None:
    file = io.BytesIO()
    Image.fromarray(lit(scene(three)).rgb).reduce(2).save(file, kind, quality=70)
    photo = read_photo(file.getvalue())
    assert photo.rgb.shape == (400, 500, 3)
    assert answers(photo) == [3]


def test_twelve_megapixels_are_read_in_time_and_their_boxes_are_those_of_the_file(three: Drawing) -> None:
    large = Image.fromarray(lit(scene(three)).rgb).resize((4000, 3200), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    large.save(file, "JPEG", quality=90)
    photos.digits(read_photo(file.getvalue()))  # what is loaded once
    start = time.process_time()
    photo = read_photo(file.getvalue())
    (found,) = photos.digits(photo)
    _ = found.picture
    assert time.process_time() - start < 2.5
    left, top, right, bottom = photo.in_file(found.box)
    points = (np.concatenate(three.strokes) * 1.1 + [350, 250]) * 4
    assert np.abs(points.min(axis=0) - 18 - [left, top]).max() < 15
    assert np.abs(points.max(axis=0) + 18 - [right, bottom]).max() < 15


def test_memory_stays_bounded_by_the_reduced_photo(three: Drawing) -> None:
    file = io.BytesIO()
    Image.fromarray(lit(scene(three)).rgb).resize((7000, 5600)).save(file, "JPEG", quality=60)
    read_photo(file.getvalue())
    tracemalloc.start()
    photo = read_photo(file.getvalue())
    photos.digits(photo)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert max(photo.rgb.shape) <= 1600
    assert peak < 250_000_000


GROWTH = """
import resource, sys
from digitlab.drawing.image_file import read_image
def most(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = most()
rgb, _ = read_image(sys.stdin.buffer.read())
assert max(rgb.shape) <= 1600
print(most() - before)
"""


@pytest.mark.parametrize(("mode", "megabytes"), [("P", 110), ("I;16", 110), ("RGBA", 160)])
def test_a_small_file_with_many_pixels_takes_little_memory_while_it_is_read(mode: str, megabytes: int) -> None:
    """In a process of its own: Pillow's memory is not Python's."""
    file = io.BytesIO()
    Image.new(mode, (4096, 4096)).save(file, "PNG", **({"transparency": 0} if mode == "P" else {}))
    assert len(file.getvalue()) < 70_000
    done = subprocess.run([sys.executable, "-c", GROWTH], input=file.getvalue(), capture_output=True, check=True)
    assert int(done.stdout) < megabytes * 1000


def test_a_picture_is_the_same_whether_it_is_read_whole_or_by_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).integers(0, 65536, (3500, 2100)).astype(np.uint16)
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    monkeypatch.setattr(image_file, "_STRIP", 1 << 30)
    whole, _ = image_file.read_image(file.getvalue())
    monkeypatch.setattr(image_file, "_STRIP", 1)
    by_strips, _ = image_file.read_image(file.getvalue())
    np.testing.assert_array_equal(whole, by_strips)


def test_a_thick_pen_that_the_border_cuts_off_is_a_drawing_on_flat_paper(three: Drawing, seven: Drawing) -> None:
    predictor = zoo.open_model(zoo.DEFAULT)
    for place in ((0.0, 0.0), (1.0, 0.0), (0.5, 0.5)):
        images = np.stack([read_as_picture(drawing, 40, 0.95, place) for drawing in (three, seven)])
        assert predictor.outputs(images).argmax(axis=1).tolist() == [3, 7]
