"""Optuna, which chooses the next settings and the trials to prune. No other module knows Optuna.

Its storage lies in the same database, in tables of its own. (On SQLite it is made after our store has been opened,
which puts the file into WAL mode first.)
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from digitlab.errors import StoreError
from digitlab.store import Store
from digitlab.store.searches import Search, Trial
from digitlab.training.space import Dimension
from digitlab.words import message

if TYPE_CHECKING:
    import optuna

PATIENCE = 60.0  # seconds for a database that others hold locked
RUN = "run"  # the attribute by which Optuna's trial names our run


def forget(store: Store, search: Search) -> None:
    """Remove Optuna's side of a search."""
    import optuna

    with _storage(store) as storage:
        if _name(search) in optuna.get_all_study_names(storage):
            optuna.delete_study(study_name=_name(search), storage=storage)


def prepare(store: Store) -> None:
    """Make Optuna's tables, before several workers would at once and all but one fail.

    Raises:
        StoreError: the database cannot be used.
    """
    try:
        with _storage(store):
            pass
    except StoreError:  # another process made them at this moment; if not, it is as bad the second time
        with _storage(store):
            pass


@contextmanager
def opened(store: Store, search: Search, number: int) -> Iterator["optuna.Study"]:
    """The study, as the worker of one trial uses it.

    Raises:
        StoreError: the database cannot be used.
    """
    import optuna

    with _storage(store) as storage:
        # A new sampler starts its random numbers from the beginning: each trial has a seed of its own.
        sampler, pruner = _sampler(search, search.plan.seed + number), _pruner(search)
        yield optuna.create_study(
            study_name=_name(search),
            storage=storage,
            sampler=sampler,
            pruner=pruner,
            direction="maximize",
            load_if_exists=True,
        )


def ask(study: "optuna.Study", search: Search, run: int) -> "optuna.Trial":
    """The settings for a run: those that it was given before it was killed, or new ones."""
    import optuna

    if earlier := asked(study, run):
        return earlier
    trial: optuna.Trial = study.ask(distributions(search.plan.space))
    trial.set_user_attr(RUN, run)
    return trial


def asked(study: "optuna.Study", run: int) -> "optuna.Trial | None":
    """The trial of a run, unless Optuna knows already how the run ended."""
    import optuna

    for trial in study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,)):
        if trial.user_attrs.get(RUN) == run:
            return optuna.Trial(study, trial._trial_id)
    return None


def settle(study: "optuna.Study", trials: Sequence[Trial]) -> None:
    """Tell Optuna how runs ended whose worker was killed before it could."""
    import optuna

    state = optuna.trial.TrialState
    ours = {trial.run.id: trial for trial in trials}
    # By a study without a sampler: the one for grids stops what it believes to be its loop.
    teller = optuna.load_study(study_name=study.study_name, storage=study._storage)
    for trial in study.get_trials(deepcopy=False, states=(state.RUNNING,)):
        if RUN not in trial.user_attrs:
            continue
        mine = ours.get(trial.user_attrs[RUN])
        how = "deleted" if mine is None else outcome(mine)
        if mine is not None and how == "complete":
            teller.tell(trial.number, mine.run.best_validation, skip_if_finished=True)
        elif how == "pruned":
            teller.tell(trial.number, state=state.PRUNED, skip_if_finished=True)
        elif how in ("failed", "deleted"):
            teller.tell(trial.number, state=state.FAIL, skip_if_finished=True)


def outcome(trial: Trial) -> Literal["unfinished", "complete", "pruned", "failed"]:
    """What a trial's run has come to, as a search counts it."""
    if trial.run.state == "finished" and trial.run.best_validation is not None:
        return "complete"
    if trial.run.state == "stopped" and trial.pruned:
        return "pruned"
    return "failed" if trial.run.state in ("finished", "stopped", "failed") else "unfinished"


def importances(search: Search, trials: Sequence[Trial]) -> dict[str, float]:
    """How much each setting mattered, adding up to 1, the most important first; {} before there are enough trials.

    By PED-ANOVA (Watanabe, Bansal and Hutter, 2023, arXiv:2304.10255): how far the settings of the better half differ
    from those of all trials. Pruned trials do not count.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = distributions(search.plan.space)
    study = optuna.create_study(direction="maximize")
    for trial in trials:
        if trial.settings is not None and outcome(trial) == "complete":
            made = optuna.trial.create_trial(
                params=trial.settings, distributions=space, value=trial.run.best_validation
            )
            study.add_trial(made)
    done = study.get_trials(deepcopy=False)
    if len(done) < 4 or len({trial.value for trial in done}) < 2:
        return {}
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=0.5)
    found: dict[str, float] = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return found


def distributions(space: Sequence[Dimension]) -> "dict[str, optuna.distributions.BaseDistribution]":
    """The space in Optuna's words."""
    from optuna import distributions as kinds

    made: dict[str, kinds.BaseDistribution] = {}
    for one in space:
        if one.choices:
            made[one.name] = kinds.CategoricalDistribution(one.choices)
        elif one.whole:
            made[one.name] = kinds.IntDistribution(int(one.low), int(one.high), log=one.log)
        else:
            made[one.name] = kinds.FloatDistribution(one.low, one.high, log=one.log)
    return made


def _sampler(search: Search, seed: int) -> "optuna.samplers.BaseSampler":
    from optuna import samplers

    space = search.plan.space
    match search.plan.sampler:
        case "grid":
            values: dict[str, Any] = {dimension.name: dimension.grid() for dimension in space}
            return samplers.GridSampler(values, seed=search.plan.seed)  # it numbers its combinations by the seed
        case "tpe":
            return samplers.TPESampler(seed=seed, n_startup_trials=min(10, max(2, search.plan.trials // 3)))
    return samplers.RandomSampler(seed=seed)


def _pruner(search: Search) -> "optuna.pruners.BasePruner":
    from optuna import pruners

    match search.plan.pruner:
        case "median":
            return pruners.MedianPruner(n_startup_trials=2)
        case "halving":
            return pruners.SuccessiveHalvingPruner()
    return pruners.NopPruner()


@contextmanager
def _storage(store: Store) -> Iterator["optuna.storages.RDBStorage"]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    url = store.database.url
    arguments = {"timeout": PATIENCE} if url.startswith("sqlite") else {}
    storage = None
    try:
        storage = optuna.storages.RDBStorage(url, engine_kwargs={"connect_args": arguments})
        yield storage
    except (sa.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        why = (str(error).splitlines() or [""])[0]
        raise StoreError(message("The database cannot be used for a search: {why}", why=why)) from error
    finally:
        if storage is not None:
            storage.remove_session()
            storage.engine.dispose()


def _name(search: Search) -> str:
    return f"digitlab-{search.id}"
