"""Going on from a checkpoint, within one process; tests/test_kill.py does it with processes that are killed."""

import errno
import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from digitlab.data.augmentation import Augmentation
from digitlab.errors import BlobFullError, DataError, InputError
from digitlab.networks.graph import Network
from digitlab.networks.layers import BatchNorm, Conv, Dense, Dropout, Flatten, MaxPool
from digitlab.training import state
from digitlab.training.best import Best
from digitlab.training.config import TrainingConfig
from digitlab.training.events import (
    Checkpoint,
    Command,
    Commands,
    Epoch,
    Event,
    Finished,
    GoOn,
    Save,
    SetRate,
    Step,
    Stop,
)
from digitlab.training.loop import train
from digitlab.training.recipes import RECIPES
from digitlab.training.state import Branch, State
from harness import kept_files

KEY = "runs/1/checkpoint.npz"

SMALL = TrainingConfig(network=Network((Flatten(), Dropout(rate=0.5), Dense(units=10))), batch_size=4096, epochs=2)
EVERYTHING = TrainingConfig(
    network=Network(
        (
            Conv(filters=4, kernel=5, stride=3, use_bias=False),
            BatchNorm(),
            MaxPool(),
            Dropout(rate=0.25),
            Flatten(),
            Dense(units=10),
        )
    ),
    batch_size=16,
    steps=40,
    log_every=4,
    schedule="one-cycle",
    weight_average=0.9,
    label_smoothing=0.1,
    augmentation=Augmentation(rotation=10, shift=2, noise=0.1, thickness=0.3),
)


def at(commands: dict[int, list[Command]]) -> Commands:
    """Commands by the step after which they come."""

    def source(step: int) -> Iterable[Command]:
        return commands.get(step, [])

    return source


def figures(events: Iterable[Event]) -> list[Any]:
    """What Step and Epoch events say, without the times."""
    said: list[Any] = []
    for event in events:
        match event:
            case Step():
                said.append(replace(event, digits_per_second=0.0, seconds=0.0))
            case Epoch():
                said.append(replace(event, seconds=0.0))
    return said


def weights(events: list[Event]) -> list[bytes]:
    assert isinstance(events[-1], Finished)
    return [weight.tobytes() for weight in events[-1].model.get_weights()]


def checkpoints(events: Iterable[Event]) -> list[State]:
    return [event.state for event in events if isinstance(event, Checkpoint)]


def test_a_resumed_run_ends_with_the_same_weights_and_figures() -> None:
    whole = list(train(EVERYTHING, at({16: [SetRate(5e-3)], 24: [Save()]})))
    kept = checkpoints(whole)
    assert [saved.step for saved in kept] == [24, 40]
    for saved in kept:
        sha256, _ = state.write(saved, KEY)
        again = list(train(EVERYTHING, resume=state.read(KEY, sha256)))
        assert weights(again) == weights(whole)
        assert figures(again) == [event for event in figures(whole) if event.step > saved.step]


EARLY = TrainingConfig(
    network=Network((Flatten(), Dense(units=10))),
    batch_size=250,
    epochs=12,
    learning_rate=0.5,
    train_size=500,
    validation="first",
    validation_size=500,
    patience=2,
    keep_best=True,
    optimizer="sgd",
    nesterov=True,
    l2=1e-4,
)


def test_patience_and_the_best_weights_go_on_where_they_were() -> None:
    whole = list(train(EARLY))
    assert isinstance(whole[-1], Finished)
    assert whole[-1].ended_early
    assert whole[-1].kept_epoch
    for saved in (checkpoints(whole)[1], checkpoints(whole)[-1]):
        sha256, _ = state.write(saved, KEY)
        again = list(train(EARLY, resume=state.read(KEY, sha256)))
        assert weights(again) == weights(whole)
        assert isinstance(again[-1], Finished)
        assert (again[-1].kept_epoch, again[-1].ended_early) == (whole[-1].kept_epoch, True)


def test_a_run_that_ended_early_goes_on_when_it_is_told_to() -> None:
    short = checkpoints(train(EARLY))[-1]
    replayed = list(train(EARLY, at({short.step: [GoOn()]})))
    later = list(train(EARLY, resume=replace(short, waited=0)))
    assert weights(replayed) == weights(later)
    assert [event.step for event in figures(later)] == [
        event.step for event in figures(replayed) if event.step > short.step
    ]
    assert figures(later)


def test_a_branch_begins_with_the_weights_and_the_optimizer_of_another_run() -> None:
    parent = checkpoints(train(EVERYTHING, at({24: [Save()]})))[0]
    child = replace(EVERYTHING, steps=8, seed=5)
    first = [list(train(child, at({4: [Save()]}), branch=Branch(parent, same))) for same in (True, False)]
    assert weights(first[0]) != weights(first[1])
    kept = checkpoints(first[0])[0]
    assert weights(list(train(child, resume=kept))) == weights(first[0])
    slow = replace(child, learning_rate=1e-7, weight_average=0.0, schedule="constant")
    last = list(train(slow, branch=Branch(parent, False)))[-1]
    assert isinstance(last, Finished)
    np.testing.assert_allclose(last.model.get_weights()[0], parent.variables[0], atol=1e-4)
    with pytest.raises(DataError, match="another network"):
        list(train(SMALL, branch=Branch(parent, True)))


