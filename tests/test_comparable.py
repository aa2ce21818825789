"""What a run says of its layers at each row, and of training digits where its loss cannot be compared."""

from dataclasses import replace

import numpy as np
import pytest

from digitlab.data.mnist import Mnist
from digitlab.networks.graph import Network
from digitlab.networks.layers import Dense, Dropout, Flatten
from digitlab.training.batches import split
from digitlab.training.comparable import differences
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Event, Finished, Step
from digitlab.training.loop import evaluate, train
from digitlab.training.recipes import RECIPES

SMALL = TrainingConfig(
    network=Network((Flatten(), Dense(units=16, activation="relu"), Dense(units=10))),
    optimizer="sgd",
    momentum=0.0,
    learning_rate=0.05,
    batch_size=500,
    train_size=5000,
    steps=2,
    log_every=1,
    validation="last",
    validation_size=500,
)


def kernels(events: list[Event]) -> list[np.ndarray]:
    (end,) = [event for event in events if isinstance(event, Finished)]
    return [weight for weight in end.model.get_weights() if weight.ndim == 2]


def test_a_row_has_the_size_of_each_layers_weights_and_of_the_gradient_that_moved_them() -> None:
    once, twice = list(train(replace(SMALL, steps=1))), list(train(replace(SMALL, log_every=2)))
    row = [event for event in twice if isinstance(event, Step)][-1]
    assert row.layers
    assert list(row.layers) == ["dense_1", "dense_2"]
    for (weights, gradient), before, after in zip(row.layers.values(), kernels(once), kernels(twice), strict=True):
        assert weights == pytest.approx(np.linalg.norm(after), rel=1e-5)
        assert gradient == pytest.approx(np.linalg.norm(after - before) / SMALL.learning_rate, rel=1e-3)


def test_training_digits_are_read_plainly_where_the_losses_cannot_be_compared(digits: Mnist) -> None:
    smoothed = replace(SMALL, label_smoothing=0.2, steps=None, epochs=2)
    events = list(train(smoothed))
    last = [event for event in events if isinstance(event, Epoch)][-1]
    (end,) = [event for event in events if isinstance(event, Finished)]
    assert last.plain_loss is not None
    assert last.plain_accuracy is not None
    assert last.plain_loss < last.loss
    # 5,000 digits are trained on: the first 2,000 of them are read.
    trained_on = split(smoothed, digits)
    again = evaluate(end.model, smoothed, trained_on.images[:2000], trained_on.labels[:2000])
    assert again == pytest.approx((last.plain_loss, last.plain_accuracy))
    assert next(event for event in train(SMALL) if isinstance(event, Epoch)).plain_loss is None


def test_what_makes_the_losses_differ_is_said() -> None:
    assert differences(SMALL) == ()
    assert "averaged weights" in str(differences(replace(SMALL, weight_average=0.99))[0])
    dropout = replace(SMALL, network=Network((Flatten(), Dropout(rate=0.5), Dense(units=10))))
    assert "Dropout" in str(differences(dropout)[0])
    assert [str(why).split()[0] for why in differences(RECIPES["vgg"].config)] == ["Dropout", "Training", "Smoothed"]
