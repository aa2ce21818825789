"""A worker's part in a search: it asks what to try, reports each epoch, and is told when there is no hope."""

import logging
import warnings
from collections.abc import Callable
from contextlib import suppress

from digitlab.errors import InputError, StoreBusyError, StoreError
from digitlab.jobs import performing
from digitlab.jobs.link import Link
from digitlab.search import study
from digitlab.search.space import apply
from digitlab.store import Store
from digitlab.store.runs import folder
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch, Event

log = logging.getLogger(__name__)


def perform(store: Store, link: Link, leaves: Callable[[], bool] = lambda: False) -> None:
    """Do a training run that is a search's trial; like any other if the search has been deleted.

    What it was asked to try stands in the store before it trains, so that one that was killed tries the same again.

    Raises:
        InputError: the settings that were chosen do not go together; the run fails with that sentence.
        SupersededError: the job was claimed again, or deleted.
        StoreError: the database cannot be used.
    """
    mine = store.searches.trial(link.job.id)
    if mine is None:
        performing.perform(store, link, leaves=leaves)
        return
    search = store.searches.get(mine.search)
    with study.opened(store, search, mine.number) as opened:
        study.settle(opened, store.searches.trials(search.id))
        trial = study.asked(opened, link.job.id)
        if mine.settings is None:
            trial = study.ask(opened, search, link.job.id)
            config = apply(TrainingConfig.from_record(link.job.spec["config"]), trial.params)
            # Its weights lie with its checkpoints: not every trial's model should be offered on the Draw page.
            more = {"config": config.to_record(), "out": str(folder(link.job.id))}
            link.change(lambda: store.searches.begin(link.job, trial.params, link.job.spec | more))

        def report(event: Event) -> None:
            if trial is None or not isinstance(event, Epoch) or event.val_accuracy is None:
                return
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an epoch that is done again after a kill was reported before
                trial.report(event.val_accuracy, event.epoch)
            total = link.job.total
            if (total is None or event.step < total) and trial.should_prune():
                log.info("Trial %d has no hope after epoch %d.", mine.number + 1, event.epoch)
                with suppress(InputError, StoreBusyError):  # it ended in this moment, or is asked with the next epoch
                    store.searches.prune(link.job)
                    store.jobs.stop(link.job.id)
                    link.flush()  # and it is heard after the next step

        performing.perform(store, link, report, leaves=leaves)
        with suppress(StoreError):  # else the next trial's worker tells it
            study.settle(opened, store.searches.trials(search.id))
