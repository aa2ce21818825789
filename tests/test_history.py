"""What a run's network read in a pinned picture, live and from its checkpoints."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from digitlab.data.mnist import Mnist
from digitlab.errors import InputError
from digitlab.jobs import orders
from digitlab.networks import zoo
from digitlab.networks.graph import Network
from digitlab.networks.layers import BatchNorm, Dense, Flatten, Relu
from digitlab.runs import history
from digitlab.store import Store, tables
from digitlab.store.pins import MOST_TOGETHER
from digitlab.store.rights import OPERATOR, Person
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Event, Step
from digitlab.work import performing, pinned
from digitlab.work.exchange import Exchange

ANNA, BEN = "a" * 64, "b" * 64  # browsers
PICTURE = np.ones((28, 28), np.float32)
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
    run = orders.submit(OPERATOR, store, CONFIG, threads=2, claimed=True)
    first = store.pins.add(Person(ANNA, None), run.id, early, "a seven")
    assert store.pins.add(Person(ANNA, None), run.id, early).id == first.id

    def pin_another(event: Event) -> None:
        if isinstance(event, Step) and event.step == 45:
            store.pins.add(Person(BEN, None), run.id, late)

    with Exchange(store, run) as exchange:
        performing.perform(store, exchange, pin_another)
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
    with pytest.raises(InputError, match=r"no checkpoint of epoch 4. Epochs with a checkpoint: 1, 2, 3"):
        history.network_at(store, run.id, 4)

    store.pins.remove(Person(BEN, None), second.id)
    assert [pin.id for pin in store.pins.of(run.id)] == [first.id]
    store.runs.delete(OPERATOR, run.id)
    assert store.pins.readings(first.id) == []


def test_the_averages_are_what_is_looked_back_at_where_they_are_kept(store: Store, digits: Mnist) -> None:
    run = orders.submit(OPERATOR, store, replace(CONFIG, weight_average=0.9, epochs=1), threads=2, claimed=True)
    with Exchange(store, run) as exchange:
        performing.perform(store, exchange)
    images = digits.x_test[:20].astype(np.float32) / np.float32(255)
    finished = zoo.open_model(store.runs.get(run.id).model or "").probabilities(images)
    np.testing.assert_allclose(history.network_at(store, run.id, 1).probabilities(images), finished, atol=1e-5)


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_histogram_of_the_last_checkpoint_is_that_of_the_weights_that_were_kept(store: Store, average: float) -> None:
    config = replace(CONFIG, weight_average=average, epochs=2)
    run = orders.submit(OPERATOR, store, config, threads=2, claimed=True)
    with Exchange(store, run) as exchange:
        performing.perform(store, exchange)
    ended = store.runs.get(run.id)
    found = history.histograms(ended, store.runs.checkpoints(run.id), "dense_2")
    assert [one.epoch for one in found] == [1, 2]
    kernel = zoo.open_model(ended.model or "").model.get_layer("dense_2").get_weights()[0]
    counts, edges = np.histogram(kernel, bins=len(found[-1].counts))
    assert found[-1].counts == tuple(counts)
    assert found[-1].edges == pytest.approx(edges)
    assert history.histograms(ended, store.runs.checkpoints(run.id), "flatten_1") == []


def test_only_pictures_are_pinned_and_not_too_many(store: Store) -> None:
    run = orders.submit(OPERATOR, store, CONFIG).id
    for wrong in (np.zeros((27, 28), np.float32), np.full((28, 28), 1.5, np.float32), np.full((28, 28), np.nan)):
        with pytest.raises(InputError, match="must be 28×28 with values from 0 to 1"):
            store.pins.add(Person(ANNA, None), run, wrong)
    for shade in range(6):
        store.pins.add(Person(ANNA, None), run, np.full((28, 28), shade / 10, np.float32))
    with pytest.raises(InputError, match="can pin 6 pictures to a run"):
        store.pins.add(Person(ANNA, None), run, np.ones((28, 28), np.float32))
    for number in range(MOST_TOGETHER - 6):
        store.pins.add(Person(f"{number:064d}", None), run, np.ones((28, 28), np.float32))
    with pytest.raises(InputError, match="have pinned 60 pictures to this run"):
        store.pins.add(Person(BEN, None), run, np.ones((28, 28), np.float32))


def test_a_pin_is_its_owners_and_seen_by_others_only_where_it_is_shared(store: Store) -> None:
    run = orders.submit(OPERATOR, store, CONFIG).id
    hers, his = (store.pins.add(Person(owner, None), run, PICTURE, "drawing").id for owner in (ANNA, BEN))
    shared = store.pins.add(Person(BEN, None), run, np.full((28, 28), 0.5, np.float32), "drawing", shared=True).id

    def seen(browser: str | None) -> list[int]:
        return [pin.id for pin in store.pins.visible(Person(browser, None), run)]

    assert [seen(ANNA), seen(BEN), seen(None)] == [[hers, shared], [his, shared], [shared]]
    store.pins.share(Person(ANNA, None), his, True)
    store.pins.share(Person(ANNA, None), shared, False)
    store.pins.remove(Person(ANNA, None), his)
    assert [seen(ANNA), seen(BEN), seen(None)] == [[hers, shared], [his, shared], [shared]], "they are not hers"
    store.pins.share(Person(BEN, None), shared, False)
    store.pins.share(Person(ANNA, None), hers, True)
    assert [seen(ANNA), seen(BEN), seen(None)] == [[hers], [hers, his, shared], [hers]]
    assert not store.pins.add(Person(ANNA, None), run, PICTURE).shared, (
        "pinned again, it is shared or not as was said last"
    )
    assert [seen(ANNA), seen(None)] == [[hers], []]
    with store.database.write() as connection:
        connection.execute(sa.update(tables.pins).values(owner=None))
    assert [seen(ANNA), seen(BEN), seen(None)] == [[], [], []], "as a program of revision 1 adds them"
    assert len(store.pins.of(run)) == 3
