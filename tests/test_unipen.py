"""From the UNIPEN release to a stroke set: which components are a digit, which digits are chosen, what is said."""

import hashlib
import json
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from digitlab import cli
from digitlab.drawing.strokes import StrokeSet


def writer(contributor: str, name: str, parts: tuple[int, ...] = (0, 1)) -> str:
    """A writer's name, beginning with `name`, that is dealt into one of these parts; the file holds parts 0 and 1."""
    names = (f"{name}{number}" for number in count())
    return next(
        found for found in names if int(hashlib.sha1(f"{contributor}/{found}".encode()).hexdigest(), 16) % 5 in parts
    )


class Release:
    """A small UNIPEN folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in ("data/1a", "include"):
            (folder / part).mkdir(parents=True)

    def write(self, path: str, *lines: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n", encoding="latin-1")

    def digits(self, contributor: str, name: str, by: str, *drawn: tuple[int, float]) -> None:
        """A document with a hook of some size for each (digit, size)."""
        pen = [f".WRITER_ID {by}"]
        for _, size in drawn:
            pen += [".PEN_DOWN", "0 0", f"{size} 0", f"{size} {size}", ".PEN_UP"]
        self.write(f"include/{contributor}/{name}.dat", *pen)
        segments = [f'.SEGMENT CHARACTER {number} ? "{digit}"' for number, (digit, _) in enumerate(drawn)]
        self.write(f"data/1a/{contributor}/{name}.dat", f".INCLUDE {contributor}/{name}.dat", *segments)

    def convert(self, capsys: pytest.CaptureFixture[str]) -> StrokeSet:
        out = self.folder / "made.npz"
        assert cli.main(["strokes", str(self.folder), "--out", str(out), "--json"]) == 0
        self.told = json.loads(capsys.readouterr().out)
        return StrokeSet.load(out)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path / "unipen")


def test_a_segment_is_its_pen_down_components_counted_over_all_included_files(
    release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    name = writer("tos", "Ann")
    release.write(
        "include/tos/deep.dat", "", f".WRITER_ID {name}", ".COORD X Y T", ".PEN_DOWN", "\t10\t50 7", "\t30\t90 8"
    )
    release.write(
        "include/tos/pen.dat",
        ".INCLUDE tos/deep.dat",
        ".PEN_UP 31 80",  # counts, as it has a point, but is no stroke
        ".PEN_DOWN",  # without a point it does not count
        ".PEN_UP",
        ".PEN_DOWN 40 80",
        ".DT 12",
        "45 60",
        "50 50",
        ".COMMENT 99 99",
        "60 60",
        ".PEN_DOWN",
        "0 0",
        "5 5",
        "9 0",
        "20 -10",
    )
    release.write(
        "data/1a/tos/a.dat",
        ".VERSION 1.0",
        ".INCLUDE tos/pen.dat",
        '.SEGMENT CHARACTER 0-2 OK "4"',
        '.SEGMENT CHARACTER 3:1,2:1-2:2 ? "7"',
        '.SEGMENT CHARACTER 0 OK "x"',
        '.SEGMENT WORD 0 OK "4"',
        '.SEGMENT CHARACTER 9 OK "5"',
    )
    made = release.convert(capsys)
    assert made.labels.tolist() == [4, 7]
    assert [[stroke.tolist() for stroke in one.strokes] for one in made.drawings] == [
        [[[0, 40], [20, 0]], [[30, 10], [35, 30], [40, 40]]],
        [[[0, 55], [4, 60], [15, 70]], [[40, 0], [45, 10]]],
    ]
    assert made.writers is not None
    assert len(set(made.writers)) == 1
    assert not made.suspect.any()
    assert made.source.startswith("UNIPEN train_r01_v07")
    assert made.licence == "CC BY 4.0"
    assert release.told["left_out"] == {"data/1a/tos/a.dat, 9": "Component 9 is named, but there are only 4."}


def test_small_ones_coarse_tablets_and_other_writers_are_left_out_and_three_of_a_kind_stay(
    release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = writer("val", "Bob")
    release.digits("val", "many", mine, *[(3, 100.0 + number) for number in range(8)], (4, 19.0), (5, 30.0))
    release.digits("lou", "coarse", writer("lou", "Cid"), (6, 100.0))
    release.digits("val", "other", writer("val", "Dan", (2, 3, 4)), (7, 100.0))
    made = release.convert(capsys)
    assert made.labels.tolist() == [3, 3, 3, 5]
    sizes = [float(np.concatenate(one.strokes).max()) for one in made.drawings]
    assert len(set(sizes)) == 4
    again = release.convert(capsys)
    np.testing.assert_array_equal(np.concatenate(again.drawings[0].strokes), np.concatenate(made.drawings[0].strokes))
    assert release.told["digits"] == 4
    assert release.told["writers"] == 1


def test_a_document_without_a_name_is_its_own_writer_and_one_that_cannot_be_read_is_told(
    release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    release.digits("pri", "named", writer("pri", "Eve"), (1, 50.0))
    release.write("data/1a/pri/lost.dat", ".INCLUDE pri/nowhere.dat", '.SEGMENT CHARACTER 0 ? "1"')
    release.write("data/1a/pri/away.dat", ".INCLUDE ../../secret", '.SEGMENT CHARACTER 0 ? "1"')
    release.write("include/pri/ring.dat", ".INCLUDE pri/ring.dat")
    release.write("data/1a/pri/ring.dat", ".INCLUDE pri/ring.dat")
    release.write("data/1a/pri/text.dat", ".PEN_DOWN", "here there")
    for number in range(12):  # some of these paths belong to this part
        release.write(f"data/1a/pri/{number}.dat", ".PEN_DOWN", "0 0", "9 9", "9 30", '.SEGMENT CHARACTER 0 ? "2"')
    made = release.convert(capsys)
    assert made.writers is not None
    assert 2 < len(set(made.writers)) == len(made.labels) < 13
    assert release.told["left_out"] == {
        "data/1a/pri/away.dat": "../../secret lies outside the release.",
        "data/1a/pri/lost.dat": "nowhere.dat is missing or cannot be read.",
        "data/1a/pri/ring.dat": "ring.dat includes itself.",
        "data/1a/pri/text.dat": "'here there' is not a point.",
    }


def test_what_is_no_release_is_told_in_one_line(
    release: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release.digits("val", "one", writer("val", "Fay"), (1, 50.0))
    (tmp_path / "file").touch()
    for folder, out, said in (
        (tmp_path, "o.npz", "is not the UNIPEN release: it has no folder data/1a"),
        (tmp_path / "none", "o.npz", "is not the UNIPEN release"),
        (release.folder, "file/o.npz", "cannot be written: File exists"),
    ):
        assert cli.main(["strokes", str(folder), "--out", str(tmp_path / out)]) == 2
        told = capsys.readouterr().err
        assert said in told
        assert told.count("\n") == 1
    (release.folder / "data/1a/val/one.dat").unlink()
    assert cli.main(["strokes", str(release.folder), "--out", str(tmp_path / "o.npz")]) == 2
    assert "holds no digits" in capsys.readouterr().err
