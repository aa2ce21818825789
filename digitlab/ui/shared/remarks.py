"""What to know when the curves of a run are read: what can be compared, and how points are made."""

from digitlab.training.comparable import differences
from digitlab.training.config import TrainingConfig
from digitlab.training.loop import READ_PLAINLY
from digitlab.words import _, plural, together


def remarks(config: TrainingConfig, *, plain: bool) -> list[str]:
    """Paragraphs that depend on the settings alone, so that they stay as they are while a run goes on.

    Args:
        plain: whether the training digits' plain figures are drawn.
    """
    said = []
    validates = config.validation != "none"
    if not validates:
        said.append(_("This run has no validation digits."))
    elif why := differences(config):
        also = _(
            "So {count} training digits are also read like validation digits after each epoch: their loss is the plain "
            "cross-entropy, and can be compared.",
            count=min(READ_PLAINLY, config.digits),
        )
        cannot = _("Training loss and validation loss cannot be compared in this run.")
        said.append(together(cannot, *map(str, why), *([also] if plain else [])))
    else:
        said.append(
            _(
                "The training mean of an epoch is taken while the network learns, validation at the end of the epoch. "
                "So the training loss of the first epochs may be higher."
            )
        )
    if config.validation == "test":
        said.append(_("This run validates on the test digits, as its article does."))
    if config.last_batch < 1:
        few = round(config.last_batch * config.batch_size)
        said.append(
            plural(
                "The last batch of an epoch has {n} digit of {size}. In the curves the batch is filled up with the "
                "figure before it, so that few digits make no spike.",
                "The last batch of an epoch has {n} digits of {size}. In the curves the batch is filled up with the "
                "figure before it, so that few digits make no spike.",
                few,
                size=config.batch_size,
            )
        )
    return said
