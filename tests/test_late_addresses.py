"""A press outlives a message that was on its way with the address of before, over a real websocket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.forger import Forger
from harness.server import Server

FIRST, SECOND = "1. The data set", "2. Normalisation"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path / "home")
    yield started
    started.stop()
    assert not started.complaints()


def test_an_address_that_is_late_undoes_no_press_and_going_back_does(server: Server) -> None:
    before = "lesson=two-conv-128"
    with Forger(server.url, "learn", before) as reader:
        assert FIRST in reader.texts
        following = next(widget.id for widget in reader.widgets if "step_next" in widget.id)
        reader.send(**{following: ("trigger_value", True)})
        assert SECOND in reader.texts
        reader.send()  # sent before the browser had heard of the new address
        assert SECOND in reader.texts
        reader.query = f"{before}&step=normalise"
        reader.send()
        assert SECOND in reader.texts
        reader.go_back(before)
        assert FIRST in reader.texts
        reader.send(**{following: ("trigger_value", True)})
        assert SECOND in reader.texts
        reader.go_back(before)  # at once, before the browser has said anything else
        assert FIRST in reader.texts
