"""Types of columns: texts that people wrote, sentences, tags."""

from sqlalchemy import Text, TypeDecorator
from sqlalchemy.engine import Dialect

from digitlab.plain_data import text
from digitlab.words import Message, stored


class Words(TypeDecorator[str]):
    """A text that people or their files may have written: without what no database keeps."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _: object) -> str | None:
        return None if value is None else text(value)


class Sentence(TypeDecorator[Message]):
    """A message of digitlab/words, which each reader reads in their own language; a person's text stays as it is."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Message | str | None, dialect: Dialect) -> str | None:
        return None if value is None else stored.written(value, text)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Message | None:
        return None if value is None else stored.read(value)


class Tags(TypeDecorator[tuple[str, ...]]):
    """Words in the order in which they were given; none holds a space."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        return " ".join(text(tag) for tag in value or ())

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        return tuple((value or "").split())
