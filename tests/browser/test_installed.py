"""The wheel in an environment of its own, used from a folder that is not the checkout."""

import io
import json
import os
import re
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from collections.abc import Iterator
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

import digitlab
from digitlab import home
from digitlab.networks import zoo
from digitlab.server import digits
from digitlab.store import Store
from harness.drawn import STROKES
from harness.server import Server
from tests.browser.conftest import OpenPage
from tests.waiting import until

SECRET = "what only the log may say"

# The folder in which the commands are given must not matter: these would take the place of modules and settings.
DECOYS = {
    "random.py": "raise SystemExit('not this module')\n",
    "digitlab/__init__.py": "raise SystemExit('not this package')\n",
    ".streamlit/config.toml": '[client]\nshowErrorDetails = "full"\n[theme.light]\nbackgroundColor = "#ff0000"\n',
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # Without isolation: the build's own requirement is among those of the tests, and nothing is downloaded.
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*build, str(home.ROOT)], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands' folder of a new environment with the wheel in it.

    The environment borrows this one's packages by a .pth file instead of installing gigabytes of them once more.
    """
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = ["install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), *install], check=True)
    # One address of this copy fails, to see what is shown of it.
    shell = packages / "digitlab/ui/shell.py"
    fails = f"\nif 'fails' in st.query_params:\n    raise RuntimeError({SECRET!r})\n"
    shell.write_text(shell.read_text(encoding="utf-8") + fails, encoding="utf-8")
    return folder / "bin"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    for name, text in DECOYS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("DIGITLAB_HOME", "PYTHONPATH")}


def answer(installed: Path, elsewhere: Path, *arguments: str) -> Any:
    """What a command says as JSON."""
    command = [str(installed / "digitlab"), *arguments, "--json"]
    done = subprocess.run(command, cwd=elsewhere, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def served(installed: Path, elsewhere: Path) -> Iterator[Server]:
    started = Server(
        elsewhere / ".digitlab",
        command=(str(installed / "digitlab"), "app", "--address", "localhost"),
        folder=elsewhere,
        environment=environment(),
    )
    yield started
    started.stop()
    started.end_workers()


def test_the_wheel_says_whose_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as files:
        names = set(files.namelist())
        about = BytesParser().parsebytes(files.read(f"digitlab-{digitlab.__version__}.dist-info/METADATA"))
    assert about["License-Expression"] == "MIT AND CC-BY-SA-3.0 AND CC-BY-4.0"
    assert about.get_all("License-File") == ["LICENSE", "NOTICE"]
    assert {f"digitlab/app/models/{model.file.name}" for model in zoo.models()} <= names
    assert not [name for name in names if re.match(r"tests|harness|benchmarks|docs", name) or "__pycache__" in name]


def test_a_digit_is_read_from_another_folder(installed: Path, elsewhere: Path) -> None:
    assert answer(installed, elsewhere, "predict", str(STROKES / "three.json"))[0]["digit"] == 3


def test_the_server_has_pages_routes_and_theme(served: Server, visit: OpenPage) -> None:
    page = visit("/samples", at=served.url)
    expect(page.get_by_role("heading", name="Samples")).to_be_visible()
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert background == "rgb(251, 250, 247)"
    with urllib.request.urlopen(f"{served.url}/{digits.picture_url()}") as response:
        assert Image.open(io.BytesIO(response.read())).width == 28 * digits.A_ROW


def test_a_traceback_goes_to_the_log_and_not_to_the_page(served: Server, visit: OpenPage) -> None:
    page = visit("/?fails", at=served.url)
    expect(page.get_by_test_id("stException")).to_be_visible()
    assert SECRET not in page.content()
    assert "shell.py" not in page.content()
    until(lambda: any(SECRET in line for line in served.lines))


def test_a_worker_of_the_installed_package_does_a_job(served: Server, installed: Path, elsewhere: Path) -> None:
    few = ["--epochs", "1", "--digits", "100", "--trials", "1", "--sampler", "random"]
    answer(installed, elsewhere, "search", "two-conv-64-dropout", "--vary", "batch-size=50,100", *few)
    with Store(f"sqlite:///{elsewhere / '.digitlab/digitlab.db'}") as store:
        until(lambda: [run.state for run in store.runs.all()] == ["finished"])
