"""Settings and states as their readers see them."""

import math
from typing import Any

from digitlab.store import records
from digitlab.training.setting import Setting
from digitlab.words import Message, _, message

CHOICES: dict[str, Message] = {
    "adam": message("Adam"),
    "adamw": message("AdamW"),
    "sgd": message("SGD"),
    "rmsprop": message("RMSprop"),
    "constant": message("constant"),
    "cosine": message("cosine decay"),
    "one-cycle": message("one cycle: up, then down"),
    "step": message("drops"),
    "none": message("none"),
    "test": message("test digits"),
    "last": message("last training digits"),
    "first": message("first training digits"),
    "categorical": message("cross-entropy, one-hot labels"),
    "sparse": message("cross-entropy, whole-number labels"),
}
STATES: dict[str, Message] = {
    "shipped": message("shipped"),
    "model": message("model"),
    **{str(state): text for state, text in records.STATES.items()},
}


def choice_text(choice: str) -> str:
    """One of a setting's choices; a name that has no other text stays as it is."""
    return str(CHOICES.get(choice, choice))


def value_text(setting: Setting, value: Any) -> str:
    """A setting's value; a dash where nothing is set."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if setting.kind == "choice":
        return choice_text(value)
    return "–" if value is None else setting.write(value) or "–"


def progress_text(state: str, done: float, total: float | None) -> str:
    """A run's state with how far it is; a run that is not through is never at 100%.

    Args:
        done, total: in one unit; total is None or 0 until it is known.
    """
    name = str(STATES[state])
    if not total or not done:
        return name
    if done >= total:
        return _("testing") if state == "running" else name
    return _("{state}, {share:.0%}", state=name, share=math.floor(100 * done / total) / 100)
