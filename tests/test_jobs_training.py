"""Runs through the store: real digits, a small network, in this process unless a process is what matters."""

import argparse
import os
import resource
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from digitlab import home as paths
from digitlab.cli import main
from digitlab.data.augmentation import Augmentation
from digitlab.errors import InputError
from digitlab.jobs import limits, orders
from digitlab.jobs.launch import LocalProcesses
from digitlab.jobs.supervisor import Supervisor
from digitlab.networks import zoo
from digitlab.networks.graph import Network
from digitlab.networks.layers import Dense, Dropout, Flatten
from digitlab.store import Store
from digitlab.store.records import Job, SavedCheckpoint
from digitlab.store.rights import OPERATOR
from digitlab.training import options, recipes, state
from digitlab.training.best import best_epoch
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Event, Step
from digitlab.training.settings import SETTINGS
from digitlab.words import Message
from digitlab.work import performing
from digitlab.work.exchange import Exchange
from harness import kept_files
from harness.kept_files import folder
from tests.waiting import at_work, until

RECIPE = recipes.find("two-conv-64-dropout")
SMALL = TrainingConfig(
    network=Network((Flatten(), Dense(units=30, activation="relu"), Dropout(rate=0.5), Dense(units=10))),
    batch_size=2500,
    epochs=2,
    log_every=4,
)  # 24 steps an epoch


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store(busy_seconds=1.0) as opened:
        yield opened


def new_run(store: Store, config: TrainingConfig = SMALL, *, claimed: bool = True) -> Job:
    return orders.submit(OPERATOR, store, config, recipe=RECIPE.name, threads=2, claimed=claimed)


def perform(store: Store, job: Job, show: Callable[[Event], None] = lambda _: None, **more: Any) -> Job:
    with Exchange(store, job) as exchange:

        def show_and_hear(event: Event) -> None:
            show(event)
            if isinstance(event, Step):
                exchange.flush()  # whatever the run was told is heard after this very step

        performing.perform(store, exchange, show_and_hear, **more)
    return store.jobs.get(job.id)


def perform_again(store: Store, run: int) -> Job:
    claimed = store.jobs.claim_this(run)
    assert claimed is not None
    return perform(store, claimed)


def weights(store: Store, run: int) -> list[bytes]:
    model = keras.saving.load_model(kept_files.models() / f"{store.runs.get(run).model}.keras", compile=False)
    return [np.asarray(weight.numpy()).tobytes() for weight in model.weights]


def figures(store: Store, run: int) -> list[Any]:
    steps = [replace(step, digits_per_second=0.0, seconds=0.0) for step in store.runs.steps(run)]
    return [*steps, *(replace(epoch, seconds=0.0) for epoch in store.runs.epochs(run))]


