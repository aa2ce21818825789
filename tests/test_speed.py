"""The machine is measured by a job, whose figures then say what an epoch should take."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from digitlab.data.augmentation import Augmentation
from digitlab.jobs import expecting, orders, speed
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.training.events import Epoch
from digitlab.training.recipes import RECIPES
from digitlab.work import kinds
from digitlab.work.exchange import Exchange

CONFIG = RECIPES["two-conv-64-dropout"].config
MADE_UP = speed.Speed(threads=2, multiply_add=1e-11, number=1e-9, layer=1e-5, varied=2e-5)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store() as opened:
        yield opened


def test_whoever_asks_first_has_the_machine_measured_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert expecting.epoch_seconds(store, CONFIG) is None
    assert expecting.epoch_seconds(store, CONFIG) is None
    (job,) = store.jobs.all("queued")
    taken = iter([4e-5, 2e-4, 1e-4, 3e-4])
    monkeypatch.setattr(speed, "_digit_seconds", lambda _: next(taken))
    claimed = store.jobs.claim_this(job.id)
    assert claimed is not None
    with Exchange(store, claimed) as exchange:
        kinds.perform(store, exchange)
    assert store.jobs.get(job.id).state == "finished"
    seconds = expecting.epoch_seconds(store, CONFIG)
    assert seconds is not None
    assert 54_000 * 2e-5 < seconds < 54_000 * 2e-3
    run = orders.submit(OPERATOR, store, CONFIG)
    assert store.runs.get(run.id).expected_epoch_seconds == seconds
    assert len(store.jobs.all("queued")) == 1


def test_the_factors_are_found_again_from_what_they_gave() -> None:
    probes = speed._probes()
    seconds = [MADE_UP.epoch_seconds(probe) / probe.digits for probe in probes]
    found = speed.fitted(probes, seconds, 2e-5, 2)
    for config in (CONFIG, RECIPES["pen"].config, replace(CONFIG, augmentation=Augmentation(rotation=5))):
        assert found.epoch_seconds(config) == pytest.approx(MADE_UP.epoch_seconds(config), rel=0.01)


def test_non_digits_beside_the_digits_take_their_share_of_time() -> None:
    pen = replace(RECIPES["pen"].config, augmentation=None)
    assert pen.exposure is not None
    plain = MADE_UP.epoch_seconds(replace(pen, exposure=None))
    a_digit = plain / (pen.digits + pen.validation_size / 3)
    with_others = MADE_UP.epoch_seconds(pen)
    assert with_others == pytest.approx(plain + pen.exposure.share * pen.digits * a_digit, rel=1e-9)
    assert with_others > 1.1 * plain
    half = replace(pen, exposure=replace(pen.exposure, share=pen.exposure.share / 2))
    assert MADE_UP.epoch_seconds(half) == pytest.approx((plain + with_others) / 2, rel=1e-9)


def test_a_probe_is_timed() -> None:
    assert 0 < speed._digit_seconds(speed._probes()[0]) < 0.1


@pytest.mark.parametrize(
    "content", ["", "{}", '{"threads": 2, "multiply_add": NaN, "number": 1, "layer": 1, "varied": 1}']
)
def test_a_damaged_file_is_as_good_as_none(home: Path, content: str) -> None:
    home.mkdir()
    (home / "speed.json").write_text(content, encoding="utf-8")
    assert speed.known() is None


def test_what_runs_took_is_what_the_next_one_is_expected_to_take(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "known", lambda: MADE_UP)
    measured = MADE_UP.epoch_seconds(CONFIG)
    assert expecting.epoch_seconds(store, CONFIG) == measured
    for times in (3.0, 2.0, 40.0):  # the machine was busy once
        job = orders.submit(OPERATOR, store, CONFIG, claimed=True)
        store.jobs.begin(job)
        rows = [Epoch(epoch, 844 * epoch, 0.4, 0.9, None, None, times * measured) for epoch in (1, 2)]
        store.runs.exchange(job, rows, 1688, None)
        store.runs.end(job, "finished", {}, test_accuracy=0.9)
    assert expecting.epoch_seconds(store, CONFIG) == pytest.approx(3 * measured)
