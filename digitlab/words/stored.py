"""Messages as text in the database, so that each reader of a row reads it in their own language.

A message is JSON; anything else is a text as an older revision, or a person, wrote it.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from numbers import Integral
from typing import Any

from digitlab.words.message import Message

_MARK = '{"message": '  # what a person writes does not begin like this


def written(text: Message | str, clean: Callable[[str], str] = str) -> str:
    """What a column holds.

    Args:
        text: a message, or what a person wrote.
        clean: takes out of every text what the database does not keep.
    """
    if isinstance(text, Message):
        return json.dumps(_plain(text, clean), ensure_ascii=False)
    plain = clean(text)
    # What a person writes never becomes a message, whose braces would be filled in.
    return written(_verbatim(plain)) if plain.startswith(_MARK) else plain


def read(text: str) -> Message:
    """What `written` was given; a text that is no message, or a damaged one, is read as it stands."""
    if text.startswith(_MARK):
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            return _message(json.loads(text))
    return _verbatim(text)


def _verbatim(text: str) -> Message:
    """A text that stays as it is in every language, also where a catalogue translates the same words."""
    return Message("{text}", (("text", text),))


def _plain(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, Message):
        plain: dict[str, Any] = {"message": clean(value.text)}
        if value.plural:
            plain |= {"plural": value.plural, "n": value.n}
        return plain | {"values": {name: _plain(one, clean) for name, one in value.values}}
    if isinstance(value, str):
        return clean(value)
    if value is None or isinstance(value, bool):
        return value
    return int(value) if isinstance(value, Integral) else float(value)


def _message(plain: dict[str, Any]) -> Message:
    values = tuple(
        (name, _message(one) if isinstance(one, dict) else one) for name, one in dict(plain["values"]).items()
    )
    return Message(str(plain["message"]), values, str(plain.get("plural", "")), int(plain.get("n", 1)))
