"""Where a run's training loss cannot be compared with its validation loss, and why."""

from digitlab.networks.layers import Dropout
from digitlab.training.config import TrainingConfig
from digitlab.words import Message, message


def differences(config: TrainingConfig) -> tuple[Message, ...]:
    """What makes the two losses differ even for the same digits; none where they can be compared."""
    found = []
    if any(isinstance(layer, Dropout) for layer in config.network.layers):
        found.append(message("Dropout switches units off during training, and never during validation."))
    if config.augmentation:
        found.append(message("Training digits are varied, validation digits are not."))
    if config.label_smoothing:
        found.append(message("Smoothed labels keep the training loss above zero."))
    if config.weight_average:
        found.append(message("Validation uses the averaged weights, training those of the moment."))
    if config.strokes or config.drawings:
        found.append(message("Pen strokes are among the training digits, and not among the validation digits."))
    return tuple(found)
