"""Beginning a search: what all trials have in common, and what is to be varied."""

import math
from collections.abc import Sequence
from typing import Any

from digitlab.errors import InputError
from digitlab.jobs import class_limits, limits, settings
from digitlab.search import study
from digitlab.store import Store
from digitlab.store.rights import Person
from digitlab.store.searches import Search
from digitlab.training.config import TrainingConfig
from digitlab.training.search_plan import Pruner, Sampler, SearchPlan
from digitlab.training.shapes import SHAPES
from digitlab.training.space import Dimension, apply, grid
from digitlab.training.spec import TrainingSpec
from digitlab.words import message

_COSTLY = ("epochs", "steps", "batch_size", "train_size", *SHAPES)


def base(config: TrainingConfig, epochs: int | None = None, train_size: int | None = None) -> TrainingConfig:
    """What the trials of a search begin with: some epochs, perhaps of fewer digits, and digits to compare them by.

    Raises:
        InputError: a number is out of range.
    """
    changes: dict[str, Any] = {}
    if config.validation not in ("first", "last"):
        changes["validation"] = "last"
    if epochs is not None:
        changes["epochs"] = epochs
    if train_size is not None:
        changes["train_size"] = train_size
    return config.with_changes(**changes)


def begin(
    person: Person,
    store: Store,
    *,
    recipe: str,
    config: TrainingConfig,
    space: Sequence[Dimension],
    sampler: Sampler,
    pruner: Pruner | None,
    trials: int,
    seed: int = 0,
    name: str = "",
) -> Search:
    """Begin a search; the supervisor puts its trials into the queue.

    Args:
        person: whose it is; nothing limits the server's operator.
        config: what all trials have in common; they are compared by its held-out digits.
        sampler, pruner: of SAMPLERS and PRUNERS; a pruner of None is the usual one of the sampler.
        trials: how many there are to be; a grid has as many as combinations, whatever this says.

    Raises:
        InputError: something cannot be searched like that, or it is more than this person is allowed.
        StoreError: the database cannot be used.
    """
    if config.exposure is not None:
        raise InputError(
            message(
                "{recipe} also learns from images that are no digits; choose a recipe that learns from digits only.",
                recipe=recipe,
            )
        )
    costs = limits.cost(_most(config, space))
    plan = SearchPlan(
        run=TrainingSpec(config=config, threads=settings.threads_in_pool(store)),
        space=tuple(space),
        sampler=sampler,
        pruner=usual_pruner(sampler) if pruner is None else pruner,
        trials=len(grid(space)) if sampler == "grid" else trials,
        seed=seed,
        checkpoint_bytes=math.ceil(costs.checkpoint_bytes),
    )
    allow = class_limits.allow(person, store, costs, plan.trials)
    study.prepare(store)
    title = name or message("Search over {recipe}", recipe=recipe)
    pool = settings.pool()
    return store.searches.create(person, name=title, recipe=recipe, plan=plan, allow=allow, pool=pool)


def usual_pruner(sampler: Sampler) -> Pruner:
    """Who stops trials unless somebody says otherwise: in a grid nobody, since each combination is to be known."""
    return "none" if sampler == "grid" else "median"


def _most(config: TrainingConfig, space: Sequence[Dimension]) -> TrainingConfig:
    """The trial that takes most: what is varied and has a say in that, at its highest."""
    return apply(config, {one.name: max(one.ends()) for one in space if one.name in _COSTLY})
