"""One setting of a training run: its name in plain words, its range, and its values as text."""

import math
from dataclasses import dataclass
from typing import Any, Literal

from digitlab.errors import InputError
from digitlab.words import Message, message

Kind = Literal["whole", "number", "choice", "yes-no", "text", "names"]

_NONE, _YES, _NO = "none", "yes", "no"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting.

    Attributes:
        name: the field of TrainingConfig.
        label: the same in plain words.
        kind: whole and number: from `low` to `high`; choice: one of `choices`; names: several names of layers.
        help: one sentence.
        optional: None is allowed, too; `help` says what it means.
        only_with: another setting and those of its values with which this one matters; otherwise it has no effect.
    """

    name: str
    label: Message
    kind: Kind
    help: Message
    low: float = 0
    high: float = 0
    choices: tuple[str, ...] = ()
    optional: bool = False
    only_with: tuple[str, tuple[str, ...]] | None = None

    def check(self, value: Any) -> None:
        """Raises InputError if the value is not one; the sentence names setting, value and range."""
        if value is None and self.optional:
            return
        if not self._fits(value):
            raise self._wrong(value)

    def _fits(self, value: Any) -> bool:
        match self.kind:
            case "whole" | "number":
                types = int if self.kind == "whole" else int | float
                return isinstance(value, types) and not isinstance(value, bool) and self.low <= value <= self.high
            case "choice":
                return isinstance(value, str) and value in self.choices
            case "yes-no":
                return isinstance(value, bool)
            case "names":
                return isinstance(value, tuple) and all(isinstance(name, str) for name in value)
        fits = isinstance(value, str) and (not value or 12 <= len(value) <= 64)
        return fits and not set(value) - set("0123456789abcdef")

    def _wrong(self, value: Any) -> InputError:
        """An error whose sentence names setting, range and value."""
        given = str(value)[:40]
        match self.kind:
            case "whole":
                low, high = int(self.low), int(self.high)
                sentence = message(
                    "{setting} must be a whole number from {low} to {high}, not “{value}”.",
                    setting=self.label,
                    low=low,
                    high=high,
                    value=given,
                )
            case "number":
                sentence = message(
                    "{setting} must be a number from {low} to {high}, not “{value}”.",
                    setting=self.label,
                    low=f"{self.low:g}",
                    high=f"{self.high:g}",
                    value=given,
                )
            case "choice":
                known = ", ".join(self.choices)
                sentence = message(
                    "{setting} must be one of {known}, not “{value}”.",
                    setting=self.label,
                    known=known,
                    value=given,
                )
            case "yes-no":
                sentence = message("{setting} must be yes or no, not “{value}”.", setting=self.label, value=given)
            case "names":
                sentence = message("{setting} must be names of layers, not “{value}”.", setting=self.label, value=given)
            case "text":
                sentence = message(
                    "{setting} must be empty or 12 to 64 characters of a model's hash, not “{value}”.",
                    setting=self.label,
                    value=given,
                )
        return InputError(sentence)

    def parse(self, text: str) -> Any:
        """The value that a text says, as `write` writes it. It may be out of range: the form shows it beside its field.

        Raises:
            InputError: the text does not say a value of this kind; the sentence names setting, text and range.
        """
        if text == _NONE and self.optional:
            return None
        wrong = self._wrong(text)
        match self.kind:
            case "whole" | "number":
                try:
                    value = int(text) if self.kind == "whole" else float(text)
                except ValueError:
                    raise wrong from None
                if isinstance(value, float) and not math.isfinite(value):
                    raise wrong
                return value
            case "yes-no":
                if text not in (_YES, _NO):
                    raise wrong
                return text == _YES
            case "names":
                return tuple(filter(None, text.split(",")))
            case "choice":
                if text not in self.choices:
                    raise wrong
        return text

    @staticmethod
    def write(value: Any) -> str:
        """A value of any setting as text that `parse` reads back, exactly."""
        if value is None:
            return _NONE
        if isinstance(value, bool):
            return _YES if value else _NO
        if isinstance(value, tuple):
            return ",".join(value)
        return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)

    def matters(self, config: Any) -> bool:
        """Whether it does anything beside the other settings of a TrainingConfig."""
        return self.only_with is None or getattr(config, self.only_with[0]) in self.only_with[1]
