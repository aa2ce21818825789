"""Beginning a search: what all trials have in common, and what is to be varied."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from digitlab.errors import InputError
from digitlab.jobs import settings
from digitlab.search import study
from digitlab.search.space import Dimension, check, grid, to_records
from digitlab.store import Store
from digitlab.store.searches import Search
from digitlab.training.config import TrainingConfig

MOST = 500  # trials
HELD_OUT = 5000  # digits that trials are compared by, where their recipe holds none out


def base(config: TrainingConfig, epochs: int | None = None, train_size: int | None = None) -> TrainingConfig:
    """What the trials of a search begin with: some epochs, perhaps of fewer digits, and digits to compare them by.

    Raises:
        InputError: a number is out of range.
    """
    if config.validation not in ("first", "last"):
        config = replace(config, validation="last", validation_size=HELD_OUT)
    changes: dict[str, Any] = {}
    if epochs is not None:
        changes |= {"epochs": epochs, "steps": None}
    if train_size is not None:
        changes["train_size"] = train_size
    return replace(config, **changes)


def begin(
    store: Store,
    *,
    recipe: str,
    config: TrainingConfig,
    space: Sequence[Dimension],
    sampler: str,
    pruner: str,
    trials: int,
    seed: int = 0,
    name: str = "",
) -> Search:
    """Begin a search; the supervisor puts its trials into the queue.

    Args:
        config: what all trials have in common; they are compared by its held-out digits.
        sampler, pruner: of study.SAMPLERS and study.PRUNERS.
        trials: how many there are to be; a grid has as many as combinations, whatever this says.

    Raises:
        InputError: something cannot be searched like that; the sentence says what.
        StoreError: the database cannot be used.
    """
    study.check(sampler, pruner)
    check(config, space)
    if config.exposure is not None:
        raise InputError(f"{recipe} learns what is no digit as well; a search takes recipes that learn digits alone.")
    if config.validation not in ("first", "last"):
        raise InputError("The trials of a search are compared by held-out training digits; hold some out.")
    if sampler == "grid":
        trials = len(grid(space))
    elif isinstance(trials, bool) or not isinstance(trials, int) or not 1 <= trials <= MOST:
        raise InputError(f"A search has 1 to {MOST} trials; these are {trials!r}.")
    plan = {
        "run": {"config": config.to_record(), "threads": settings.threads(), "out": None, "command": ""},
        "parameters": config.network.parameters,
        "space": to_records(space),
        "sampler": sampler,
        "pruner": pruner,
        "trials": trials,
        "seed": seed,
    }
    return store.searches.create(name=name or f"Search over {recipe}", recipe=recipe, plan=plan)
