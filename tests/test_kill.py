"""Killing a run again and again: it ends as if nothing had happened."""

import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from digitlab import home as places
from digitlab.data.augmentation import Augmentation
from digitlab.jobs import training
from digitlab.jobs.supervisor import Supervisor
from digitlab.networks.graph import Network
from digitlab.networks.layers import BatchNorm, Conv, Dense, Dropout, Flatten
from digitlab.store import Store
from digitlab.store.runs import folder
from digitlab.training import recipes
from digitlab.training.config import TrainingConfig
from tests.dying_worker import MOMENTS

KILLS = 10
ALWAYS = ("a checkpoint is about to be renamed", "it validates", "a metric is said and not yet written")
SELDOM = tuple(moment for moment in MOMENTS if moment.startswith(("it", "the model")))  # once a process or an epoch
RECIPE = recipes.find("two-conv-64-dropout")
CONFIG = TrainingConfig(
    network=Network(
        (
            Conv(filters=4, kernel=7, stride=7, use_bias=False),
            BatchNorm(),
            Dropout(rate=0.25),
            Flatten(),
            Dense(units=10),
        )
    ),
    batch_size=4000,
    epochs=4,
    validation="last",
    validation_size=5000,
    log_every=1,
    schedule="one-cycle",
    weight_average=0.9,
    augmentation=Augmentation(noise=0.1),
)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store() as opened:
        yield opened


def new_run(store: Store) -> int:
    """A run that gets another learning rate after step 9."""
    run = training.submit(store, CONFIG, recipe=RECIPE.name, threads=2).id
    training.set_rate(store, run, 3e-3)
    with store.database.write() as connection:
        store.jobs.take(connection, store.jobs.commands(run)[0].id, 9)
    return run


@contextmanager
def started(run: int, moment: str, count: int) -> Iterator[subprocess.Popen[bytes]]:
    """A dying worker; it is gone at the end in any case."""
    log = folder(run) / "worker.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.dying_worker", str(run), moment, str(count)]
    with log.open("ab") as out, subprocess.Popen(command, cwd=places.ROOT, stdout=out, stderr=out) as process:
        try:
            yield process
        finally:
            process.kill()


def figures(store: Store, run: int) -> list[Any]:
    steps = [replace(step, digits_per_second=0.0, seconds=0.0) for step in store.runs.steps(run)]
    return [*steps, *(replace(epoch, seconds=0.0) for epoch in store.runs.epochs(run))]


def weights(store: Store, run: int) -> list[bytes]:
    model = keras.saving.load_model(places.trained_models() / f"{store.runs.get(run).model}.keras", compile=False)
    return [np.asarray(weight.numpy()).tobytes() for weight in model.weights]


def chosen(rng: random.Random) -> list[tuple[str, int]]:
    """Ten moments, the three that matter most among them, and the how manieth of its kind each is in its process."""
    others = [moment for moment in MOMENTS if moment not in ALWAYS]
    moments = [*ALWAYS, *rng.sample(others, KILLS - len(ALWAYS))]
    rng.shuffle(moments)
    moments.sort(key=lambda moment: moment.startswith("the model"))  # there is no other moment after these
    return [(moment, 1 if moment in SELDOM else rng.randint(1, 3)) for moment in moments]


def test_a_run_killed_at_ten_random_moments_ends_with_the_same_weights_and_rows(store: Store) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # pytest shows it when the test fails
    whole, killed = new_run(store), new_run(store)
    onlooker = Supervisor(store, places=0)  # sees who is gone, starts nobody
    with started(whole, "never", 0) as undisturbed:
        for kill, (moment, count) in enumerate(chosen(random.Random(seed)), start=1):
            with started(killed, moment, count) as process:
                code = process.wait(timeout=120)
            log = (folder(killed) / "worker.log").read_text(encoding="utf-8")
            assert code == -signal.SIGKILL, f"{moment}, {count}: {log}"
            onlooker.look()
            by_itself = kill % 2 == 1  # once, and once more whenever a person has said so
            assert store.jobs.get(killed).state == ("queued" if by_itself else "interrupted")
            if not by_itself:
                store.jobs.resume(killed)
        with started(killed, "never", 0) as last:
            assert last.wait(timeout=120) == 0
        assert undisturbed.wait(timeout=120) == 0
    assert store.jobs.get(killed).state == store.jobs.get(whole).state == "finished"
    assert store.jobs.get(killed).attempt == KILLS + 1
    assert figures(store, killed) == figures(store, whole)
    assert len(store.runs.steps(killed)) == CONFIG.total_steps
    assert len(store.runs.epochs(killed)) == CONFIG.epochs
    assert weights(store, killed) == weights(store, whole)
