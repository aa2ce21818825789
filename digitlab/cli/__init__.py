"""The command line: `python -m digitlab COMMAND …`.

Every command takes --json for machines. Bad input ends with one line on standard error and exit code 2.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from digitlab.cli.arguments import parser
from digitlab.cli.commands import PartlyError
from digitlab.errors import DigitLabError
from digitlab.words import Message
from digitlab.words.language import LANGUAGES, Language, of_terminal, speaking


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 for bad input."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    with speaking(_language(given)):
        return _run(given)


def _language(given: Sequence[str]) -> Language:
    """What --lang says, else the terminal's language; what is for machines is in English."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    first.add_argument("--lang", choices=LANGUAGES)
    first.add_argument("--json", action="store_true")
    try:
        said, _rest = first.parse_known_args(given)
    except argparse.ArgumentError:  # the command's own parser says what is wrong
        return of_terminal()
    language: Language = said.lang or of_terminal()
    return "en" if said.json else language


def _run(given: Sequence[str]) -> int:
    chosen = parser().parse_args(given)
    run: Callable[[argparse.Namespace], tuple[Any, Iterable[str]]] = chosen.run
    errors: Sequence[Message] = ()
    try:
        result, lines = run(chosen)
    except PartlyError as partly:
        result, lines, errors = partly.result, partly.lines, partly.errors
    except DigitLabError as error:
        print(f"digitlab: {error.sentence}", file=sys.stderr)
        return 2
    try:
        for line in [json.dumps(result, ensure_ascii=False)] if chosen.json else lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, `head` say, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    for sentence in errors:
        print(f"digitlab: {sentence}", file=sys.stderr)
    return 2 if errors else 0
