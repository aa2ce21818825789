"""Small runs that other tests look at."""

from dataclasses import replace
from pathlib import Path

import pytest

from digitlab.jobs import orders
from digitlab.networks.graph import Network
from digitlab.networks.layers import Dense, Flatten
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.training import recipes
from digitlab.training.config import TrainingConfig
from digitlab.work import performing
from digitlab.work.exchange import Exchange

CONFIG = TrainingConfig(
    network=Network((Flatten(), Dense(units=10))),
    batch_size=2500,
    epochs=2,
    log_every=4,
    validation="last",
    validation_size=5000,
)  # 22 steps an epoch
SECOND = replace(CONFIG, learning_rate=4e-3, epochs=3)


def train(store: Store, config: TrainingConfig = CONFIG, **more: object) -> int:
    """A whole run in this process; returns its number."""
    recipe = recipes.find("two-conv-64-logits")
    job = orders.submit(
        OPERATOR, store, config, recipe=recipe.name, threads=2, claimed=True, command="python -m digitlab train …"
    )
    with Exchange(store, job) as exchange:
        performing.perform(store, exchange)
    return job.id


def home_with_two_runs(folder: Path) -> None:
    """Fill DIGITLAB_HOME `folder` with run 1 (CONFIG) and run 2 (SECOND)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITLAB_HOME", str(folder))
        with Store() as store:
            assert [train(store), train(store, SECOND)] == [1, 2]
