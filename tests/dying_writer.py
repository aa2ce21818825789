"""A process that writes two files and ends itself by SIGKILL on the way: `python -m tests.dying_writer FOLDER MOMENT`.

Whatever Python's audit hooks tell counts as a moment: opening, making, renaming and removing files and folders, and
locks. Moments are numbered from 1; past the last one the process ends as it should.
"""

import os
import signal
import sys
from pathlib import Path

from digitlab import files

SIZE = 100_000
NAMES = ("weights", "card")


def write(folder: Path, letter: bytes) -> None:
    """Write both files, full of a letter, in two parts each."""
    with files.appearing(*(folder / name for name in NAMES)) as unfinished:
        for path in unfinished:
            with path.open("wb", buffering=0) as out:
                out.write(letter * (SIZE // 2))
                sys.audit("tests.half_written")
                out.write(letter * (SIZE // 2))


def die_at(moment: int) -> None:
    count = 0

    def hear(event: str, _: object) -> None:
        nonlocal count
        if event.startswith(("open", "os.", "shutil.", "tempfile.", "fcntl.", "tests.")):
            count += 1
            if count == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)


if __name__ == "__main__":
    _, where, number = sys.argv
    die_at(int(number))
    write(Path(where), b"n")
