import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitlab.drawing import canvas, link_text, stroke_archive, strokes
from digitlab.drawing.strokes import Drawing, StrokeSet
from digitlab.errors import InputError
from harness.canvas import to_canvas


def path_object(path: list[list[Any]], **settings: Any) -> dict[str, Any]:
    """A path as the canvas sends it, lying where it was drawn."""
    points = np.array([pair for _, *numbers in path for pair in np.reshape(numbers, (-1, 2))], float)
    low, high = points.min(axis=0), points.max(axis=0)
    middle = {"left": (low[0] + high[0]) / 2, "top": (low[1] + high[1]) / 2}
    return {"type": "Path", "path": path, "strokeWidth": 18, **middle, **settings}


def test_all_path_commands_are_read_and_curves_keep_to_their_shape() -> None:
    path = [["M", 10, 10], ["L", 20, 10], ["Q", 60, 10, 60, 50], ["C", 60, 90, 100, 90, 100, 50]]
    (stroke,) = canvas.from_canvas({"objects": [path_object(path, left=55, top=45)]}).strokes
    t = np.linspace(0, 1, 200)[:, None]
    quadratic = (1 - t) ** 2 * [20, 10] + 2 * t * (1 - t) * [60, 10] + t**2 * [60, 50]
    cubic = (
        (1 - t) ** 3 * [60, 50] + 3 * t * (1 - t) ** 2 * [60, 90] + 3 * t**2 * (1 - t) * [100, 90] + t**3 * [100, 50]
    )
    starts, ends = stroke[:-1], stroke[1:]
    for point in np.concatenate([quadratic, cubic]):
        along = np.clip(((point - starts) * (ends - starts)).sum(1) / ((ends - starts) ** 2).sum(1), 0, 1)
        distance = np.hypot(*(starts + along[:, None] * (ends - starts) - point).T).min()
        assert distance <= canvas.FLATNESS


def test_a_click_is_a_dot() -> None:
    click = path_object([["M", 199.982, 100], ["L", 200.018, 100]])
    drawing = canvas.from_canvas({"objects": [click]})
    assert [stroke.tolist() for stroke in drawing.strokes] == [[[200.0, 100.0]]]


def test_a_path_that_was_moved_turned_and_stretched_is_read_where_it_lies() -> None:
    line = [["M", 100, 100], ["L", 140, 100]]
    moved = path_object(line, left=200, top=150, angle=90, scaleX=2)
    (stroke,) = canvas.from_canvas({"objects": [moved]}).strokes
    np.testing.assert_allclose(stroke, [[200, 110], [200, 190]], atol=1e-9)


def test_a_path_that_the_canvas_put_a_fraction_of_a_pixel_off_is_read_where_it_was_drawn() -> None:
    line = [["M", 100, 100], ["L", 140, 100]]
    (stroke,) = canvas.from_canvas({"objects": [path_object(line, left=120.4, top=99.7)]}).strokes
    assert stroke.tolist() == [[100, 100], [140, 100]]


def test_a_drawing_of_any_scale_fills_its_share_of_the_pad_and_lies_in_its_middle() -> None:
    small = Drawing.of([[[1.0, 1.0], [1.2, 3.0]], [[1.1, 2.0]]])
    points = np.concatenate(strokes.on_pad(small, 0.5).strokes)
    np.testing.assert_allclose(np.ptp(points, axis=0), [14, 140])
    np.testing.assert_allclose((points.min(axis=0) + points.max(axis=0)) / 2, [140, 140])


def test_a_link_brings_no_brush_wider_than_the_pad(three: Drawing) -> None:
    for width, read in ((18.0, 18.0), (1000.0, 280.0), (-3.0, 0.0)):
        drawn = Drawing(three.strokes, (width,) * len(three.strokes))
        assert set(link_text.unpack(link_text.pack(drawn)).widths) == {read}


def test_objects_that_are_no_paths_are_passed_over() -> None:
    assert not canvas.from_canvas({"objects": [{"type": "Rect", "left": 3}]})
    assert not canvas.from_canvas(None)


@pytest.mark.parametrize(
    "path",
    [[["L", 1, 2]], [["M", 1]], [["Z"]], [["M", 1, "x"]], [["M", 1, float("nan")]], [["M", 0, 0], ["Q", 1, 2]], [], 7],
)
def test_a_path_that_no_pen_draws_gives_a_sentence(path: Any) -> None:
    with pytest.raises(InputError, match="could not be read"):
        canvas.from_canvas({"objects": [{"type": "Path", "path": path}]})


def test_two_thousand_strokes_are_read_and_more_are_refused() -> None:
    line = path_object([["M", 10, 10], ["L", 200, 200]])
    assert len(canvas.from_canvas({"objects": [line] * 2000}).strokes) == 2000
    with pytest.raises(InputError, match="more than 2,000 strokes"):
        canvas.from_canvas({"objects": [line] * 2001})
    long = path_object([["M", 10, 10], *[["L", 200, 10 + number % 2] for number in range(20_000)]])
    with pytest.raises(InputError, match="20,000 points"):
        canvas.from_canvas({"objects": [long]})


def test_what_goes_to_the_canvas_comes_back(three: Drawing) -> None:
    again = canvas.from_canvas(to_canvas(three, "#fff"))
    assert again.widths == three.widths
    np.testing.assert_allclose(again.strokes[0], three.strokes[0], atol=0.01)


def test_a_link_keeps_the_drawing_to_an_eighth_of_a_pixel_and_is_short(three: Drawing) -> None:
    text = link_text.pack(three)
    again = link_text.unpack(text)
    assert again.widths == three.widths
    np.testing.assert_allclose(again.strokes[0], three.strokes[0], atol=0.125)
    assert len(text) < 300


