"""What a person can want of a training run: begin it, change its rate, give it more epochs.

How a run is done stands in `performing`.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from digitlab.errors import DataError, InputError
from digitlab.jobs import class_limits, expecting, limits, settings
from digitlab.store import Store
from digitlab.store.records import Job
from digitlab.store.rights import Person
from digitlab.store.runs import BRANCH, prefix
from digitlab.training import options, recipes, state
from digitlab.training.config import TrainingConfig
from digitlab.training.spec import Fork, TrainingSpec
from digitlab.training.start import fitting_layers
from digitlab.words import Message, message, plural_message

OWN = "own"  # the recipe of a run that was built by hand


def submit(
    person: Person,
    store: Store,
    config: TrainingConfig,
    *,
    name: Message | str = "",
    note: str = "",
    tags: Sequence[str] = (),
    recipe: str = OWN,
    threads: int | None = None,
    parent: tuple[int, int] | None = None,
    out: Path | None = None,
    command: str | None = None,
    claimed: bool = False,
) -> Job:
    """Put a training run into the store's queue, or, `claimed`, start it at once by the caller.

    Args:
        person: whose it is; nothing limits the server's operator.
        name: a label for people; "": the recipe's name.
        note, tags: what people write of it besides (`describing.described` checks that).
        recipe: the recipe that it began as, even if its settings are others.
        threads: processor threads; with another number the last bits of the weights would differ after a resume.
            None: what its pool gives a job.
        parent: a run and the step of one of its checkpoints: begin with the weights it had there, and with its
            optimizer's state where the optimizer is of the same kind.
        out: folder for the weights and the card, named after the recipe; None: DIGITLAB_HOME/models, named after the
            run and the weights, so that none is overwritten.
        command: what makes the same model again, for its card; None: found out here.

    Raises:
        InputError: it is more than this server or this person is allowed; the checkpoint is not there or damaged, or
            its run has another network; or nothing of the model to start from fits.
        ModelError: the model to start from is not there.
    """
    class_limits.check_recipe(person, store, recipe)
    if config.start_model and not parent:
        fitting_layers(
            config.network, store.models.find(person, config.start_model)
        )  # said now, and not when its turn comes
    if command is None:
        known = recipes.RECIPES.get(recipe)
        command = options.command(known, config) if known and not parent else ""
    spec = TrainingSpec(
        config=config,
        threads=threads or settings.threads_in_pool(store),
        out=out.resolve() if out else None,
        command=command,
    )
    about: dict[str, Any] = {"name": name or recipe, "recipe": recipe, "parameters": config.network.parameters}
    about |= {"note": note, "tags": tuple(tags)}
    about["expected_epoch_seconds"] = expecting.known_epoch_seconds(store, config)
    costs = limits.cost(config)
    allow = class_limits.allow(person, store, costs)
    about |= {"checkpoint_bytes": costs.checkpoint_bytes, "allow": allow, "pool": settings.pool()}
    about["expected_seconds"] = costs.seconds
    if parent is None:
        return store.runs.create(person, **about, spec=spec.to_record(), claimed=claimed).job
    before = store.runs.seen(person, parent[0])
    theirs = before.spec.config
    if theirs.network != config.network:
        raise InputError(
            message(
                "A fork keeps the network of its run; to use other layers, start from the model of run {run}.",
                run=str(before.id),
            )
        )
    saved = next((one for one in store.runs.checkpoints(before.id) if one.step == parent[1]), None)
    if saved is None:
        raise InputError(
            message("Run {run} has no checkpoint at step {step}.", run=str(before.id), step=str(parent[1]))
        )
    try:
        begins = state.read(saved.file, saved.sha256)
    except DataError as error:
        raise InputError(message("{why} Choose another checkpoint.", why=error.message)) from None
    families = [{"adam", "adamw"}, {"sgd"}, {"rmsprop"}]
    same = any({theirs.optimizer, config.optimizer} <= family for family in families)
    record = replace(spec, branch=Fork(saved.sha256, same)).to_record()

    def bring(run: int) -> None:
        state.write(begins, prefix(run) + BRANCH)  # of its own: the other run may go on, thin out, or be deleted

    about |= {"parent": before.id, "parent_step": saved.step, "parent_epochs": saved.step / theirs.steps_per_epoch}
    return store.runs.create(person, **about, spec=record, claimed=claimed, prepare=bring).job


def set_rate(person: Person, store: Store, run: int, rate: float) -> None:
    """Have a run take another learning rate from its next step on.

    Raises:
        InputError: the rate is out of range, the run has ended, or this person may not.
    """
    store.runs.get(run).spec.config.with_changes(learning_rate=rate)  # checks it
    store.jobs.set_rate(person, run, rate)


def lengthen(person: Person, store: Store, run: int, epochs: int) -> None:
    """Give a finished or stopped run more epochs: `epochs` is how many there are to be altogether.

    Raises:
        InputError: the number is out of range, the run has not ended, or this person may not, or not so much.
    """
    found = store.runs.get(run)
    config = found.spec.config.with_changes(epochs=epochs)
    if config.total_steps <= found.job.done:
        done = found.job.done / config.steps_per_epoch
        raise InputError(
            plural_message(
                "{n} epoch in total is not more than the {done} that are done.",
                "{n} epochs in total are not more than the {done} that are done.",
                epochs,
                done=done,
            )
        )
    costs = limits.cost(config)
    allow = class_limits.allow(person, store, costs)
    about: dict[str, Any] = {"checkpoint_bytes": costs.checkpoint_bytes, "expected_seconds": costs.seconds}
    store.runs.lengthen(person, run, config, allow=allow, **about)
