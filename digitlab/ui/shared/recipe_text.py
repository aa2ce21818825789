"""A recipe's settings as a table for people, and what a network was trained on."""

import re

from digitlab.data.pen_digits import PenDigits
from digitlab.networks.zoo import Model
from digitlab.training.config import TrainingConfig
from digitlab.ui.shared.setting_text import choice_text
from digitlab.words import _, message, plural, together

_LOSSES = {
    ("categorical", False): message("Cross-entropy, one-hot labels"),
    ("sparse", False): message("Cross-entropy, integer labels"),
    ("categorical", True): message("Cross-entropy from logits, one-hot labels"),
    ("sparse", True): message("Cross-entropy from logits, integer labels"),
}  # by loss and whether the network gives logits


def settings(config: TrainingConfig) -> list[tuple[str, str]]:
    """Each setting with its value, in the reader's language."""
    rows = [
        (_("Loss"), str(_LOSSES[config.loss, config.network.gives_logits])),
        (
            _("Duration"),
            plural("{n} step", "{n} steps", config.steps)
            if config.steps
            else plural("{n} epoch", "{n} epochs", config.epochs),
        ),
        (
            _("Batch size"),
            _("{size} ({steps} steps per epoch)", size=config.batch_size, steps=config.steps_per_epoch),
        ),
        (_("Optimizer"), _optimizer(config)),
        (
            _("Learning rate"),
            _("{rate}, schedule: {name}", rate=f"{config.learning_rate:g}", name=choice_text(config.schedule)),
        ),
        (_("Training data"), plural("{n} digit", "{n} digits", config.digits)),
        (_("Validation data"), _validation(config)),
        (_("Seed"), str(config.seed)),
    ]
    if config.label_smoothing:
        rows.append((_("Label smoothing"), f"{config.label_smoothing:g}"))
    if config.l2:
        rows.append((_("L2 penalty"), _("{factor} × the squares of all kernels", factor=f"{config.l2:g}")))
    if config.patience:
        text = plural("after {n} epoch without improvement", "after {n} epochs without improvement", config.patience)
        rows.append((_("Early stopping"), text))
    if config.keep_best:
        rows.append((_("Kept weights"), _("best epoch")))
    if config.weights_seed is not None:
        rows.append((_("Initial weights"), _("seed {seed}", seed=str(config.weights_seed))))
    if config.start_model:
        rows.append((_("Start"), _("weights of model {hash}", hash=config.start_model[:12])))
    if config.frozen:
        rows.append((_("Frozen layers"), ", ".join(config.frozen)))
    if config.weight_average:
        rows.append((_("Averaged weights"), _("decay {decay} per step", decay=f"{config.weight_average:g}")))
    if config.augmentation:
        rows.append((_("Augmentation"), _("new random variation each time")))
    if config.exposure:
        text = _("{share:.0%} in addition to the digits, to learn refusing", share=config.exposure.share)
        rows.append((_("Non-digits"), text))
    if config.drawings:
        rows.append((_("Visitor's drawings"), plural("{n} drawing", "{n} drawings", config.drawings.count)))
    if config.strokes:
        rows.append((_("Pen digits"), _pen_digits(config.strokes)))
    if config.calibrated:
        rows.append((_("Calibration"), _("on the held-out digits")))
    return rows


def _validation(config: TrainingConfig) -> str:
    match config.validation:
        case "test":
            return _("the 10,000 test digits, after each epoch")
        case "last":
            return _("the last {size} training digits", size=config.validation_size)
        case "first":
            return _("the first {size} training digits", size=config.validation_size)
    return _("none")


def _pen_digits(strokes: PenDigits) -> str:
    values = {"count": strokes.count, "copies": strokes.copies}
    text = (
        _("{count} digits by {writers} writers, {copies} variations each per epoch.", writers=strokes.writers, **values)
        if strokes.writers
        else _("{count} digits, {copies} variations each per epoch.", **values)
    )
    if not strokes.source:
        return text
    licence = strokes.licence or _("unknown licence")
    return together(text, _("Source: {source}, {licence}.", source=strokes.source, licence=licence))


def _optimizer(config: TrainingConfig) -> str:
    momentum = f"{config.momentum:g}"
    match config.optimizer:
        case "sgd" if config.nesterov:
            return _("SGD, Nesterov momentum {momentum}", momentum=momentum)
        case "sgd":
            return _("SGD, momentum {momentum}", momentum=momentum)
        case "adamw":
            return _("AdamW, weight decay {decay}", decay=f"{config.weight_decay:g}")
        case "rmsprop":
            return "RMSprop"
    return "Adam"


def trained_on(model: Model) -> str:
    """What a model was trained on, as `device_text` says it; "" where its card is silent."""
    return device_text(str(model.card.get("device", "")))


def device_text(written: str) -> str:
    """A device as `backend.device` writes it: the number of cores, or the name of a graphics card as it is."""
    found = re.fullmatch(r"CPU, (\d+) cores?", written)
    return plural("CPU, {n} core", "CPU, {n} cores", int(found[1])) if found else written
