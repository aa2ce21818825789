"""What makes several runs differ."""

from collections.abc import Sequence
from typing import Any

from digitlab.training.config import TrainingConfig

_NOTHING: dict[str, Any] = {}


def differing(configs: Sequence[TrainingConfig]) -> dict[str, list[Any]]:
    """The settings that are not the same in all of them, by name, each with its values in the order of the runs.

    A setting within augmentation or exposure is called "augmentation.rotation"; None where a run has none of it. The
    network comes last, as the records of its layers. What does not matter to any of them is left out.
    """
    flat = [_flat(config) for config in configs]
    names = list(dict.fromkeys(name for one in flat for name in one))
    rows = {name: [one.get(name) for one in flat] for name in names}
    return {name: values for name, values in rows.items() if any(value != values[0] for value in values)}


def _flat(config: TrainingConfig) -> dict[str, Any]:
    from digitlab.training.settings import SETTINGS

    record = config.to_record()
    network = record.pop("network")
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if name in SETTINGS and not SETTINGS[name].matters(config):
            continue
        if name in ("augmentation", "exposure"):
            flat |= {f"{name}.{part}": amount for part, amount in (value or _NOTHING).items()}
        else:
            flat[name] = value
    return flat | {"network": network}
