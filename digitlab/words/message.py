"""Texts that are translated: a message is English text with the values that belong into it.

Catalogues find a translation by the English text. So a marked text is a literal and a whole sentence, and its values
have names: `_("There is no run {run}.", run="7")`.
"""

import gettext
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from digitlab.words.filling import LOCALES, filled
from digitlab.words.language import Language, current

CATALOGUES = Path(__file__).parent


@cache
def _catalogue(language: Language) -> gettext.NullTranslations:
    """The compiled translations; English has none."""
    if language == "en":
        return gettext.NullTranslations()
    with (CATALOGUES / f"{LOCALES[language]}.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


@dataclass(frozen=True)
class Message:
    """A text and its values, not yet in any language.

    Attributes:
        text: in English; with `plural`, for one.
        values: by name: text, numbers and other messages.
        plural: in English for other numbers than one; "" for a text that counts nothing.
        n: what is counted.
    """

    text: str
    values: tuple[tuple[str, Any], ...] = ()
    plural: str = ""
    n: int = 1

    def read(self, language: Language) -> str:
        """The text in a language, its values written as that language writes them."""
        found = _catalogue(language)
        text = found.ngettext(self.text, self.plural, self.n) if self.plural else found.gettext(self.text)
        return filled(text, dict(self.values), language)

    @property
    def english(self) -> str:
        """The text for logs, files and other programs."""
        return self.read("en")

    def __str__(self) -> str:
        """The text in the reader's language."""
        return self.read(current())


def message(text: str, /, **values: Any) -> Message:
    """A text for later, in the language of its reader then."""
    return Message(text, tuple(values.items()))


def plural_message(one: str, many: str, n: int, /, **values: Any) -> Message:
    """A text for later that counts `n`, which is {n} in it."""
    return Message(one, (("n", int(n)), *values.items()), many, int(n))


def _(text: str, /, **values: Any) -> str:
    """A text in the reader's language."""
    return str(message(text, **values))


def plural(one: str, many: str, n: int, /, **values: Any) -> str:
    """A text in the reader's language that counts `n`, which is {n} in it."""
    return str(plural_message(one, many, n, **values))


def listed(*texts: Message | str) -> str:
    """Labels, one after the other, with the mark between them that the reader's language uses in lists."""
    return (", " if current() == "en" else "、").join(map(str, texts))


def template(text: str, /) -> str:
    """A text in the reader's language, for JavaScript to put the values in."""
    return _(text)


def together(*sentences: Message | str) -> str:
    """Whole sentences one after the other, spaced as the reader's language does; empty ones are left out."""
    return (" " if current() == "en" else "").join(str(sentence) for sentence in sentences if sentence)


def forms(one: str, many: str, /) -> Mapping[str, str]:
    """What JavaScript needs to count: a text for each plural category, as Intl.PluralRules names them."""
    if current() == "en":
        return {"one": one, "other": many}
    return {"other": _catalogue(current()).ngettext(one, many, 2)}
