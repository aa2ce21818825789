"""What a person can want of a training run: begin it, change its rate, give it more epochs.

How a run is done stands in `performing`.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from digitlab.errors import DataError, InputError
from digitlab.jobs import settings
from digitlab.networks import zoo
from digitlab.store import Store
from digitlab.store.records import Job
from digitlab.store.runs import BRANCH, folder
from digitlab.training import options, recipes, speed, state
from digitlab.training.config import TrainingConfig
from digitlab.training.start import fitting_layers

OWN = "own"  # the recipe of a run that was built by hand


def submit(
    store: Store,
    config: TrainingConfig,
    *,
    name: str = "",
    recipe: str = OWN,
    threads: int | None = None,
    parent: tuple[int, int] | None = None,
    out: Path | None = None,
    command: str | None = None,
    claimed: bool = False,
) -> Job:
    """Put a training run into the store's queue, or, `claimed`, start it at once by the caller.

    Args:
        name: a label for people; "": the recipe's name.
        recipe: the recipe that it began as, even if its settings are others.
        threads: processor threads; with another number the last bits of the weights would differ after a resume.
            None: this machine's share for one job.
        parent: a run and the step of one of its checkpoints: begin with the weights it had there, and with its
            optimizer's state where the optimizer is of the same kind.
        out: folder for the weights and the card, named after the recipe; None: DIGITLAB_HOME/models, named after the
            run and the weights, so that none is overwritten.
        command: what makes the same model again, for its card; None: found out here.

    Raises:
        InputError: the checkpoint is not there or damaged, or its run has another network; or nothing of the model to
            start from fits.
        ModelError: the model to start from is not there.
    """
    if config.start_model and not parent:
        fitting_layers(config.network, zoo.find(config.start_model))  # said now, and not when its turn comes
    if command is None:
        known = recipes.RECIPES.get(recipe)
        command = options.command(known, config) if known and not parent else ""
    spec: dict[str, Any] = {
        "config": config.to_record(),
        "threads": threads or settings.threads(),
        "out": str(out.resolve()) if out else None,
        "command": command,
    }
    about: dict[str, Any] = {"name": name or recipe, "recipe": recipe, "parameters": config.network.parameters}
    if measured := speed.known():
        about["expected_epoch_seconds"] = measured.epoch_seconds(config)
    if parent is None:
        return store.runs.create(**about, spec=spec, claimed=claimed).job
    before = store.runs.get(parent[0])
    theirs = TrainingConfig.from_record(before.config)
    if theirs.network != config.network:
        raise InputError(
            f"A fork keeps the network of its run; to use other layers, start from run {before.id}'s model."
        )
    saved = next((one for one in store.runs.checkpoints(before.id) if one.step == parent[1]), None)
    if saved is None:
        raise InputError(f"Run {before.id} has no checkpoint after step {parent[1]!r}.")
    try:
        begins = state.read(folder(before.id) / saved.file, saved.sha256)
    except DataError as error:
        raise InputError(f"{error} Choose another one.") from None
    families = [{"adam", "adamw"}, {"sgd"}, {"rmsprop"}]
    same = any({theirs.optimizer, config.optimizer} <= family for family in families)
    spec["branch"] = {"sha256": saved.sha256, "same_optimizer": same}

    def bring(run: int) -> None:
        state.write(begins, folder(run) / BRANCH)  # of its own: the other run may go on, thin out, or be deleted

    about |= {"parent": before.id, "parent_step": saved.step, "parent_epochs": saved.step / theirs.steps_per_epoch}
    return store.runs.create(**about, spec=spec, claimed=claimed, prepare=bring).job


def set_rate(store: Store, run: int, rate: float) -> None:
    """Have a run take another learning rate from its next step on.

    Raises:
        InputError: the rate is out of range, or the run has ended.
    """
    config = TrainingConfig.from_record(store.runs.get(run).config)
    replace(config, learning_rate=rate)  # checks it
    store.jobs.set_rate(run, rate)


def lengthen(store: Store, run: int, epochs: int) -> None:
    """Give a finished or stopped run more epochs: `epochs` is how many there are to be altogether.

    Raises:
        InputError: the number is out of range, or the run has not ended.
    """
    found = store.runs.get(run)
    config = replace(TrainingConfig.from_record(found.config), epochs=epochs, steps=None)
    if config.total_steps <= found.job.done:
        done = found.job.done / config.steps_per_epoch
        raise InputError(f"The epochs must be more than the {done:g} that are done; they are {epochs}.")
    store.runs.lengthen(run, config.to_record())
