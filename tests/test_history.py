"""What a run's network read in a pinned picture, live and from its checkpoints."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitlab.data.mnist import Mnist
from digitlab.errors import InputError
from digitlab.insight import history
from digitlab.jobs import performing, pinned, training
from digitlab.jobs.link import Link
from digitlab.networks import zoo
from digitlab.networks.graph import Network
from digitlab.networks.layers import BatchNorm, Dense, Flatten, Relu
from digitlab.store import Store
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Event, Step

CONFIG = TrainingConfig(
    network=Network((Flatten(), Dense(units=20), BatchNorm(momentum=0.9), Relu(), Dense(units=10))),
    batch_size=100,
    train_size=2000,
    epochs=3,
    log_every=5,
)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store() as opened:
        yield opened


def test_a_pinned_picture_is_read_live_and_a_late_ones_past_comes_from_checkpoints(
    store: Store, digits: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinned, "EVERY", 0.0)
    early, late = (digits.x_test[number].astype(np.float32) / np.float32(255) for number in (0, 1))
    run = training.submit(store, CONFIG, threads=2, claimed=True)
    first = store.pins.add(run.id, early, "a seven")
    assert store.pins.add(run.id, early).id == first.id

    def pin_another(event: Event) -> None:
        if isinstance(event, Step) and event.step == 45:
            store.pins.add(run.id, late)

    with Link(store, run) as link:
        performing.perform(store, link, pin_another)
    second = store.pins.of(run.id)[1]
    ended = store.runs.get(run.id)
    assert [one.step for one in store.pins.readings(first.id)] == list(range(5, 61, 5))
    assert [one.step for one in history.pinned(store, ended, second)] == [20, 40, 50, 55, 60]

    assert history.epochs_kept(store, run.id) == [1, 2, 3]
    predictor = history.network_at(store, run.id, 3)
    finished = zoo.open_model(store.runs.get(run.id).model or "")
    for image, pin in ((early, first.id), (late, second.id)):
        last = store.pins.readings(pin)[-1].probabilities
        np.testing.assert_allclose(predictor.read(image).probabilities, last, atol=1e-5)
        np.testing.assert_allclose(finished.read(image).probabilities, last, atol=1e-5)
    at_ends = {one.step: one.probabilities for one in store.pins.readings(first.id)}
    again = replace(first, id=-1)  # as if nothing had been read live
    looked_back = history.pinned(store, ended, again)
    assert [(one.step, one.epoch) for one in looked_back] == [(20, 1), (40, 2), (60, 3)]
    for one in looked_back:
        np.testing.assert_allclose(one.probabilities, at_ends[one.step], atol=1e-5)
    at_work = replace(ended, job=replace(ended.job, state="running"))
    assert history.pinned(store, at_work, again) == [], "it is about to be read"
    monkeypatch.setattr(history, "LOOKED_BACK", 2)
    assert [one.step for one in history.pinned(store, ended, again)] == [20, 60]
    with pytest.raises(InputError, match=r"no checkpoint of epoch 4; it has \[1, 2, 3\]"):
        history.network_at(store, run.id, 4)

    store.pins.remove(second.id)
    assert [pin.id for pin in store.pins.of(run.id)] == [first.id]
    store.runs.delete(run.id)
    assert store.pins.readings(first.id) == []


def test_the_averages_are_what_is_looked_back_at_where_they_are_kept(store: Store, digits: Mnist) -> None:
    run = training.submit(store, replace(CONFIG, weight_average=0.9, epochs=1), threads=2, claimed=True)
    with Link(store, run) as link:
        performing.perform(store, link)
    images = digits.x_test[:20].astype(np.float32) / np.float32(255)
    finished = zoo.open_model(store.runs.get(run.id).model or "").probabilities(images)
    np.testing.assert_allclose(history.network_at(store, run.id, 1).probabilities(images), finished, atol=1e-5)


def test_only_pictures_are_pinned_and_not_too_many(store: Store) -> None:
    run = training.submit(store, CONFIG).id
    for wrong in (np.zeros((27, 28), np.float32), np.full((28, 28), 1.5, np.float32), np.full((28, 28), np.nan)):
        with pytest.raises(InputError, match="must be 28×28 with values from 0 to 1"):
            store.pins.add(run, wrong)
    for shade in range(6):
        store.pins.add(run, np.full((28, 28), shade / 10, np.float32))
    with pytest.raises(InputError, match="can have 6 pinned pictures"):
        store.pins.add(run, np.ones((28, 28), np.float32))
