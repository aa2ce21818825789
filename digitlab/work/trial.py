"""A worker's part in a search: it asks what to try, reports each epoch, and stops a trial that is pruned."""

import logging
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from digitlab.errors import InputError, StoreBusyError, StoreError
from digitlab.search import study
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.store.runs import prefix
from digitlab.training.events import Epoch, Event
from digitlab.training.space import apply
from digitlab.training.spec import TrainingSpec
from digitlab.work import performing
from digitlab.work.exchange import Exchange

log = logging.getLogger(__name__)


def perform(store: Store, exchange: Exchange, leaves: Callable[[], bool] = lambda: False) -> None:
    """Do a training run that is a search's trial; like any other if the search has been deleted.

    What it was asked to try stands in the store before it trains, so that one that was killed tries the same again.

    Raises:
        InputError: the settings that were chosen do not go together; the run fails with that sentence.
        DataError: what is stored of the run cannot be read; likewise.
        SupersededError: the job was claimed again, or deleted.
        StoreError: the database cannot be used.
    """
    mine = store.searches.trial(exchange.job.id)
    if mine is None:
        performing.perform(store, exchange, leaves=leaves)
        return
    search = store.searches.get(mine.search)
    with study.opened(store, search, mine.number) as opened:
        study.settle(opened, store.searches.trials(search.id))
        trial = study.asked(opened, exchange.job.id)
        if mine.settings is None:
            trial = study.ask(opened, search, exchange.job.id)
            spec = TrainingSpec.from_record(exchange.job.spec)
            # Its weights lie with its checkpoints: not every trial's model should be offered on the Draw page.
            spec = replace(spec, config=apply(spec.config, trial.params), out=prefix(exchange.job.id).rstrip("/"))
            exchange.change(lambda: store.searches.begin(exchange.job, trial.params, spec.to_record()))

        def report(event: Event) -> None:
            if trial is None or not isinstance(event, Epoch) or event.val_accuracy is None:
                return
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an epoch that is done again after a kill was reported before
                trial.report(event.val_accuracy, event.epoch)
            total = exchange.job.total
            if (total is None or event.step < total) and trial.should_prune():
                log.info("Trial %d has no hope after epoch %d.", mine.number + 1, event.epoch)
                with suppress(InputError, StoreBusyError):  # it ended in this moment, or is asked with the next epoch
                    store.searches.prune(exchange.job)
                    store.jobs.stop(OPERATOR, exchange.job.id)
                    exchange.flush()  # and it is heard after the next step

        performing.perform(store, exchange, report, leaves=leaves)
        with suppress(StoreError):  # else the next trial's worker reports the result
            study.settle(opened, store.searches.trials(search.id))