def at_step(number: int, act: Callable[[], Any]) -> Callable[[Event], None]:
    """Do something once when a run has come to a step."""

    def show(event: Event) -> None:
        if isinstance(event, Step) and event.step == number:
            act()

    return show


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[bytes], list[Any]]:
    """Weights and figures of a run that nothing happened to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITLAB_HOME", str(tmp_path_factory.mktemp("undisturbed")))
        with Store() as store:
            run = perform(store, new_run(store)).id
            return weights(store, run), figures(store, run)


def test_a_trained_model_is_on_the_disk_before_its_run_counts_as_finished(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    synced: set[int] = set()
    models = kept_files.models()
    sync, rename, end = os.fsync, os.replace, store.runs.end

    def noted_sync(number: int) -> None:
        inode = os.fstat(number).st_ino
        synced.add(inode)
        if models.is_dir() and inode == models.stat().st_ino:
            done.append("folder")
        sync(number)

    def noted_rename(source: Path, target: Path) -> None:
        if target.parent == models:
            assert source.stat().st_ino in synced, f"{target.name} is not on the disk yet"
            done.append(target.suffix)
        rename(source, target)

    def noted_end(*given: Any, **more: Any) -> None:
        done.append("row")
        end(*given, **more)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_rename)
    monkeypatch.setattr(store.runs, "end", noted_end)
    assert perform(store, new_run(store, replace(SMALL, epochs=1))).state == "finished"
    assert done == [".keras", "folder", ".json", "folder", "row"]


def test_a_finished_run_has_its_curves_its_model_and_its_figures(home: Path, store: Store) -> None:
    seen: list[str] = []
    job = new_run(store)
    ended = perform(store, job, lambda event: seen.append(store.jobs.get(job.id).state))
    assert set(seen) == {"running", "finished"}
    assert ended.state == "finished"
    assert (ended.done, ended.total) == (48, 48)
    run = store.runs.get(job.id)
    assert [step.step for step in store.runs.steps(job.id)] == list(range(4, 49, 4))
    assert [epoch.step for epoch in store.runs.epochs(job.id)] == [24, 48]
    assert [saved.epoch for saved in store.runs.checkpoints(job.id)] == [1, 2]
    assert run.test_accuracy is not None
    assert run.test_accuracy > 0.7
    assert run.model is not None
    model = zoo.find(run.model)
    assert model.card["epochs"][1]["step"] == 48
    assert model.test_accuracy == run.test_accuracy
    assert not list((home / "work").iterdir())


@pytest.mark.parametrize("damage", ["cut", "altered", "gone"])
def test_the_newest_good_checkpoint_is_used_when_the_last_is_damaged(
    store: Store, undisturbed: tuple[list[bytes], list[Any]], monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setattr(performing, "SAVE_EVERY", 0.0)
    job = new_run(store)
    with pytest.raises(KilledError):
        perform(store, job, at_step(32, die))
    saved = store.runs.checkpoints(job.id)
    assert [one.step for one in saved] == [24, 30, 31]
    last = kept_files.file(saved[-1].file)
    content = last.read_bytes()
    last.unlink()
    if damage != "gone":
        last.write_bytes(content[:-9] if damage == "cut" else content[:5000] + b"damage" + content[5006:])
    store.jobs.interrupt(store.jobs.get(job.id), Message("killed"))
    assert perform_again(store, job.id).state == "finished"
    assert (weights(store, job.id), figures(store, job.id)) == undisturbed


class KilledError(BaseException):
    """Nothing catches it, and the store hears of nothing."""


def die() -> None:
    raise KilledError


def test_only_the_newest_checkpoints_within_an_epoch_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performing, "SAVE_EVERY", 0.0)
    job = new_run(store)
    perform(store, job)
    saved = store.runs.checkpoints(job.id)
    assert [(one.step, one.epoch) for one in saved] == [(24, 1), (47, None), (48, 2)]
    assert sorted(folder(job.id).glob("*.npz")) == [kept_files.file(one.file) for one in saved]


def test_of_many_epochs_checkpoints_spread_evenly_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_KEPT", limits.LEAST_KEPT + 1)
    config = replace(SMALL, batch_size=4096, epochs=9, validation="last", validation_size=500)
    job = new_run(store, replace(config, network=Network((Flatten(), Dense(units=10)))))
    perform(store, job)
    best = best_epoch(store.runs.epochs(job.id))
    assert best is not None
    assert [one.epoch for one in store.runs.checkpoints(job.id)] == sorted({4, best.epoch, 8, 9})


def test_a_run_stopped_at_the_keyboard_stops_at_once_keeps_its_weights_and_can_be_given_more_epochs(
    store: Store, undisturbed: tuple[list[bytes], list[Any]]
) -> None:
    job = new_run(store)
    pressed: list[bool] = []
    ended = perform(store, job, at_step(8, lambda: pressed.append(True)), interrupts=lambda: bool(pressed))
    assert (ended.state, ended.done) == ("stopped", 8), "after the very step, whenever the exchange's thread exchanges"
    assert store.runs.get(job.id).model is not None
    (stop,) = store.jobs.commands(job.id)
    assert (stop.kind, stop.step) == ("stop", 8)
    orders.lengthen(OPERATOR, store, job.id, 2)
    assert perform_again(store, job.id).state == "finished"
    assert (weights(store, job.id), figures(store, job.id)) == undisturbed


def test_a_finished_run_is_given_no_fewer_epochs_than_it_has(store: Store) -> None:
    job = new_run(store, replace(SMALL, epochs=1, batch_size=4096))
    perform(store, job)
    with pytest.raises(InputError, match="1 epoch in total is not more than the 1 that are done"):
        orders.lengthen(OPERATOR, store, job.id, 1)


def test_a_new_learning_rate_is_taken_and_a_wrong_one_refused(store: Store) -> None:
    job = new_run(store)
    with pytest.raises(InputError, match="Learning rate must be a number from"):
        orders.set_rate(OPERATOR, store, job.id, -1.0)

    def change() -> None:
        orders.set_rate(OPERATOR, store, job.id, 0.25)

    perform(store, job, at_step(4, change))
    (sent,) = store.jobs.commands(job.id)
    assert (sent.kind, sent.value, sent.step) == ("set-rate", 0.25, 4)
    rates = [step.learning_rate for step in store.runs.steps(job.id)]
    assert rates == [1e-3] + [0.25] * 11


def test_a_diverged_run_fails_with_a_sentence(store: Store) -> None:
    network = Network((Flatten(), Dense(units=10, initial_stddev=1e30), Dense(units=10, initial_stddev=1e30)))
    ended = perform(store, new_run(store, replace(SMALL, network=network)))
    assert ended.state == "failed"
    assert "lower learning rate" in str(ended.reason)


# --- forks ---


def test_a_fork_begins_with_a_checkpoint_of_its_own_whatever_becomes_of_its_parent(store: Store) -> None:
    parent = perform(store, new_run(store)).id
    other = replace(SMALL, epochs=1, learning_rate=1e-7, seed=9)
    fork = orders.submit(OPERATOR, store, other, name="From 24!", parent=(parent, 24), threads=2, claimed=True)
    store.runs.delete(OPERATOR, parent)
    perform(store, fork)
    run = store.runs.get(fork.id)
    assert (run.state, run.parent, run.parent_step, run.parent_epochs) == ("finished", None, 24, 1.0)
    assert [step.step for step in store.runs.steps(fork.id)] == [4, 8, 12, 16, 20, 24]
    assert store.runs.steps(fork.id)[0].loss < 2  # fresh weights give more
    assert (run.model or "").startswith("from-24-")


OPTIMIZERS: Any = SETTINGS["optimizer"].choices
ALIKE = [{"adam", "adamw"}, {"sgd"}, {"rmsprop"}]  # what one of these knows, the other can go on with


@pytest.mark.parametrize("theirs", OPTIMIZERS)
def test_a_fork_takes_the_optimizers_state_along_where_its_optimizer_is_alike(store: Store, theirs: Any) -> None:
    parent = new_run(store, replace(SMALL, optimizer=theirs))
    key = f"runs/{parent.id}/24.npz"
    sha256, size = state.write(state.State(step=24, learning_rate=1e-3, variables=[]), key)
    store.runs.exchange(parent, [SavedCheckpoint(24, 1, key, sha256, size)], 24, 48)
    for own in OPTIMIZERS:
        fork = orders.submit(OPERATOR, store, replace(SMALL, optimizer=own), parent=(parent.id, 24))
        assert fork.spec["branch"]["same_optimizer"] == any({theirs, own} <= family for family in ALIKE), own


@pytest.mark.parametrize(
    ("changes", "step", "said"),
    [
        ({}, 25, "Run 1 has no checkpoint at step 25"),
        ({"network": Network((Flatten(), Dense(units=10)))}, 24, "A fork keeps the network of its run"),
        ({}, 48, "is cut or altered. Choose another checkpoint"),
    ],
)
def test_a_fork_that_cannot_be_is_refused(store: Store, changes: dict[str, Any], step: int, said: str) -> None:
    parent = perform(store, new_run(store)).id
    kept_files.file(store.runs.checkpoints(parent)[-1].file).write_bytes(b"damaged")
    with pytest.raises(InputError, match=said):
        orders.submit(OPERATOR, store, replace(SMALL, **changes), parent=(parent, step))
    assert len(store.runs.all()) == 1


def test_a_run_that_ended_early_is_lengthened(store: Store) -> None:
    early = replace(
        SMALL, batch_size=250, train_size=500, learning_rate=0.5, validation="last", validation_size=500, patience=1
    )
    config = replace(early, epochs=9, keep_best=True)
    ended = perform(store, new_run(store, config))
    assert ended.result is not None
    assert ended.result["ended_early"]
    before = len(store.runs.epochs(ended.id))
    orders.lengthen(OPERATOR, store, ended.id, before + 1)
    assert perform_again(store, ended.id).state == "finished"
    assert len(store.runs.epochs(ended.id)) == before + 1


# --- a full disk ---


@contextmanager
def small_disk(at: Path, size: int) -> Iterator[None]:
    at.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", at], check=True)


def may_mount() -> bool:
    return (
        os.getuid() == 0
        and shutil.which("unshare") is not None
        and not subprocess.run(
            ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
        ).returncode
    )


@pytest.mark.skipif(not may_mount(), reason="only root may mount a small tmpfs; the next test limits the files' size")
def test_a_full_disk_fails_the_run_with_a_sentence_and_never_the_database(
    home: Path, undisturbed: tuple[list[bytes], list[Any]]
) -> None:
    def fill() -> None:
        with (home / "filler").open("wb", buffering=0) as filler, suppress(OSError):
            while filler.write(bytes(4096)):
                pass

    with small_disk(home, 8 << 20), Store(busy_seconds=1.0) as store:
        job = new_run(store)
        ended = perform(store, job, at_step(8, fill))
        assert ended.state == "failed"
        assert str(ended.reason) == f"The disk is full, so run {job.id} stopped. Free some space, then resume the run."
        assert sound(home / "digitlab.db")
        (home / "filler").unlink()
        store.jobs.resume(OPERATOR, job.id)
        assert perform_again(store, job.id).state == "finished"
        assert (weights(store, job.id), figures(store, job.id)) == undisturbed


def test_a_checkpoint_that_finds_no_room_fails_the_run_and_leaves_the_database(
    home: Path, store: Store, undisturbed: tuple[list[bytes], list[Any]]
) -> None:
    job = new_run(store, replace(SMALL, network=Network((Flatten(), Dense(units=1000), Dense(units=10)))))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, before[1]))  # its checkpoints take nine megabytes
    try:
        ended = perform(store, job)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert ended.state == "failed"
    assert "The disk is full" in str(ended.reason)
    assert sound(home / "digitlab.db")
    assert not list(folder(job.id).iterdir())
    assert not list((home / "work").iterdir())
    store.jobs.resume(OPERATOR, job.id)
    assert perform_again(store, job.id).state == "finished"


def sound(file: Path) -> bool:
    connection = sqlite3.connect(file)
    try:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    finally:
        connection.close()


# --- processes ---


LONG = replace(SMALL, epochs=1000, batch_size=500)


def pid(store: Store, run: int) -> int:
    return int((store.jobs.get(run).worker or "").split()[1])


def test_a_run_outlives_its_server_is_paused_resumed_killed_resumed_and_stopped(store: Store) -> None:
    launcher = LocalProcesses()
    run = new_run(store, LONG, claimed=False).id
    command = [sys.executable, "-m", "digitlab", "supervise"]
    server = subprocess.Popen(command, cwd=paths.ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert "Supervising" in server.stdout.readline()
        assert server.stdout.readline() == f"Started: training {run}\n"
        until(lambda: bool(store.runs.steps(run)))
    finally:
        server.kill()
        server.communicate()
    first = store.jobs.get(run).worker or ""
    last = store.runs.steps(run)[-1].step
    until(lambda: bool(store.runs.steps(run, after=last)))  # nobody supervises, and it goes on

    store.jobs.pause(OPERATOR, run)
    until(lambda: store.jobs.get(run).state == "paused")
    resting = store.runs.steps(run)
    store.jobs.resume(OPERATOR, run)
    until(lambda: bool(store.runs.steps(run, after=resting[-1].step)))
    assert store.jobs.get(run).worker == first  # the process that had paused went on

    os.kill(pid(store, run), signal.SIGKILL)
    with at_work(Supervisor(store, slots=1, launcher=launcher)):
        until(lambda: store.jobs.get(run).worker not in (None, first) and store.jobs.get(run).state == "running")
        second = store.jobs.get(run).worker or ""
        store.jobs.stop(OPERATOR, run)
        until(lambda: store.jobs.get(run).state == "stopped")
        until(lambda: launcher.alive([second])[second] == "ended")
    steps = [step.step for step in store.runs.steps(run)]
    assert steps == sorted(set(steps))
    assert store.runs.get(run).test_accuracy is not None


def test_a_worker_told_to_go_writes_a_checkpoint_first(store: Store) -> None:
    told: list[bool] = []
    job = new_run(store)
    ended = perform(store, job, at_step(8, lambda: told.append(True)), leaves=lambda: bool(told))
    assert ended.state == "queued"  # it was interrupted, for the first time
    assert [saved.step for saved in store.runs.checkpoints(job.id)] == [8]


# --- the command line ---


def test_a_run_of_the_command_line_is_a_run_like_any_other(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(recipes.RECIPES, "small", replace(RECIPE, name="small", config=SMALL))
    given = ["--epochs", "1", "--batch-size", "4096", "--seed", "3", "--optimizer", "sgd", "--nesterov"]
    given += ["--train-size", "5000", "--rotation", "5"]
    assert main(["train", "small", *given, "--frozen", "dense_1", "--start-model", "pen", "--json"]) == 2
    assert "No layer of pen has the name and shape" in capsys.readouterr().err
    assert main(["train", "small", *given, "--frozen", "dense_1", "--json"]) == 0
    (run,) = store.runs.all()
    made = run.spec.config
    assert made == replace(
        SMALL,
        epochs=1,
        batch_size=4096,
        seed=3,
        optimizer="sgd",
        nesterov=True,
        train_size=5000,
        frozen=("dense_1",),
        augmentation=Augmentation(rotation=5),
    )
    again = shlex.split(zoo.find(run.model or "").card["command"])
    parser = argparse.ArgumentParser()
    options.add_to(parser)
    assert options.changed(SMALL, parser.parse_args(again[5:])) == made
    assert run.state == "finished"
    assert len(store.runs.epochs(run.id)) == 1
    assert run.spec.config.seed == 3
    capsys.readouterr()
    assert main(["runs"]) == 0
    assert capsys.readouterr().out.split()[:4] == ["1", "finished", "–", "small"]
    assert main(["runs", "--json"]) == 0
    assert '"state": "finished"' in capsys.readouterr().out


def test_a_database_that_cannot_be_used_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIGITLAB_DATABASE_URL", "nonsense")
    for command in (["runs"], ["supervise"], ["train", "two-conv-128"]):
        assert main(command) == 2
        said = capsys.readouterr().err
        assert said.startswith("digitlab: DIGITLAB_DATABASE_URL cannot be used")
        assert said.count("\n") == 1


def test_a_home_that_cannot_be_made_is_told_in_one_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home.write_text("a file stands where the folder should be", encoding="utf-8")
    monkeypatch.setenv("DIGITLAB_HOME", str(home / "within"))
    assert main(["runs"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"digitlab: The folder {home / 'within'} cannot be made")
    assert "DIGITLAB_HOME" in said
    assert said.count("\n") == 1
