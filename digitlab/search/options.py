"""What a search varies, as the command line says it: NAME=LOW:HIGH, NAME=LOW:HIGH:log or NAME=VALUE,VALUE,…"""

from digitlab.data.augmentation import AMOUNTS, Amount
from digitlab.errors import InputError
from digitlab.training.setting import Setting
from digitlab.training.space import AUGMENTATION, Dimension, can_be_varied
from digitlab.words import message


def dimension(text: str) -> Dimension:
    """One setting with its range or its choices.

    Raises:
        InputError: it is written in another way, or there is no such setting to vary.
    """
    name, values = text.partition("=")[::2]
    name = name.strip().replace("-", "_")
    setting = _setting(name)
    ends = values.split(":")
    if not values or len(ends) > 3 or (len(ends) == 3 and ends[2] != "log"):
        raise InputError(
            message(
                "Write what to vary as NAME=LOW:HIGH, NAME=LOW:HIGH:log or NAME=VALUE,VALUE, instead of “{given}”.",
                given=text[:80],
            )
        )
    if len(ends) == 1:
        return Dimension(name=name, choices=tuple(setting.parse(one.strip()) for one in values.split(",")))
    whole = isinstance(setting, Setting) and setting.kind == "whole"
    if isinstance(setting, Setting) and setting.kind not in ("whole", "number"):
        raise InputError(message("{name} has no range; list the values to try: {name}=VALUE,VALUE.", name=name))
    low, high = (setting.parse(end) for end in ends[:2])
    return Dimension(name=name, low=low, high=high, whole=whole, log=len(ends) == 3)


def _setting(name: str) -> Setting | Amount:
    if name.startswith(AUGMENTATION) and (amount := AMOUNTS.get(name.removeprefix(AUGMENTATION))):
        return amount
    found = next((setting for setting in can_be_varied() if setting.name == name), None)
    if found is None:
        raise InputError(
            message(
                "There is no setting “{name}” to search over; `digitlab train --help` lists all settings.",
                name=name[:64],
            )
        )
    return found
