"""What several tests need: a home of their own, real digits, strokes that were drawn for the tests."""

import shutil
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from digitlab.data import mnist
from digitlab.drawing.strokes import Drawing
from digitlab.networks import vetting
from digitlab.store import Store
from harness import postgresql
from harness.drawn import drawn
from tests import trained

_databases = count()
LONGEST = (
    *("test_pad", "test_kill", "test_search", "test_train_page", "test_training", "test_lessons", "test_two_homes"),
    *("test_runs", "test_classroom", "test_links", "test_learned", "test_upgrade"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: two run at a time, and one that came last would run alone."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


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


@pytest.fixture(autouse=True)
def no_process_for_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A foreign model is looked at in the test's own process: another one would import TensorFlow for each."""
    monkeypatch.setattr(vetting, "vet", vetting.check)


@pytest.fixture(scope="session")
def digits() -> mnist.Mnist:
    return mnist.load()


@pytest.fixture(scope="session")
def three() -> Drawing:
    return drawn("three")


@pytest.fixture(scope="session")
def seven() -> Drawing:
    return drawn("seven")


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


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgresql.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'digitlab.db'}"
    server = request.getfixturevalue("postgresql_server")
    name = f"test_{next(_databases)}"
    engine = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return f"{server}/{name}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store(url, busy_seconds=1.0) as opened:
        yield opened
