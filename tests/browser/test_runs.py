"""The Runs page in Chromium: choose and compare, take along, delete."""

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harness.server import Server
from tests.browser.conftest import OpenPage

NAMES = {run: re.compile(rf"Run {run} · two-conv-64-logits · \d\d\.\d\d%") for run in (1, 2)}


@pytest.fixture
def runs_server(tmp_path: Path, two_runs: Path) -> Iterator[Server]:
    """A server with runs 1 and 2 of tests/trained.py."""
    started = Server(Path(shutil.copytree(two_runs, tmp_path / "server")))
    yield started
    started.stop()
    assert not started.complaints()


def tick(page: Page, row: int, at: int = 17) -> None:
    """Click a row's box, or so many pixels from the left; the table is one canvas."""
    table = page.locator(".st-key-table .dvn-scroller")
    expect(table).to_be_visible()
    table.click(position={"x": at, "y": 37 + 35 * row + 17})


def download(page: Page, label: str) -> Path:
    with page.expect_download() as arriving:
        page.get_by_role("button", name=label, exact=True).click()
    return Path(arriving.value.path())


def test_two_runs_are_compared_taken_along_and_deleted(runs_server: Server, visit: OpenPage) -> None:
    page = visit("/runs", at=runs_server.url)
    tick(page, 0)
    expect(page.get_by_role("heading", name=NAMES[2])).to_be_visible()
    tick(page, 1, at=360)  # the state: any cell but a run's name chooses the row
    expect(page.get_by_role("heading", name="2 selected")).to_be_visible()
    assert re.search(r"[?&]chosen=2(,|%2C)1$", page.url), "the choice is in the URL"
    expect(page.locator(".st-key-differences table")).to_contain_text("0.004")
    expect(page.locator(".dl-legend")).to_have_text(re.compile(NAMES[2].pattern + NAMES[1].pattern))

    again = visit(page.url.removeprefix(runs_server.url), at=runs_server.url)
    expect(again.get_by_role("heading", name="2 selected")).to_be_visible()
    tick(again, 0)  # not any more
    expect(again.get_by_role("heading", name=NAMES[1])).to_be_visible()
    card = json.loads(download(again, "Card").read_text(encoding="utf-8"))
    assert download(again, ".keras").stat().st_size > 10_000
    assert download(again, "Curves (CSV)").read_text(encoding="utf-8").count("step,") >= 12
    with zipfile.ZipFile(download(again, "TensorBoard")) as archive:
        assert any("run-1/validation/events.out.tfevents" in name for name in archive.namelist())
    again.get_by_role("button", name=".tflite").click()
    expect(again.locator(".st-key-download_tflite_1")).to_be_visible()
    expect(again.get_by_role("button", name=".tflite", exact=True)).to_have_count(1)
    assert download(again, ".tflite").read_bytes()[4:8] == b"TFL3"

    run = visit("/runs", at=runs_server.url)  # a click on a name opens the run; its report is one file
    tick(run, 0, at=120)
    expect(run).to_have_url(re.compile(r"/train\?run=2$"))
    expect(run.get_by_role("heading", name=NAMES[2])).to_be_visible()
    assert "dl-confusion" in download(run, "Report").read_text(encoding="utf-8")
    run.go_back()
    expect(run.get_by_role("heading", name="Runs and models")).to_be_visible()
    expect(run).to_have_url(f"{runs_server.url}/runs")

    again.get_by_role("button", name="Delete …").click()
    expect(again.get_by_role("dialog")).to_contain_text("permanently deleted")
    again.get_by_role("dialog").get_by_test_id("stBaseButton-primary").click()
    expect(again.get_by_role("dialog")).to_have_count(0)
    expect(again).not_to_have_url(re.compile("chosen"))
    expect(page.get_by_role("heading", name=NAMES[2])).to_be_visible()  # the other window follows
    assert (runs_server.home / "blobs" / "models" / f"{card['name']}.keras").is_file(), "the model stays unless asked"
    assert not (runs_server.home / "blobs" / "runs" / "1").exists()
