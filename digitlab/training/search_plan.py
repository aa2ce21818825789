"""What a search is made from, as its row in the store keeps it: checked wherever the row is read.

A record is plain data for JSON. Its keys are known here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from digitlab.errors import DataError, InputError
from digitlab.plain_data import checked, damaged
from digitlab.training import space
from digitlab.training.space import Dimension
from digitlab.training.spec import TrainingSpec
from digitlab.words import message

Sampler = Literal["grid", "random", "tpe"]
Pruner = Literal["none", "median", "halving"]
SAMPLERS: tuple[Sampler, ...] = get_args(Sampler)
PRUNERS: tuple[Pruner, ...] = get_args(Pruner)
MOST = 500  # trials

_REQUIRED: dict[str, type] = {
    "run": dict,
    "parameters": int,
    "space": list,
    "sampler": str,
    "pruner": str,
    "trials": int,
    "seed": int,
}


@dataclass(frozen=True, kw_only=True)
class SearchPlan:
    """A search, before it is one.

    Attributes:
        run: what all trials begin with.
        space: what is varied.
        sampler: who chooses the settings of a trial.
        pruner: who stops trials that have no hope.
        trials: how many there are to be, 1 to MOST.
        seed: of the sampler's chance.
        checkpoint_bytes: what the checkpoints of a trial take at most; None: an older plan, which does not say.

    Raises:
        InputError: something cannot be searched like that; the sentence says what.
    """

    run: TrainingSpec
    space: tuple[Dimension, ...]
    sampler: Sampler
    pruner: Pruner
    trials: int
    seed: int
    checkpoint_bytes: int | None = None

    def __post_init__(self) -> None:
        for title, value, known in (("sampler", self.sampler, SAMPLERS), ("pruner", self.pruner, PRUNERS)):
            if value not in known:
                raise InputError(
                    message(
                        "The setting `{name}` must be one of {choices}; it is {value}.",
                        name=title,
                        choices=", ".join(known),
                        value=repr(value)[:40],
                    )
                )
        space.check(self.run.config, self.space)
        if self.run.config.validation not in ("first", "last"):
            raise InputError(message("Trials are compared on held-out training digits; hold some out."))
        if isinstance(self.trials, bool) or not isinstance(self.trials, int) or not 1 <= self.trials <= MOST:
            raise InputError(
                message(
                    "A search has 1 to {most} trials; {given} is out of range.", most=MOST, given=repr(self.trials)[:40]
                )
            )

    def to_record(self) -> dict[str, Any]:
        """The plan as plain data."""
        return {
            "run": self.run.to_record(),
            "parameters": self.run.config.network.parameters,
            "space": space.to_records(self.space),
            "sampler": self.sampler,
            "pruner": self.pruner,
            "trials": self.trials,
            "seed": self.seed,
            "checkpoint_bytes": self.checkpoint_bytes,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "SearchPlan":
        """Undo `to_record`.

        Raises:
            DataError: a key is unknown, missing or of the wrong type, or the plan cannot be used; the sentence says
                which.
        """
        values = checked(record, message("the search"), required=_REQUIRED, optional={"checkpoint_bytes": int})
        del values["parameters"]  # follow from the network; kept for programs of before
        values["run"] = TrainingSpec.from_record(values["run"])
        try:
            values["space"] = space.from_records(values["space"])
            return cls(**values)
        except InputError as error:
            raise DataError(message("The plan of the search cannot be used here. {why}", why=error.message)) from None
        except (TypeError, ValueError, KeyError, AttributeError):
            raise DataError(damaged(message("the search"), "space")) from None
