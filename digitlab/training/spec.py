"""What a training run is made from, as its row in the store keeps it: checked wherever the row is read.

A record is plain data for JSON. Its keys are known here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from digitlab.errors import DataError, InputError
from digitlab.plain_data import checked, damaged
from digitlab.training.config import TrainingConfig
from digitlab.words import message

_REQUIRED: dict[str, type] = {"config": dict, "threads": int}
_OPTIONAL: dict[str, type] = {"out": str, "command": str, "branch": dict, "search": int, "goes_on_after": int}
_FORK: dict[str, type] = {"sha256": str, "same_optimizer": bool}


@dataclass(frozen=True)
class Fork:
    """Where a run begins that branches off another.

    Attributes:
        sha256: of the checkpoint's file, which lies in the run's own folder.
        same_optimizer: whether the optimizer's state is taken over, too.
    """

    sha256: str
    same_optimizer: bool


@dataclass(frozen=True, kw_only=True)
class TrainingSpec:
    """A training run, before it is one.

    Attributes:
        config: its settings.
        threads: processor threads; with another number the last bits of the weights would differ after a resume.
        out: where the weights and the card go: a folder, or, as text, how their blobs' keys begin; None: with all that
            was trained here.
        command: what makes the same model again, for its card; "" where the command line cannot say it.
        branch: where it begins, if it branches off another run.
        search: number of the search whose trial it is.
        goes_on_after: the step after which it had ended before it was given more epochs; 0 where it was not.
    """

    config: TrainingConfig
    threads: int
    out: Path | str | None = None
    command: str = ""
    branch: Fork | None = None
    search: int | None = None
    goes_on_after: int = 0

    def to_record(self) -> dict[str, Any]:
        """The specification as plain data; what is not set and came later than the first version is left out."""
        record: dict[str, Any] = {
            "config": self.config.to_record(),
            "threads": self.threads,
            "out": None if self.out is None else str(self.out),
            "command": self.command,
        }
        if self.branch is not None:
            record["branch"] = asdict(self.branch)
        if self.search is not None:
            record["search"] = self.search
        if self.goes_on_after:
            record["goes_on_after"] = self.goes_on_after
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "TrainingSpec":
        """Undo `to_record`.

        Raises:
            DataError: a key is unknown, missing or of the wrong type, or the settings cannot be used; the sentence says
                which.
        """
        values = checked(record, message("the run"), required=_REQUIRED, optional=_OPTIONAL)
        if values["threads"] < 1:
            raise DataError(damaged(message("the run"), f"threads = {values['threads']}"))
        try:
            values["config"] = TrainingConfig.from_record(values["config"])
        except InputError as error:
            raise DataError(message("The settings of the run cannot be used here. {why}", why=error.message)) from None
        except (TypeError, ValueError, KeyError, AttributeError):
            raise DataError(message("The settings of the run are damaged.")) from None
        if "branch" in values:
            values["branch"] = Fork(**checked(values["branch"], message("the fork"), required=_FORK))
        if "out" in values:
            values["out"] = _place(values["out"])
        return cls(**values)


def place_of_model(record: Mapping[str, Any]) -> Path | str | None:
    """A record's `out`, without the time that reading all of it takes; None for the usual place."""
    out = record.get("out")
    return _place(out) if isinstance(out, str) else None


def _place(out: str) -> Path | str:
    return Path(out) if Path(out).is_absolute() else out
