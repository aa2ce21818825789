"""What a teacher sets for a class, as one value that is checked where it is made."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from digitlab.errors import InputError
from digitlab.words import Message, message

PAGES = ("layers", "samples", "train", "runs", "learn")  # that can be hidden; Draw and the class's page stay
# Sections that can be hidden, by page; the first one of a page stays.
SECTIONS = (
    *("layers/why", "layers/filter", "layers/two"),
    *("samples/data", "samples/quality", "samples/mistakes", "samples/game", "samples/map", "samples/robustness"),
    *("train/builder", "train/settings", "train/augmentation", "train/beginning", "runs/search"),
)


@dataclass(frozen=True)
class Limit:
    """The range of a limit, and what a page calls it."""

    label: Message
    most: int


LIMITS: dict[str, Limit] = {
    "at_once": Limit(message("Runs at work"), 100),
    "waiting": Limit(message("Runs at work or waiting"), 1000),
    "epochs": Limit(message("Epochs of a run"), 1000),
    "work": Limit(message("Work of a run, in billions of multiply-adds"), 1_000_000),
    "trials": Limit(message("Trials of a search"), 1000),
    "megabytes": Limit(message("Megabytes of checkpoints"), 100_000),
    "drawings": Limit(message("Kept drawings"), 100_000),
}


@dataclass(frozen=True)
class ClassSettings:
    """A class's settings.

    Attributes:
        hidden_pages, hidden_sections: what students do not see, of PAGES and SECTIONS.
        recipes: what students can train, by name; none: every recipe.
        settings: the settings of a run that students see on Train, by name; none: every setting.
        model: the network on the Draw page; "": each chooses.
        predict_first: whether the answer to a drawing stays hidden.
        league: whether the class sees the league of its runs.
        lesson: the recipe of the day; "": none.
        at_once: a member's runs at work.
        waiting: a member's runs that have not ended.
        epochs, work: of a member's run; work is epochs × digits × multiply-adds, in billions.
        trials: of a member's search.
        megabytes: of all checkpoints of a member.
        drawings: that a member keeps.
    """

    hidden_pages: tuple[str, ...] = ()
    hidden_sections: tuple[str, ...] = ()
    recipes: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    model: str = ""
    predict_first: bool = False
    league: bool = True
    lesson: str = ""
    at_once: int = 1
    waiting: int = 5
    epochs: int = 20
    work: int = 30_000
    trials: int = 20
    megabytes: int = 500
    drawings: int = 200

    def __post_init__(self) -> None:
        for name, limit in LIMITS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= limit.most:
                raise InputError(
                    message("{label} must be a whole number from 1 to {most}.", label=limit.label, most=limit.most)
                )
        if not (set(self.hidden_pages) <= set(PAGES) and set(self.hidden_sections) <= set(SECTIONS)):
            raise InputError(message("What this page sent cannot be read. Reload the page."))
        if not all(
            isinstance(text, str) and len(text) <= 80
            for text in (*self.recipes, *self.settings, self.model, self.lesson)
        ):
            raise InputError(message("What this page sent cannot be read. Reload the page."))

    def to_record(self) -> dict[str, Any]:
        """As plain data."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "ClassSettings":
        """Undo `to_record`; what another version of the project wrote and this one does not know is left out."""
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {name: value for name, value in record.items() if name in known}
        try:
            return cls(**{name: _tupled(value) for name, value in values.items()})
        except (InputError, TypeError):
            return cls()


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
