"""The catalogues of translations: `make words` brings them up to date and compiles them (docs/words.md).

`python -m harness.words --missing` writes what is not translated as JSON, and `--fill FILE` takes the same back with
the translations: {"English": {"zh_Hans": "…", "zh_Hant": "…"}}.
"""

import argparse
import ast
import io
import json
import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from digitlab.home import ROOT
from digitlab.words.filling import LOCALES
from digitlab.words.message import CATALOGUES

LOCALES_TO_TRANSLATE = [locale for locale in LOCALES.values() if locale != "en"]
# The functions that mark a text, and which of their arguments are texts.
MARKS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "template": None,
    "message": None,
    "plural": (1, 2),
    "plural_message": (1, 2),
    "forms": (1, 2),
}
FOLDERS = ("digitlab", "pages")
WIDTH = 120
ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # the day of a change is in the history
_HEADERS = rb'(?m)^"(?!Language:|Plural-Forms|Content-Type|\\n)[\w-]+: .*"\n'  # those that say nothing here

Id = str | tuple[str, str]  # a text, or one and many


def python(
    file: IO[bytes], keywords: Collection[str], _comments: Any, options: Any
) -> Iterator[tuple[int, str, Any, list[str]]]:
    """The marked texts of a module, for Babel: its own reader takes a parameter that is named as a mark for a call."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in keywords:
            texts = tuple(getattr(argument, "value", None) for argument in node.args)
            yield node.lineno, node.func.id, texts[0] if len(texts) == 1 else texts, []


@cache
def extracted() -> dict[Id, list[tuple[str, int]]]:
    """Every marked text with the files that have it."""
    found: dict[Id, list[tuple[str, int]]] = {}
    for folder in FOLDERS:
        for name, _, text, _, _ in extract_from_dir(ROOT / folder, [("**.py", "harness.words:python")], keywords=MARKS):
            file = (Path(folder) / name).as_posix()
            key: Id = (text[0], text[1]) if isinstance(text, tuple) else text
            if (file, 0) not in found.setdefault(key, []):
                found[key].append((file, 0))
    return found


def source(locale: str) -> Path:
    """The translations as people write them."""
    return CATALOGUES / f"{locale}.po"


def compiled(locale: str) -> Path:
    """The same for the app."""
    return CATALOGUES / f"{locale}.mo"


def translations(locale: str) -> Catalog:
    """What stands in the catalogue."""
    if not source(locale).exists():
        return Catalog(locale)
    with source(locale).open("rb") as file:
        return read_po(file, locale)


def updated(locale: str) -> Catalog:
    """The catalogue with the texts that the code has now: new ones are empty, and old ones are gone."""
    old = translations(locale)
    new = Catalog(
        locale,
        header_comment=f"# DigitLab in {locale}. `make words` keeps the texts of the code in here.",
        creation_date=ANY_DAY,
        fuzzy=False,
    )
    for key, files in sorted(extracted().items(), key=lambda item: item[0] if isinstance(item[0], str) else item[0][0]):
        before = old.get(key) or old.get(key[0] if isinstance(key, tuple) else key)
        new.add(key, before.string if before else "", files, before.flags - {"python-format"} if before else ())
    return new


def as_po(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalogue, width=WIDTH, include_lineno=False)
    head, blank, entries = file.getvalue().partition(b"\n\n")
    return re.sub(_HEADERS, b"", head) + blank + entries


def as_mo(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def missing(catalogue: Catalog) -> Iterator[Id]:
    """The texts without a translation."""
    for entry in catalogue:
        strings = entry.string if isinstance(entry.string, list | tuple) else [entry.string]
        if entry.id and not all(strings):
            yield entry.id if isinstance(entry.id, str) else (entry.id[0], entry.id[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--missing", action="store_true", help="write what is not translated as JSON, and change nothing"
    )
    parser.add_argument("--fill", type=Path, metavar="FILE", help="take translations from such a JSON file")
    arguments = parser.parse_args()
    catalogues = {locale: updated(locale) for locale in LOCALES_TO_TRANSLATE}
    if arguments.missing:
        texts = {_first(key): locale for locale, one in catalogues.items() for key in missing(one)}
        print(json.dumps({text: dict.fromkeys(catalogues, "") for text in texts}, ensure_ascii=False, indent=1))
        return
    given: dict[str, dict[str, str]] = json.loads(arguments.fill.read_text("utf-8")) if arguments.fill else {}
    for locale, catalogue in catalogues.items():
        for entry in catalogue:
            text = given.get(_first(entry.id), {}).get(locale) if entry.id else None
            if text:
                entry.string = (text,) if isinstance(entry.id, list | tuple) else text  # Chinese has one plural form
        source(locale).write_bytes(as_po(catalogue))
        compiled(locale).write_bytes(as_mo(catalogue))
        print(f"{locale}: {len(catalogue)} texts, {len(list(missing(catalogue)))} not translated")


def _first(key: str | tuple[str, ...] | list[str]) -> str:
    return key if isinstance(key, str) else key[0]


if __name__ == "__main__":
    main()
