"""Learning from a visitor's drawings: an ordinary run, exact after a kill, that ends with a true table."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from digitlab.data import drawn, mnist
from digitlab.data.drawn import SPLITS, Drawn
from digitlab.drawing.preprocess import stages
from digitlab.drawing.strokes import Drawing
from digitlab.errors import DataError, InputError
from digitlab.jobs import orders
from digitlab.jobs.supervisor import Supervisor
from digitlab.networks import zoo
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.store.runs import Row
from digitlab.training.batches import split
from digitlab.training.events import Evaluated, Event
from digitlab.training.learned import Learned, config_for
from digitlab.training.recipes import RECIPES
from digitlab.work import performing
from digitlab.work.exchange import Exchange
from harness.kills import started, weights
from tests.waiting import until

MODEL = "two-conv-64-dropout"
OWNER, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store() as opened:
        yield opened


def habits(seven: Drawing) -> NDArray[np.uint8]:
    """Ten sevens as somebody draws them who writes from right to left: a little turned, uint8 [10, 28, 28]."""
    drawings = []
    for turn in np.radians(np.linspace(-8, 8, 10)):
        matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.diag([-1, 1])
        drawings.append(replace(seven, strokes=tuple((stroke - 140) @ matrix.T + 140 for stroke in seven.strokes)))
    images = np.stack([stages(drawing)[-1].image for drawing in drawings])
    return np.rint(images * 255).astype(np.uint8)


def frozen(images: NDArray[np.uint8], owner: str = OWNER, label: int = 7) -> Drawn:
    return drawn.freeze(owner, list(range(1, len(images) + 1)), images, [label] * len(images))


def test_drawings_come_beside_mnists_digits_each_as_often_as_said(home: Path, seven: Drawing) -> None:
    images = habits(seven)
    config = config_for(zoo.find(MODEL), frozen(images))
    assert config.drawings is not None
    config = replace(config, drawings=replace(config.drawings, copies=3, turns=5, turn=1))
    taken = split(config, mnist.load())
    assert len(taken.images) == config.digits == 2000 + 3 * 8
    out = [k for k in range(10) if not (taken.images == images[k]).all(axis=(1, 2)).any()]
    assert out == [1, 6]
    assert (taken.labels[2000:] == 7).all()


def test_a_deleted_drawing_leaves_the_sets_that_hold_it(home: Path, seven: Drawing) -> None:
    images = habits(seven)
    mine, theirs = frozen(images), frozen(images[:3], OTHER)
    drawn.forget(OWNER, [99])
    assert len(drawn.load(mine).labels) == 10
    drawn.forget(OWNER, [2])
    with pytest.raises(DataError, match="were deleted"):
        drawn.load(mine)
    assert len(drawn.load(theirs).labels) == 3
    file = next(home.rglob("*.npz"))
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(DataError, match="were changed"):
        drawn.load(theirs)


@pytest.mark.parametrize("wrong", [{"sha256": "../x"}, {"count": 0}, {"copies": 0}, {"turns": 5, "turn": 5}])
def test_a_set_is_named_properly(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        Drawn(**({"sha256": "0" * 64, "count": 9} | wrong))  # type: ignore[arg-type]


def work(run: int, moment: str) -> int:
    """A worker's exit code."""
    with started(run, moment, 1) as process:
        return process.wait(timeout=600)


def test_the_held_out_turns_are_paused_and_stopped_like_anything_else(store: Store, seven: Drawing) -> None:
    config = config_for(zoo.find(MODEL), frozen(habits(seven)), SPLITS)
    config = replace(config, epochs=1, train_size=200, log_every=1)
    run = orders.submit(OPERATOR, store, config, recipe=MODEL, threads=2, claimed=True)

    def tell() -> None:
        until(lambda: store.jobs.get(run.id).state == "paused")
        store.jobs.resume(OPERATOR, run.id)
        until(lambda: store.jobs.get(run.id).state == "running")
        store.jobs.stop(OPERATOR, run.id)

    def pause(event: Event) -> None:
        if isinstance(event, Evaluated):
            store.jobs.pause(OPERATOR, run.id)

    with ThreadPoolExecutor() as somebody, Exchange(store, run, every=0.01) as exchange:
        told = somebody.submit(tell)
        performing.perform(store, exchange, pause)
        told.result()
    ended = store.jobs.get(run.id)
    assert ended.state == "finished"
    assert ended.result
    learned = Learned(**ended.result["learned"])
    assert learned.held_out is None
    assert learned.drawings == 10
    assert {sent.kind for sent in store.jobs.commands(run.id) if sent.taken_at} == {"pause", "stop"}


