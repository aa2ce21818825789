"""Lessons' programs as a reader runs them: in a process of their own, with MNIST in Keras' cache."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from digitlab.data import mnist

# The shipped file has the same arrays as Keras' own and other bytes around them; Keras would fetch its own again.
_SITE = """\
import keras.src.utils.file_utils as files

files.validate_file = lambda *_, **__: True
"""
_LENGTH = re.compile(r"^(EPOCHS|STEPS), DIGITS = [\d_]+, [\d_]+", re.MULTILINE)


def shortened(code: str, length: int, digits: int) -> str:
    """A lesson's program with other numbers at its top."""
    short, changed = _LENGTH.subn(rf"\1, DIGITS = {length}, {digits}", code)
    assert changed == 1
    return short


def environment(folder: Path) -> dict[str, str]:
    """Variables for a process that finds MNIST where Keras keeps it, and draws without a screen."""
    cache = folder / "keras/datasets"
    cache.mkdir(parents=True)
    shutil.copy(mnist.FILE, cache)
    (folder / "sitecustomize.py").write_text(_SITE)
    wanted = {"KERAS_HOME": str(cache.parent), "PYTHONPATH": str(folder), "MPLBACKEND": "Agg"}
    return os.environ | wanted | {"TF_CPP_MIN_LOG_LEVEL": "3"}


def run(script: str, folder: Path) -> str:
    """What a script prints."""
    file = folder / "script.py"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(file)], cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def tested(printed: str) -> tuple[float, float]:
    """The test accuracy (0..1) and loss that a program printed."""
    found = re.search(r"test accuracy ([\d.]+)%, test loss ([\d.]+)", printed)
    assert found
    return float(found[1]) / 100, float(found[2])