@pytest.mark.parametrize("text", ["", "x", "!!!!", "A" * 20_000])
def test_a_damaged_link_gives_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match="damaged"):
        link_text.unpack(text)


def test_a_cut_link_gives_a_sentence(three: Drawing) -> None:
    text = link_text.pack(three)
    for length in range(1, len(text) - 2):
        with pytest.raises(InputError):
            link_text.unpack(text[:length])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], 'no list "strokes"'),
        ({"strokes": "abc"}, 'no list "strokes"'),
        ({"strokes": []}, "holds no stroke"),
        ({"strokes": [[[1, 2, 3]]]}, "Stroke 1 is not a list"),
        ({"strokes": [[[1, 2]], [["a", 2]]]}, "Stroke 2 is not a list"),
        ({"strokes": [[[1, 1e9]]]}, "beyond"),
        ({"strokes": [[[1, 2]]], "width": -1}, '"width"'),
        ({"strokes": [[[1, 2]]], "width": "3"}, '"width"'),
    ],
)
def test_a_wrong_stroke_file_gives_a_sentence(value: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        strokes.from_json(value)


def test_nested_lists_of_unequal_length_give_a_sentence() -> None:
    with pytest.raises(InputError, match="Stroke 1"):
        strokes.from_json(json.loads('{"strokes": [[[1, 2], [3]]]}'))


def saved(path: Path, **changes: Any) -> Path:
    arrays: dict[str, Any] = {
        "points": np.array([[0, 0], [5, 5], [9, 1]], np.float32),
        "stroke_offsets": np.array([0, 2, 3], np.int32),
        "sample_offsets": np.array([0, 1, 2], np.int32),
        "labels": np.array([1, 7], np.uint8),
    }
    np.savez(path, **{name: value for name, value in (arrays | changes).items() if value is not None})
    return path


def test_a_stroke_set_is_read(tmp_path: Path) -> None:
    strokes_set = StrokeSet.load(saved(tmp_path / "set.npz"))
    assert [len(drawing.strokes[0]) for drawing in strokes_set.drawings] == [2, 1]
    assert strokes_set.labels.tolist() == [1, 7]
    assert not strokes_set.suspect.any()


@pytest.mark.parametrize(
    "changes",
    [
        {"points": None},
        {"labels": np.array([1, 17], np.uint8)},
        {"sample_offsets": np.array([0, 2], np.int32)},
        {"stroke_offsets": np.array([0, 2, 9], np.int32)},
        {"stroke_offsets": np.array([], np.int32)},
        {"sample_offsets": np.array([], np.int32)},
        {"stroke_offsets": np.array([0, 2.5, 3])},
        {"labels": np.array([257, 7])},
        {"labels": np.array([1.9, 7])},
        {"labels": np.array([np.nan, 7])},
        {"labels": np.array([-1, 7])},
        {"labels": np.array([2**64 - 1, 7], np.uint64)},
        {"labels": np.array(["1", "7"])},
        {"labels": np.array([1 + 1j, 7])},
        {"suspect": np.array([0, 2])},
        {"points": np.array([[0, 0], [5, 5], [9, 1]], complex)},
        {"points": np.zeros((3, 0))},
        {"writers": np.array(["a"])},
    ],
)
def test_a_stroke_set_that_does_not_fit_together_gives_a_sentence(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="not a stroke set"):
        StrokeSet.load(saved(tmp_path / "set.npz", **changes))


def test_an_archive_is_read_no_further_than_its_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb, a header that lies, a form of packing that is unknown, and a number too large for one."""
    monkeypatch.setattr(stroke_archive, "MOST_BYTES", 1_000_000)
    whole = saved(tmp_path / "set.npz")
    files = {}
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as bomb, bomb.open("points.npy", "w") as one:
        np.lib.format.write_array_header_1_0(one, {"descr": "<f4", "fortran_order": False, "shape": (250_000, 2)})
        one.write(bytes(2_000_000))
    for name, shape in (("lies", (10**12, 2)), ("short", (4, 2)), ("overflows", (2**40, 2**40))):
        with zipfile.ZipFile(tmp_path / f"{name}.npz", "w") as lies, lies.open("points.npy", "w") as one:
            np.lib.format.write_array_header_1_0(one, {"descr": "<f4", "fortran_order": False, "shape": shape})
            one.write(bytes(24))
    packed = bytearray(whole.read_bytes())
    for at in range(len(packed) - 12):
        if packed[at : at + 4] == b"PK\x01\x02":
            packed[at + 10] = 99
    (tmp_path / "packed.npz").write_bytes(packed)
    for file in sorted(tmp_path.glob("*.npz")):
        files[file.name] = file
    del files["set.npz"]
    assert len(files) == 5
    for file in files.values():
        with pytest.raises(InputError, match=rf"^{file.name} is not a stroke set"):
            StrokeSet.load(file)
    with pytest.raises(InputError, match="is not a list of"):
        strokes.from_json({"strokes": [[[10**400, 1]]]})


def test_a_cut_stroke_set_gives_a_sentence(tmp_path: Path) -> None:
    whole = saved(tmp_path / "set.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.npz").write_text("hello")
    for name in ("cut.npz", "text.npz"):
        with pytest.raises(InputError, match="not a stroke set"):
            StrokeSet.load(tmp_path / name)
    with pytest.raises(InputError, match="not there"):
        StrokeSet.load(tmp_path / "none.npz")
