"""How long a run should take on this machine."""

from digitlab.jobs import expecting
from digitlab.server.store import store
from digitlab.training.config import TrainingConfig
from digitlab.ui.shared.times import duration
from digitlab.words import _, plural


def epoch_seconds(config: TrainingConfig) -> float | None:
    """Seconds that one epoch should take; None while this machine is being measured, once, as a job of the queue."""
    return expecting.epoch_seconds(store(), config)


def epoch_sentence(config: TrainingConfig) -> str:
    """How long one epoch should take, as a sentence."""
    seconds = epoch_seconds(config)
    if seconds is None:
        return _("The time of an epoch is shown once this machine has been measured.")
    return _("One epoch takes about {time} on this machine.", time=duration(seconds))


def length(config: TrainingConfig) -> str:
    """How long the run is, in epochs or steps, and about how long it takes."""
    text = (
        plural("{n} step", "{n} steps", config.steps)
        if config.steps
        else plural("{n} epoch", "{n} epochs", config.epochs)
    )
    seconds = epoch_seconds(config)
    if seconds is None:
        return text
    time = duration(seconds * config.total_steps / config.steps_per_epoch)
    return _("{length}, about {time}", length=text, time=time)
