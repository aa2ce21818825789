"""A text with its values in it, each written as the language writes it.

A value's format follows its name in the text, as in Python: `{share:.1%}`, `{loss:.3f}`. Whole numbers are grouped:
10,000. Dates are written with the month's name or sign. What is a name rather than a number, as a run's, is text.
"""

import re
import string
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from numbers import Integral, Real
from typing import Any

from digitlab.words.language import Language

LOCALES: dict[Language, str] = {"en": "en", "zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant"}  # as Babel names them

_FORMAT = re.compile(r"(\+?)(?:\.(\d))?([f%]?)")
_MOST = "#,##0.######"  # of a number for which the text names no digits


def filled(text: str, values: Mapping[str, Any], language: Language) -> str:
    """The text with each {name} replaced; without values it stays as it is, braces included."""
    if not values:
        return text
    return "".join(
        literal if name is None else literal + _written(values[name], how or "", language)
        for literal, name, how in _parts(text)
    )


@lru_cache(maxsize=4096)  # texts of the project; a page fills in hundreds
def _parts(text: str) -> tuple[tuple[str, str | None, str | None], ...]:
    """Of each part: what stands before a name, the name, and how its value is written."""
    return tuple((literal, name, how) for literal, name, how, _ in string.Formatter().parse(text))


def _written(value: Any, how: str, language: Language) -> str:
    if hasattr(value, "read"):  # a message within a message
        return str(value.read(language))
    if isinstance(value, date):
        return day(value, language)
    if isinstance(value, bool) or not isinstance(value, Real):
        return format(value, how)
    return number(value, how, language)


def number(value: Real, how: str, language: Language) -> str:
    """A number as this language writes it, with a real minus sign.

    Args:
        value: the number.
        how: "" for as many digits as there are, at most six after the point; ".2f" for two digits after the point;
            ".1%" for per cent with one; with "+" in front for a sign before what is above 0.
        language: whose way of writing.
    """
    plain = int(value) if isinstance(value, Integral) else float(value) + 0.0  # there is no minus zero
    return _number(plain, how, language)


@lru_cache(maxsize=4096, typed=True)  # a page shows the same figures again with each run
def _number(value: float, how: str, language: Language) -> str:
    from babel.numbers import format_decimal, format_percent  # not before a number is written: commands answer at once

    found = _FORMAT.fullmatch(how)
    if found is None:
        raise ValueError(f"There is no way {how!r} to write a number.")
    sign, digits, kind = found.groups()
    locale = LOCALES[language]
    pattern = "#,##0" + (f".{'0' * int(digits)}" if digits and int(digits) else "")
    if kind == "%":
        text = format_percent(value, f"{pattern}%", locale)
    elif isinstance(value, int) and not kind:
        text = format_decimal(value, locale=locale)
    else:
        text = format_decimal(value, pattern if kind else _MOST, locale)
    return (sign if value > 0 else "") + text.replace("-", "−")


def day(value: date, language: Language) -> str:
    """A date as this language writes it: Nov 27, 2026 or 2026年11月27日."""
    from babel.dates import format_date

    return format_date(value, "medium", locale=LOCALES[language])
