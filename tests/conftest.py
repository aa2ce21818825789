"""What several tests need: a home of their own, real digits, strokes that were drawn for the tests."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from digitlab.data import mnist
from digitlab.drawing.strokes import Drawing, from_json
from tests import trained

STROKES = Path(__file__).with_name("strokes")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test writes into a folder of its own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("DIGITLAB_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """AppTest leaves the page's script as `__main__`, which new processes would then run."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session")
def digits() -> mnist.Mnist:
    return mnist.load()


@pytest.fixture(scope="session")
def three() -> Drawing:
    return drawn("three")


@pytest.fixture(scope="session")
def seven() -> Drawing:
    return drawn("seven")


def drawn(name: str) -> Drawing:
    """A digit drawn for the tests, on the pad's 280×280."""
    return from_json(json.loads((STROKES / f"{name}.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two runs that have ended; tests work on copies."""
    folder = tmp_path_factory.mktemp("two-runs")
    trained.home_with_two_runs(folder)
    return folder


@pytest.fixture
def home_with_runs(home: Path, two_runs: Path) -> Path:
    """This test's home, with runs 1 and 2 of tests/trained.py."""
    shutil.copytree(two_runs, home)
    return home
