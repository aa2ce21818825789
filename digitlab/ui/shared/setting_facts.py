"""All settings of a training as readers see them, by their labels: to find what differs between two of them."""

from dataclasses import asdict

from digitlab.data.augmentation import AMOUNTS
from digitlab.store.records import Run
from digitlab.training.config import TrainingConfig
from digitlab.training.setting import Setting
from digitlab.training.settings import SETTINGS
from digitlab.ui.shared import layer_text
from digitlab.ui.shared.setting_text import value_text
from digitlab.words import Message, _, listed, message, plural

NONE = "–"  # where one of two has no such setting

# The parts of the settings that are groups: of non-digits, and of pen digits.
_PARTS: dict[str, Message] = {
    "share": message("Non-digits: share"),
    "weight": message("Non-digits: weight"),
    "digit_energy": message("Non-digits: energy of digits"),
    "other_energy": message("Non-digits: energy of non-digits"),
    "answered": message("Non-digits: digits answered"),
    "sha256": message("Pen digits: SHA-256"),
    "count": message("Pen digits: number"),
    "writers": message("Pen digits: writers"),
    "source": message("Pen digits: source"),
    "licence": message("Pen digits: licence"),
    "copies": message("Pen digits: variations"),
    "coarse": message("Pen digits: coarse share"),
    "folds": message("Pen digits: groups"),
    "fold": message("Pen digits: group left out"),
}


def facts(config: TrainingConfig) -> dict[str, str]:
    """Every setting that does something, by its label; the network is the first."""
    network = config.network
    kinds = listed(*(layer_text.title(layer, network) for layer in network.layers))
    size = plural("{n} parameter", "{n} parameters", network.parameters)
    found = {_("Network"): f"{size} · {kinds}"}
    for setting in SETTINGS.values():
        if setting.matters(config):
            found[str(setting.label)] = value_text(setting, getattr(config, setting.name))
    for amount, value in asdict(config.augmentation).items() if config.augmentation else ():
        found[_("Augmentation: {part}", part=AMOUNTS[amount].label)] = Setting.write(value)
    for group in (config.exposure, config.strokes):
        for part, value in asdict(group).items() if group else ():
            found[str(_PARTS.get(part, part))] = Setting.write(value)
    return found


def first_weights(run: Run) -> dict[str, str]:
    """Where a fork's weights are from, as one more of its facts; nothing for a run that is none."""
    if run.parent_step is None:
        return {}
    step, parent = run.parent_step, run.parent
    if parent is None:
        return {_("First weights"): _("a deleted run, step {step}", step=step)}
    return {_("First weights"): _("run {run}, step {step}", run=str(parent), step=step)}


def differing(first: dict[str, str], second: dict[str, str]) -> list[tuple[str, str, str]]:
    """The settings in which two differ: label and both values; `NONE` where one has no such setting."""
    labels = dict.fromkeys((*first, *second))
    rows = [(label, first.get(label, NONE), second.get(label, NONE)) for label in labels]
    return [row for row in rows if row[1] != row[2]]
