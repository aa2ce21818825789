"""Picture files of every kind, good and bad, read as the page and the command line read them."""

import contextlib
import io
import itertools
import sys
import tracemalloc
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitlab.data.mnist import Mnist
from digitlab.drawing import preprocess
from digitlab.drawing.image_file import MAX_BYTES
from digitlab.drawing.picture import prepare_picture, stages
from digitlab.drawing.picture_file import read_picture
from digitlab.drawing.preprocess import BOX, CENTRE, Steps, prepare
from digitlab.drawing.strokes import Drawing
from digitlab.errors import InputError

Image28 = NDArray[np.float32]


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def drawn_picture(
    drawing: Drawing, width: float = 18, paper: object = 255, ink: object = 0, mode: str = "L", side: int = 280
) -> Image.Image:
    """Strokes on the pad's 280×280 as a picture `side` pixels high."""
    finer = 4
    image = Image.new(mode, (side * finer, side * finer), paper)  # type: ignore[arg-type]
    pen, scale, half = ImageDraw.Draw(image), side * finer / 280, width * finer * side / 560
    for stroke in drawing.strokes:
        line = (stroke * scale).tolist()
        pen.line([tuple(point) for point in line], fill=ink, width=round(2 * half))  # type: ignore[arg-type]
        for x, y in line:
            pen.ellipse([x - half, y - half, x + half, y + half], fill=ink)  # type: ignore[arg-type]
    return image.resize((side, side), Image.Resampling.BOX)


def difference(data: bytes, expected: Image28) -> float:
    return float(np.abs(prepare_picture(read_picture(data)) - expected).mean())


@pytest.fixture(scope="module")
def plain(three: Drawing) -> Image.Image:
    return drawn_picture(three)


@pytest.fixture(scope="module")
def expected(plain: Image.Image) -> Image28:
    return prepare_picture(read_picture(encoded(plain)))


# --- the same digit, however it is given --------------------------------------------------------------


def test_mnist_digit_given_as_png_stays_itself(digits: Mnist) -> None:
    same = [
        difference(encoded(Image.fromarray(image)), image / np.float32(255)) < 0.002 for image in digits.x_test[:200]
    ]
    assert np.mean(same) >= 0.95


def test_picture_of_strokes_is_read_as_the_strokes_are(three: Drawing, seven: Drawing) -> None:
    for drawing in (three, seven):
        assert difference(encoded(drawn_picture(drawing, width=6)), prepare(drawing)) < 0.02


@pytest.mark.parametrize("width", [3, 10, 18, 30])
def test_whatever_the_pen_the_network_sees_the_canonical_one(three: Drawing, width: float) -> None:
    canonical = prepare(three)
    image = prepare_picture(read_picture(encoded(drawn_picture(three, width=width))))
    assert np.abs(image - canonical).mean() < 0.03
    assert image.sum() == pytest.approx(canonical.sum(), rel=0.1)


def test_without_the_pen_step_the_picture_keeps_its_own_pen(three: Drawing) -> None:
    thin, thick = (
        stages(read_picture(encoded(drawn_picture(three, width=width))), Steps(pen=False))[-1].image
        for width in (6, 30)
    )
    assert thick.sum() > 2 * thin.sum()


def test_light_ink_on_dark_and_dark_on_light_are_the_same(three: Drawing, expected: Image28) -> None:
    assert difference(encoded(drawn_picture(three, paper=0, ink=255)), expected) < 0.005
    assert difference(encoded(drawn_picture(three, paper=190, ink=90)), expected) < 0.01


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {"quality": 60}), ("WEBP", {}), ("GIF", {}), ("BMP", {})])
def test_every_kind_of_file(plain: Image.Image, expected: Image28, kind: str, options: dict[str, object]) -> None:
    assert difference(encoded(plain, kind, **options), expected) < 0.02


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixel(plain: Image.Image, expected: Image28, mode: str) -> None:
    deep = Image.fromarray(np.asarray(plain, np.uint16) * 257)
    assert difference(encoded(deep if mode == "I;16" else plain.convert(mode)), expected) < 0.02


def test_cmyk_jpeg(plain: Image.Image, expected: Image28) -> None:
    assert difference(encoded(plain.convert("RGB").convert("CMYK"), "JPEG"), expected) < 0.02


def test_coloured_ink(three: Drawing, expected: Image28) -> None:
    blue = drawn_picture(three, paper=(250, 245, 220), ink=(30, 60, 180), mode="RGB")
    assert difference(encoded(blue), expected) < 0.01


def test_yellow_ink_on_white(three: Drawing, expected: Image28) -> None:
    yellow = drawn_picture(three, paper=(255, 255, 255), ink=(255, 255, 0), mode="RGB")
    assert difference(encoded(yellow), expected) < 0.01