def test_one_split_tests_a_fifth_of_the_drawings_with_progress_to_its_end(store: Store, seven: Drawing) -> None:
    config = replace(config_for(zoo.find(MODEL), frozen(habits(seven))), epochs=1, train_size=200, log_every=1)
    shares: list[float] = []

    class Watched(Exchange):
        def put(self, *rows: Row, done: float | None = None, total: float | None = None) -> None:
            super().put(*rows, done=done, total=total)
            if done is not None and total:
                shares.append(done / total)

    run = orders.submit(OPERATOR, store, config, recipe=MODEL, threads=2, claimed=True)
    with Watched(store, run, every=0.01) as exchange:
        performing.perform(store, exchange)
    ended = store.jobs.get(run.id)
    assert ended.result
    learned = Learned(**ended.result["learned"])
    assert (learned.drawings, learned.tested) == (10, 2)
    assert learned.held_out is not None
    assert 0 <= learned.held_out <= 2
    assert shares == sorted(shares), "progress grows over both networks"
    assert len({share for share in shares if 0.6 < share < 1}) > 3
    assert (ended.done, ended.total) == (config.total_steps, config.total_steps), "in the end its own steps count"


@pytest.mark.slow
def test_ten_corrected_drawings_change_the_answer_and_the_table_is_right(store: Store, seven: Drawing) -> None:
    """The run is killed twice on the way, and ends with the bytes of one that was not."""
    images = habits(seven)
    pictures = images.astype(np.float32) / np.float32(255)
    before = zoo.open_model(MODEL).probabilities(pictures).argmax(axis=1)
    assert (before != 7).sum() >= 5
    config = replace(config_for(zoo.find(MODEL), frozen(images), SPLITS), epochs=1)
    run = orders.submit(OPERATOR, store, config, recipe=MODEL, name="with ten drawings", threads=2).id
    whole = orders.submit(OPERATOR, store, config, recipe=MODEL, name="undisturbed", threads=2).id
    onlooker = Supervisor(store, slots=0)
    for moment in ("a checkpoint is about to be renamed", "it has validated"):
        assert work(run, moment) == -signal.SIGKILL
        onlooker.look()
        if store.jobs.get(run).state == "interrupted":
            store.jobs.resume(OPERATOR, run)
    with started(whole, "never", 0) as undisturbed:
        until(lambda: bool(store.runs.epochs(whole)))
        store.jobs.stop(OPERATOR, whole)  # it has learned; its turns need not be waited for
        assert work(run, "never") == 0
        assert undisturbed.wait(timeout=600) == 0
    assert weights(store, run) == weights(store, whole)
    ended = store.runs.get(run)
    assert ended.job.state == "finished"
    assert ended.job.result
    learned = Learned(**ended.job.result["learned"])
    network = zoo.open_model(str(ended.model))
    after = network.probabilities(pictures).argmax(axis=1)
    assert ((before != 7) & (after == 7)).any()
    assert (learned.drawings, learned.before, learned.after) == (10, int((before == 7).sum()), int((after == 7).sum()))
    assert learned.held_out is not None
    assert learned.before < learned.held_out <= 10
    assert learned.digits_after / learned.digits == pytest.approx(ended.test_accuracy)
    assert learned.digits_before / learned.digits == pytest.approx(zoo.find(MODEL).test_accuracy)
    assert RECIPES[MODEL].config.network == config.network
