"""What a search varies, as the command line says it: NAME=LOW:HIGH, NAME=LOW:HIGH:log or NAME=VALUE,VALUE,…"""

from typing import Any

from digitlab.data.augmentation import AMOUNTS
from digitlab.errors import InputError
from digitlab.search.space import AUGMENTATION, Dimension, can_be_varied

_YES_NO = {"yes": True, "no": False}


def dimension(text: str) -> Dimension:
    """One setting with its range or its choices.

    Raises:
        InputError: it is written in another way, or there is no such setting to vary.
    """
    name, _, values = text.partition("=")
    name = name.strip().replace("-", "_")
    kind = _kind(name)
    ends = values.split(":")
    if not values or len(ends) > 3 or (len(ends) == 3 and ends[2] != "log"):
        raise InputError(f"Say what to vary as NAME=LOW:HIGH, NAME=LOW:HIGH:log or NAME=VALUE,VALUE; this is {text!r}.")
    if len(ends) == 1:
        return Dimension(name=name, choices=tuple(_value(name, kind, one.strip()) for one in values.split(",")))
    if kind not in ("whole", "number"):
        raise InputError(f"{name} has no range; name the values to try: {name}=VALUE,VALUE.")
    low, high = (_value(name, kind, end) for end in ends[:2])
    return Dimension(name=name, low=low, high=high, whole=kind == "whole", log=len(ends) == 3)


def _kind(name: str) -> str:
    if name.removeprefix(AUGMENTATION) in AMOUNTS and name.startswith(AUGMENTATION):
        return "number"
    kinds = {setting.name: setting.kind for setting in can_be_varied()}
    if name not in kinds:
        raise InputError(f"There is no setting {name[:64]!r} to search over; `digitlab train --help` lists them.")
    return kinds[name]


def _value(name: str, kind: str, text: str) -> Any:
    if kind == "choice":
        return text  # whether there is such a choice the setting itself says
    if kind == "yes-no":
        if text not in _YES_NO:
            raise InputError(f"{name} is yes or no; {text!r} is neither.")
        return _YES_NO[text]
    try:
        return int(text) if kind == "whole" else float(text)
    except ValueError:
        what = "whole number" if kind == "whole" else "number"
        raise InputError(f"{name} takes a {what}; {text!r} is none.") from None