@pytest.mark.parametrize("width", [5, 12])
def test_frame_around_the_picture_is_cut_off(plain: Image.Image, expected: Image28, width: int) -> None:
    framed = plain.copy()
    ImageDraw.Draw(framed).rectangle([0, 0, 279, 279], outline=0, width=width)
    assert difference(encoded(framed), expected) < 0.02


@pytest.mark.parametrize("ink", [(0, 0, 0, 255), (255, 255, 255, 255), (200, 30, 30, 255)])
def test_ink_on_transparency_is_seen_whatever_its_colour(
    three: Drawing, expected: Image28, ink: tuple[int, int, int, int]
) -> None:
    paper = (*ink[:3], 0)
    assert difference(encoded(drawn_picture(three, paper=paper, ink=ink, mode="RGBA")), expected) < 0.01


def test_paper_with_a_transparent_margin_stays_paper(three: Drawing, expected: Image28) -> None:
    cut = drawn_picture(three, mode="RGBA", paper=(255, 255, 255, 255), ink=(0, 0, 0, 255))
    cut.paste((0, 0, 0, 0), (0, 0, 280, 12))
    assert difference(encoded(cut), expected) < 0.01


def test_first_frame_of_an_animation_is_read(plain: Image.Image, seven: Drawing, expected: Image28) -> None:
    frames = [drawn_picture(seven)]
    for kind in ("GIF", "PNG", "WEBP"):
        data = encoded(plain, kind, save_all=True, append_images=frames, duration=100)
        assert difference(data, expected) < 0.02


def test_photograph_that_lies_on_its_side_is_turned_upright(plain: Image.Image, expected: Image28) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90° clockwise
    lying = plain.transpose(Image.Transpose.ROTATE_90)
    assert difference(encoded(lying, "JPEG", exif=exif, quality=95), expected) < 0.02


def test_size_and_place_do_not_matter(three: Drawing, expected: Image28) -> None:
    small = drawn_picture(three, side=90)
    page = Image.new("L", (700, 500), 255)
    page.paste(small, (580, 20))
    assert difference(encoded(page), expected) < 0.03
    assert difference(encoded(drawn_picture(three, side=1200)), expected) < 0.03


def test_noise_a_shadow_and_dust_are_not_ink(plain: Image.Image, expected: Image28) -> None:
    random = np.random.default_rng(0)
    page = np.asarray(plain, np.float64) * 0.6 + 40
    page = page * np.linspace(1.0, 0.75, 280) + random.normal(0, 4, page.shape)
    page[10:13, 260:263] = 30  # a speck far from the digit
    photograph = Image.fromarray(page.clip(0, 255).astype(np.uint8))
    assert difference(encoded(photograph, "JPEG", quality=80), expected) < 0.03


def test_lines_of_ruled_paper_are_not_ink(plain: Image.Image, expected: Image28) -> None:
    page = np.array(plain)
    page[::30] = np.minimum(page[::30], 200)
    assert difference(encoded(Image.fromarray(page)), expected) < 0.01


def test_blank_but_noisy_paper_is_refused() -> None:
    paper = np.random.default_rng(0).normal(200, 6, (400, 400)).clip(0, 255)
    with pytest.raises(InputError, match="stands out"):
        read_picture(encoded(Image.fromarray(paper.astype(np.uint8))))


def test_digit_that_touches_the_border(three: Drawing, expected: Image28) -> None:
    tight = drawn_picture(three)
    box = Image.eval(tight, lambda value: 255 - value).getbbox()
    assert box is not None
    assert difference(encoded(tight.crop(box)), expected) < 0.03


# --- stages -------------------------------------------------------------------------------------------


def test_stages_have_the_names_of_those_of_a_drawing(plain: Image.Image, three: Drawing) -> None:
    picture = read_picture(encoded(plain))
    assert [stage.name for stage in stages(picture)] == [stage.name for stage in preprocess.stages(three)]
    for stage in stages(picture):
        assert stage.image.shape == (28, 28)
        assert stage.image.dtype == np.float32
        assert 0 <= stage.image.min() <= stage.image.max() <= 1


@pytest.mark.parametrize("width", [6, 18])
def test_last_stage_fits_the_box_and_is_centred_by_mass(three: Drawing, width: float) -> None:
    image = prepare_picture(read_picture(encoded(drawn_picture(three, width=width))))
    rows, columns = np.nonzero(image > 0.5)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == pytest.approx(BOX, abs=1)
    at = np.arange(28) + 0.5
    assert image.sum(axis=0) @ at / image.sum() == pytest.approx(CENTRE, abs=0.1)
    assert image.sum(axis=1) @ at / image.sum() == pytest.approx(CENTRE, abs=0.1)


