"""The script that a run shows does what the run did: both are run, and their weights compared."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from digitlab import home as paths
from digitlab.data.augmentation import Augmentation
from digitlab.data.mnist import Mnist
from digitlab.networks import zoo
from digitlab.networks.graph import Network
from digitlab.networks.layers import Dense, Dropout, Flatten
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Evaluated, Finished
from digitlab.training.loop import train
from digitlab.training.recipes import RECIPES
from digitlab.training.script import script
from tests.slow import quick

NETWORK = Network((Flatten(), Dense(units=16, activation="relu"), Dropout(rate=0.3), Dense(units=10)))
SMALL = TrainingConfig(
    network=NETWORK, batch_size=100, epochs=3, train_size=1000, validation="last", validation_size=500
)
TWO_CONV = RECIPES["two-conv-64-dropout"].config

RUNS: dict[str, TrainingConfig] = {
    "Nesterov, cosine, L2": replace(
        SMALL, optimizer="sgd", nesterov=True, momentum=0.8, schedule="cosine", learning_rate=0.05, l2=1e-3
    ),
    "AdamW, one-cycle, smoothed labels": replace(
        SMALL, optimizer="adamw", weight_decay=0.1, second_moment=0.99, schedule="one-cycle", label_smoothing=0.1
    ),
    "RMSprop, steps, another run's first weights": replace(
        SMALL, optimizer="rmsprop", schedule="step", step_every=1, step_factor=0.5, weights_seed=7
    ),
    "early stopping, best weights": replace(SMALL, learning_rate=0.5, epochs=30, patience=2, keep_best=True),
    "within an epoch, best weights": replace(SMALL, epochs=10, steps=25, keep_best=True, loss="categorical"),
    "averaged, best weights": replace(SMALL, weight_average=0.9, learning_rate=0.02, keep_best=True),
    "averaged": replace(SMALL, weight_average=0.9, validation="none", validation_size=0),
    "transfer": replace(
        TWO_CONV, steps=4, seed=3, start_model=zoo.find("two-conv-64-dropout").hash, frozen=("conv_1", "conv_2")
    ),
}


@pytest.fixture(autouse=True)
def mnist_as_keras_has_it(digits: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = ((digits.x_train, digits.y_train), (digits.x_test, digits.y_test))
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: arrays)  # it would fetch the same digits


def run(config: TrainingConfig) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(script(config, 'A "run" with \\ and \''), "script", "exec"), names)
    return names


@pytest.mark.parametrize("name", quick(RUNS, *list(RUNS)[1::2]))
def test_the_shown_script_ends_with_the_runs_weights(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(paths.SHIPPED_MODELS)  # where the model to start from is
    config = RUNS[name]
    names = run(config)
    shown = names["model"]
    *_, tested, finished = train(config)
    assert isinstance(finished, Finished)
    assert isinstance(tested, Evaluated)
    assert names["loss"] == pytest.approx(tested.loss, rel=2e-3), "the page and the script print one quantity"
    for theirs, ours in zip(shown.get_weights(), finished.model.get_weights(), strict=True):
        assert np.abs(theirs - ours).mean() < 1e-3 * np.abs(ours).mean() + 1e-6


def test_a_script_with_augmentation_learns(home: Path) -> None:
    config = replace(SMALL, epochs=6, learning_rate=5e-3, augmentation=Augmentation(rotation=10, thickness=0.3))
    names = run(config)
    assert names["accuracy"] > 0.6
    assert names["VARIED"] == config.augmentation
