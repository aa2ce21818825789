"""Files appear whole or not at all, and in their order, whenever the process that writes them is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from digitlab import files
from digitlab import home as paths
from tests import dying_writer


def contents(folder: Path) -> tuple[str, ...]:
    """What the two files hold, each in one word."""
    whole = {b"o" * dying_writer.SIZE: "old", b"n" * dying_writer.SIZE: "new"}
    return tuple(whole.get((folder / name).read_bytes(), "damaged") for name in dying_writer.NAMES)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_are_old_or_new_and_whole_at_whatever_moment_their_writer_is_killed(tmp_path: Path) -> None:
    seen: list[tuple[str, ...]] = []
    code, moment = -signal.SIGKILL, 0
    while code == -signal.SIGKILL:
        moment += 1
        dying_writer.write(tmp_path, b"o")
        assert names(tmp_path) == ["card", "weights"], "what the killed process left is gone"
        command = [sys.executable, "-m", "tests.dying_writer", str(tmp_path), str(moment)]
        code = subprocess.run(command, cwd=paths.ROOT, timeout=60).returncode
        seen.append(contents(tmp_path))
    assert code == 0
    assert names(tmp_path) == ["card", "weights"]
    stages = [("old", "old"), ("new", "old"), ("new", "new")]
    assert list(dict.fromkeys(seen)) == stages, "weights first, then the card, and never half of either"


def test_each_file_is_on_the_disk_under_its_name_before_the_next_one_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, rename = os.fsync, os.replace
    known = {tmp_path.stat().st_ino: "folder"}

    def noted_sync(number: int) -> None:
        done.append(f"sync {known[os.fstat(number).st_ino]}")
        sync(number)

    def noted_rename(source: Path, target: Path) -> None:
        done.append(f"rename {target.name}")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_rename)
    with files.appearing(tmp_path / "weights", tmp_path / "card") as unfinished:
        for path in unfinished:
            path.write_bytes(b"new")
            known[path.stat().st_ino] = path.name
    assert done == [
        "sync weights",
        "sync card",
        "rename weights",
        "sync folder",
        "rename card",
        "sync folder",
    ]


def test_an_error_while_writing_leaves_everything_as_it_was(tmp_path: Path) -> None:
    files.write(tmp_path / "one", b"old")

    def fail() -> None:
        with files.appearing(tmp_path / "one", tmp_path / "two") as (one, _):
            one.write_bytes(b"new")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    assert names(tmp_path) == ["one"]
    assert (tmp_path / "one").read_bytes() == b"old"


def test_a_file_that_was_not_written_is_an_error_and_none_appears(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), files.appearing(tmp_path / "one", tmp_path / "two") as (one, _):
        one.write_bytes(b"new")
    assert names(tmp_path) == []


def test_who_is_still_writing_loses_nothing_to_the_next_one(tmp_path: Path) -> None:
    with files.appearing(tmp_path / "slow") as (slow,):
        slow.write_bytes(b"first half")
        files.write(tmp_path / "quick", b"quick")
    assert (tmp_path / "slow").read_bytes() == b"first half"
    assert names(tmp_path) == ["quick", "slow"]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    files.write(tmp_path / "new" / "folder" / "file", b"content")
    assert (tmp_path / "new" / "folder" / "file").read_bytes() == b"content"
