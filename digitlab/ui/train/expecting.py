"""How long a run should take on this machine."""

from digitlab.jobs import expecting
from digitlab.training.config import TrainingConfig
from digitlab.ui.opened import store
from digitlab.ui.train.status import duration


def epoch_seconds(config: TrainingConfig) -> float | None:
    """Seconds that one epoch should take; None while this machine is being measured, once, as a job of the queue."""
    return expecting.epoch_seconds(store(), config)


def epoch_sentence(config: TrainingConfig) -> str:
    """What one epoch should take, in words."""
    seconds = epoch_seconds(config)
    if seconds is None:
        return "How long an epoch takes will be known once this machine has been measured."
    return f"One epoch should take about {duration(seconds)} on this machine."


def length(config: TrainingConfig) -> str:
    """How long the run is, in epochs or steps, and about how long it takes."""
    text = (
        f"{config.steps:,} steps" if config.steps else f"{config.epochs} {'epoch' if config.epochs == 1 else 'epochs'}"
    )
    seconds = epoch_seconds(config)
    if seconds is None:
        return text
    return f"{text}, about {duration(seconds * config.total_steps / config.steps_per_epoch)}"
