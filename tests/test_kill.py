"""Killing a run again and again: it ends as if nothing had happened. `benchmarks.kills` draws ten moments by lot."""

from pathlib import Path

import pytest

from digitlab.store import Store
from harness.kills import Kill, check_kills

KILLS: tuple[Kill, ...] = (
    ("a checkpoint is half written", 2),
    ("a metric is said and not yet written", 3),
    ("it validates", 1),
    ("a checkpoint is about to be renamed", 3),
    ("a metric is written and not yet committed", 2),
    ("the model is written and the run has not ended", 1),
)


@pytest.mark.parametrize("kills", [KILLS[:3], pytest.param(KILLS[3:], marks=pytest.mark.slow)])
def test_a_run_killed_at_three_moments_ends_with_the_same_weights_and_rows(home: Path, kills: tuple[Kill, ...]) -> None:
    with Store() as store:
        check_kills(store, kills)
