"""The languages that DigitLab speaks, and the one that the reader of this moment reads.

A request and a command say the language for as long as they last (`speaking`), and so does a run of a page's script
(`say`). Callbacks and fragments come before that or without it: their session is asked whenever a text is needed
(`ask_sessions`).
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

Language = Literal["en", "zh-Hans", "zh-Hant"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
NAMES: dict[Language, str] = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}

_TRADITIONAL = {"tw", "hk", "mo", "hant"}  # parts of a tag that tell Chinese of these places or this script
_said: ContextVar[Language | None] = ContextVar("language", default=None)
_find: Callable[[], Language | None] = lambda: None  # noqa: E731 - replaced by the pages


def current() -> Language:
    """The reader's language; English where none is known."""
    return _said.get() or _find() or "en"


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Within this, texts are in this language."""
    token = _said.set(language)
    try:
        yield
    finally:
        _said.reset(token)


def say(language: Language) -> None:
    """From now on texts are in this language, as long as this thread runs: asking the session costs more for each."""
    _said.set(language)


def ask_sessions(find: Callable[[], Language | None]) -> None:
    """Have `current` ask this where nothing else says the language; None is no answer."""
    global _find
    _find = find


def named(tag: str | None) -> Language | None:
    """The language of a tag, as "zh-TW", "zh_CN.UTF-8" or "en"; None for one that DigitLab does not speak."""
    parts = re.split(r"[-_.@]", (tag or "")[:64].lower())
    if parts[0] == "zh":
        return "zh-Hant" if "hans" not in parts and _TRADITIONAL & set(parts) else "zh-Hans"
    return "en" if parts[0] == "en" else None


def accepted(header: str) -> Language | None:
    """The language of an Accept-Language header that the browser likes best of those that DigitLab speaks."""
    wanted: list[tuple[float, Language]] = []
    for part in header[:1000].split(","):
        tag, _, weight = part.strip().partition(";q=")
        language = named(tag.strip())
        if language and re.fullmatch(r"(0|1)?(\.\d{0,3})?", weight):
            wanted.append((float(weight or 1), language))
    return max(wanted, key=lambda one: one[0])[1] if wanted else None  # of equals, the first


def of_terminal(environment: Mapping[str, str] = os.environ) -> Language:
    """The language of the terminal, from the variables that every program reads."""
    said = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return named(said) or "en"
