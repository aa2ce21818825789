"""What the page sends of a drawing: strokes come through as they are, and rubbish gives a sentence."""

import base64
from typing import Any

import numpy as np
import pytest

from digitlab.drawing import link_text
from digitlab.drawing.sent import read_sent, read_strokes, write_strokes
from digitlab.drawing.strokes import MAX_POINTS, MAX_STROKES, PAD_SIDE, Drawing
from digitlab.errors import InputError
from digitlab.home import PACKAGE

PIXELS = base64.b64encode(bytes(784)).decode()
VIEW = base64.b64encode(bytes(56 * 56 * 3)).decode()


def sent(**changes: Any) -> dict[str, Any]:
    return {
        "number": 3,
        "computes": True,
        "strokes": write_strokes(Drawing.of([[[1.25, 2], [3, 4]]], 18.0)),
        "instead": None,
        "beneath": None,
    } | changes


def test_strokes_come_back_to_a_hundredth_of_a_pixel() -> None:
    drawing = Drawing((np.array([[0.0, 279.99], [-3.21, 300.5]]), np.array([[140.0, 140.0]])), (10.0, 28.0))
    again = read_strokes(write_strokes(drawing))
    assert again.widths == drawing.widths
    for one, other in zip(again.strokes, drawing.strokes, strict=True):
        np.testing.assert_allclose(one, other, atol=0.005)


def test_a_drawing_a_digit_in_its_place_and_one_beneath_are_read() -> None:
    digit = {"kind": "digit", "key": "training-7", "label": 3, "pixels": PIXELS}
    found = read_sent(sent(instead=digit, beneath=digit))
    assert found.number == 3
    assert found.drawing.strokes[0].tolist() == [[1.25, 2.0], [3.0, 4.0]]
    assert found.instead is not None
    assert (found.instead.kind, found.instead.name, found.beneath) == ("digit", "training-7", "training-7")
    assert found.instead.pixels.shape == (28, 28)


def test_letters_that_no_database_keeps_are_left_out_of_names() -> None:
    picture = {"kind": "picture", "name": "a\0b\ud800c.png", "pixels": PIXELS, "views": [VIEW, VIEW]}
    picked = read_sent(sent(instead=picture)).instead
    assert picked is not None
    assert picked.name == "abc.png"
    assert [view.shape for view in picked.views] == [(56, 56, 3)] * 2


ONE = write_strokes(Drawing.of([[[1, 2]]], 18.0))[0]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "x",
        {},
        sent(number=-1),
        sent(number=2**53),
        sent(number=True),
        sent(number=1.5),
        sent(strokes=None),
        sent(strokes=[None]),
        sent(strokes=[[18]]),
        sent(strokes=[["18", ONE[1]]]),
        sent(strokes=[[float("nan"), ONE[1]]]),
        sent(strokes=[[float("inf"), ONE[1]]]),
        sent(strokes=[[-1, ONE[1]]]),
        sent(strokes=[[PAD_SIDE + 1, ONE[1]]]),
        sent(strokes=[[18, ""]]),
        sent(strokes=[[18, "AAA"]]),
        sent(strokes=[[18, "AAAAAA=="[:6] + "=="]]) | {"strokes": [[18, "AA=="]]},
        sent(strokes=[[18, "not base64!"]]),
        sent(strokes=[ONE] * (MAX_STROKES + 1)),
        sent(instead=7),
        sent(instead={"kind": "file", "name": "x", "pixels": PIXELS}),
        sent(instead={"kind": "digit", "key": "7", "pixels": "AAAA"}),
        sent(instead={"kind": "picture", "name": "x", "pixels": PIXELS, "views": [PIXELS]}),
        sent(instead={"kind": "picture", "name": "x", "pixels": PIXELS, "views": [VIEW] * 3}),
        sent(instead={"kind": "digit", "key": 7, "pixels": PIXELS}),
        sent(beneath={"key": None}),
    ],
    ids=range(28),
)
def test_rubbish_gives_a_sentence(value: Any) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        read_sent(value)


def test_the_page_has_the_same_limits() -> None:
    source = (PACKAGE / "ui/pad/drawing.js").read_text(encoding="utf-8")
    assert f"export const MAX_POINTS = {MAX_POINTS};" in source
    assert f"export const MAX_STROKES = {MAX_STROKES};" in source


@pytest.mark.parametrize("count", [(MAX_STROKES + 1, 1), (1, MAX_POINTS + 1), (100, MAX_POINTS // 100 + 1)])
def test_links_messages_and_files_have_one_limit(count: tuple[int, int]) -> None:
    strokes, points = count
    far = [[[0.0, 9.0 * (point % 2)] for point in range(points)] for _ in range(strokes)]
    link = link_text.pack(Drawing(tuple(np.array(stroke) for stroke in far), (18.0,) * strokes))
    records = write_strokes(Drawing(tuple(np.array(stroke) for stroke in far), (18.0,) * strokes))
    with pytest.raises(InputError):
        link_text.unpack(link)
    with pytest.raises(InputError):
        read_strokes(records)
    with pytest.raises(InputError):
        Drawing.of(far)
