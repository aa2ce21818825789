"""A run that is killed at chosen moments, one after the other, beside one that is left in peace."""

import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from digitlab import home
from digitlab.data.augmentation import Augmentation
from digitlab.jobs import logs, orders
from digitlab.jobs.supervisor import Supervisor
from digitlab.networks import weights_file, zoo
from digitlab.networks.graph import Network
from digitlab.networks.layers import BatchNorm, Conv, Dense, Dropout, Flatten
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.store.transitions import Transitions
from digitlab.training import recipes
from digitlab.training.config import TrainingConfig
from harness.dying_worker import MOMENTS

Kill = tuple[str, int]  # at which moment, and the how manieth of its kind in its process

KILLS = 10
PATIENCE = 300.0  # seconds for a process that hangs
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


def drawn_by_lot(rng: random.Random) -> list[Kill]:
    """Ten moments, the three that matter most among them."""
    others = [moment for moment in MOMENTS if moment not in ALWAYS]
    moments = [*ALWAYS, *rng.sample(others, KILLS - len(ALWAYS))]
    rng.shuffle(moments)
    moments.sort(key=lambda moment: moment.startswith("the model"))  # there is no other moment after these
    return [(moment, 1 if moment in SELDOM else rng.randint(1, 3)) for moment in moments]


def check_kills(store: Store, kills: Sequence[Kill]) -> None:
    """Raises AssertionError if a run that is killed like that ends otherwise than one that is left in peace."""
    whole, killed = _new_run(store), _new_run(store)
    onlooker = Supervisor(store, slots=0)  # sees which workers are gone, starts none
    with started(whole, "never", 0) as undisturbed:
        for number, (moment, count) in enumerate(kills, start=1):
            with started(killed, moment, count) as process:
                code = process.wait(timeout=PATIENCE)
            log = logs.file(killed, 0).read_text(encoding="utf-8")
            assert code == -signal.SIGKILL, f"{moment}, {count}: {log}"
            onlooker.look()
            by_itself = number % 2 == 1  # once, and once more whenever a person has said so
            assert store.jobs.get(killed).state == ("queued" if by_itself else "interrupted")
            if not by_itself:
                store.jobs.resume(OPERATOR, killed)
        with started(killed, "never", 0) as last:
            assert last.wait(timeout=PATIENCE) == 0
        assert undisturbed.wait(timeout=PATIENCE) == 0
    assert store.jobs.get(killed).state == store.jobs.get(whole).state == "finished"
    assert store.jobs.get(killed).attempt == len(kills) + 1
    assert figures(store, killed) == figures(store, whole)
    assert len(store.runs.steps(killed)) == CONFIG.total_steps
    assert len(store.runs.epochs(killed)) == CONFIG.epochs
    assert weights(store, killed) == weights(store, whole)


def _new_run(store: Store) -> int:
    """A run that gets another learning rate after step 9."""
    run = orders.submit(OPERATOR, store, CONFIG, recipe=RECIPE.name, threads=2).id
    orders.set_rate(OPERATOR, store, run, 3e-3)
    with store.database.write() as connection:
        Transitions(store.clock).take(connection, store.jobs.commands(run)[0].id, 9)
    return run


@contextmanager
def started(run: int, moment: str, count: int) -> Iterator[subprocess.Popen[bytes]]:
    """A dying worker; it is gone at the end in any case."""
    log = logs.file(run, 0)
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "harness.dying_worker", str(run), moment, str(count)]
    with log.open("ab") as out, subprocess.Popen(command, cwd=home.ROOT, stdout=out, stderr=out) as process:
        try:
            yield process
        finally:
            process.kill()


def figures(store: Store, run: int) -> list[Any]:
    """A run's rows, without what the clock says."""
    steps = [replace(step, digits_per_second=0.0, seconds=0.0) for step in store.runs.steps(run)]
    return [*steps, *(replace(epoch, seconds=0.0) for epoch in store.runs.epochs(run))]


def weights(store: Store, run: int) -> dict[str, list[bytes]]:
    layers = weights_file.read(zoo.find(str(store.runs.get(run).model)).file)
    return {name: [array.tobytes() for array in layer.arrays] for name, layer in layers.items()}