def test_a_branch_drops_units_by_its_own_seed_and_not_by_its_parents() -> None:
    parent = checkpoints(train(EVERYTHING, at({24: [Save()]})))[0]
    is_seed = [value.dtype == np.int64 and value.shape == (2,) for value in parent.variables]  # of dropout
    assert any(is_seed)
    other = [value + 1 if seed else value for value, seed in zip(parent.variables, is_seed, strict=True)]
    child = replace(EVERYTHING, steps=8)
    ends = [list(train(child, branch=Branch(state, True))) for state in (parent, replace(parent, variables=other))]
    assert weights(ends[0]) == weights(ends[1])


def test_a_run_stopped_at_a_step_is_still_stopped_when_it_goes_on_from_there() -> None:
    whole = list(train(EVERYTHING, at({20: [Stop()]})))
    (saved,) = checkpoints(whole)
    again = list(train(EVERYTHING, resume=saved))
    assert isinstance(again[-1], Finished)
    assert again[-1].stopped
    assert weights(again) == weights(whole)
    assert not figures(again)


def test_an_epoch_in_which_a_run_was_stopped_counts_whole_once_it_goes_on() -> None:
    stopped = checkpoints(train(SMALL, at({7: [Stop()]})))[-1]
    assert stopped.step == 7
    again = figures(train(SMALL, resume=replace(stopped, stopped=False)))
    assert again == [event for event in figures(train(SMALL)) if event.step > 7]


def test_each_epoch_ends_with_a_checkpoint_from_which_the_next_goes_on() -> None:
    whole = list(train(SMALL))
    first, last = checkpoints(whole)
    assert (first.step, last.step) == (15, 30)
    again = list(train(SMALL, resume=first))
    assert weights(again) == weights(whole)
    assert [event.epoch for event in again if isinstance(event, Epoch)] == [2]


def test_a_finished_run_can_be_given_more_epochs() -> None:
    longer = list(train(replace(SMALL, epochs=3)))
    again = list(train(replace(SMALL, epochs=3), resume=checkpoints(train(SMALL))[-1]))
    assert weights(again) == weights(longer)


def test_a_checkpoint_of_another_network_is_refused() -> None:
    saved = checkpoints(train(SMALL))[0]
    with pytest.raises(DataError, match="another network"):
        list(train(EVERYTHING, resume=saved))


def some_state() -> State:
    return State(step=7, learning_rate=0.1, variables=[np.arange(5.0), np.array(3, np.int64)], totals=(1.5, 2.0, 3.0))


def test_of_epochs_with_one_accuracy_the_one_with_the_lowest_loss_is_the_best() -> None:
    best = Best(EARLY, replace(some_state(), best=None, waited=0, best_weights=[]))
    for epoch, loss in enumerate((0.5, 0.4, 0.45), 1):
        best.look(epoch, 0.9, loss, list)
    assert best.found == (0.9, 0.4, 2)
    assert best.waited == 1


def test_a_state_is_read_as_it_was_written() -> None:
    sha256, size = state.write(some_state(), KEY)
    assert size == kept_files.file(KEY).stat().st_size
    read = state.read(KEY, sha256)
    assert replace(read, variables=[]) == replace(some_state(), variables=[])
    for before, after in zip(some_state().variables, read.variables, strict=True):
        np.testing.assert_array_equal(after, before)
        assert after.dtype == before.dtype


def test_a_cut_or_altered_state_is_noticed() -> None:
    file = kept_files.file(KEY)
    sha256, _ = state.write(some_state(), KEY)
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:100] + b"?" + whole[101:], b""):
        file.write_bytes(damaged)
        with pytest.raises(DataError, match=r"checkpoint\.npz is cut or altered"):
            state.read(KEY, sha256)
    file.unlink()
    with pytest.raises(DataError, match="missing"):
        state.read(KEY, sha256)


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_state_that_cannot_be_written_leaves_the_one_before(monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    file = kept_files.file(KEY)
    sha256, _ = state.write(some_state(), KEY)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(BlobFullError, match="no room left"):
        state.write(replace(some_state(), step=8), KEY)
    assert state.read(KEY, sha256).step == 7
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("config", [SMALL, EVERYTHING, EARLY, *(recipe.config for recipe in RECIPES.values())])
def test_a_configuration_survives_json(config: TrainingConfig) -> None:
    import json

    assert TrainingConfig.from_record(json.loads(json.dumps(config.to_record()))) == config


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"swirl": 0.9}, "no setting “swirl”"),
        ({"augmentation": {"swirl": 1}}, "no setting “swirl”"),
        ({"epochs": 0}, "Epochs must be a whole number"),
        ({"network": [{"kind": "lstm"}]}, "DigitLab does not know this layer"),
    ],
)
def test_a_record_with_a_wrong_setting_is_refused_by_name(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        TrainingConfig.from_record(SMALL.to_record() | change)