@pytest.mark.parametrize("left_out", ["crop", "scale", "pen", "centre"])
def test_a_step_that_is_switched_off_leaves_its_stage_out(three: Drawing, left_out: str) -> None:
    picture = read_picture(encoded(drawn_picture(three, width=6)))
    names = [stage.name for stage in stages(picture, Steps(**{left_out: False}))]
    missing = {"crop": "cropped", "scale": "scaled", "pen": "pen", "centre": "centred"}[left_out]
    assert names == [name for name in ("drawn", "cropped", "scaled", "pen", "centred") if name != missing]


def test_without_any_step_the_picture_is_only_made_smaller(plain: Image.Image) -> None:
    steps = Steps(crop=False, scale=False, pen=False, centre=False)
    (stage,) = stages(read_picture(encoded(plain)), steps)
    shrunk = 1 - np.asarray(plain.resize((28, 28), Image.Resampling.BOX), np.float32) / 255
    assert np.abs(stage.image - shrunk).mean() < 0.02


# --- what cannot be read ------------------------------------------------------------------------------


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header promises far more pixels than its file holds."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty file"),
        (b"\0" * 1000, "not a PNG"),
        (b"%PDF-1.7 and so on", "not a PNG"),
        (b"x" * (MAX_BYTES + 1), "20.0 MB"),
        (png_of(10_000, 10_000), "50 megapixels"),  # Pillow warns of a bomb
        (png_of(60_000, 60_000), "50 megapixels"),  # Pillow refuses a bomb
        (png_of(300, 300), "damaged"),
        (encoded(Image.new("L", (100, 100), 255)), "stands out"),
        (encoded(Image.new("RGBA", (100, 100), (0, 0, 0, 0))), "stands out"),
        (encoded(Image.new("L", (1, 1), 255)), "stands out"),
    ],
    ids=["empty", "zeros", "pdf", "heavy", "bomb", "greater bomb", "short", "blank", "invisible", "one pixel"],
)
def test_what_cannot_be_read_is_said_in_one_sentence_that_names_the_file(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        read_picture(data, "digit.png")
    sentence = str(error.value)
    assert "digit.png" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_bomb_takes_no_memory() -> None:
    read_picture_fails(png_of(8000, 8000))  # what is loaded once
    tracemalloc.start()
    read_picture_fails(png_of(60_000, 60_000))
    read_picture_fails(png_of(8_000, 8_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def read_picture_fails(data: bytes) -> None:
    with pytest.raises(InputError):
        read_picture(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_damaged_files_give_an_answer_or_a_sentence_and_never_another_error(plain: Image.Image, kind: str) -> None:
    whole, random = encoded(plain.resize((80, 80)), kind), np.random.default_rng(0)
    for round_ in range(40):
        data = bytearray(whole)
        if round_ % 2:
            data = data[: random.integers(0, len(data))]
        else:
            for _ in range(4):
                data[random.integers(0, min(len(data), 200))] = random.integers(0, 256)
        try:
            image = prepare_picture(read_picture(bytes(data)))
        except InputError:
            continue
        assert np.isfinite(image).all()


def test_a_dot_stays_a_dot() -> None:
    image = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(image).ellipse([90, 90, 104, 104], fill=0)
    rows, columns = np.nonzero(prepare_picture(read_picture(encoded(image))) > 0.5)
    assert max(np.ptp(rows), np.ptp(columns)) < 5


def test_specks_far_from_each_other_are_answered() -> None:
    page = np.full((700, 700), 255, np.uint8)
    page[20, 30] = page[680, 670] = 0
    assert prepare_picture(read_picture(encoded(Image.fromarray(page)))).max() > 0


def test_grain_without_a_digit_takes_no_more_work_than_its_pixels() -> None:
    def work(side: int) -> tuple[int, float]:
        """How many functions are called, and the bytes for each pixel at the most."""
        grain = encoded(Image.fromarray(np.uint8(255 * (np.random.default_rng(0).random((side, side)) < 0.1))))
        calls = itertools.count()
        with contextlib.suppress(InputError):
            prepare_picture(read_picture(grain))  # once before: what is imported and kept is not counted
        tracemalloc.start()
        sys.setprofile(lambda _, event, __: next(calls) if event in ("call", "c_call") else None)
        with contextlib.suppress(InputError):
            prepare_picture(read_picture(grain))
        sys.setprofile(None)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return next(calls), most / side**2

    (few, _), (many, memory) = work(100), work(300)  # 1,000 specks and 9,000
    assert many < 1.5 * few
    assert memory < 200
