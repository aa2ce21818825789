"""How a run ended, in a sentence: by itself, early, by hand, or before it began."""

from collections.abc import Sequence

from digitlab.store.records import Run
from digitlab.training.best import best_epoch
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Epoch
from digitlab.words import _, plural, together


def how_it_ended(run: Run, config: TrainingConfig, epochs: Sequence[Epoch]) -> str:
    """The end of a run that has finished or was stopped; "" for any other run."""
    if run.state not in ("finished", "stopped"):
        return ""
    if run.state == "stopped" and not run.job.done:
        return _("Cancelled before the training began.")
    result, last, best = run.job.result or {}, epochs[-1] if epochs else None, best_epoch(epochs)
    if run.state == "stopped":
        said = _("Stopped by hand after step {step} of {steps}.", step=int(run.job.done), steps=config.total_steps)
    elif result.get("ended_early") and last and best:
        said = _(
            "Stopped early after epoch {epoch}: no improvement since epoch {best}.", epoch=last.epoch, best=best.epoch
        )
    elif config.steps:
        said = plural("The training of {n} step is complete.", "The training of {n} steps is complete.", config.steps)
    else:
        said = plural(
            "The training of {n} epoch is complete.", "The training of {n} epochs is complete.", config.epochs
        )
    return together(said, _kept(run, result.get("kept_epoch"), last))


def _kept(run: Run, kept: int | None, last: Epoch | None) -> str:
    """Whose weights these are, where that is not the last epoch's as a matter of course."""
    if run.model is None:
        return ""
    early = bool((run.job.result or {}).get("ended_early"))
    if kept is None and early and last:
        kept = last.epoch
    return "" if kept is None else _("Kept: weights of epoch {epoch}.", epoch=kept)
