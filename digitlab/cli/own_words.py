"""The words of argparse itself, in the reader's language: headings, and what is wrong with an option."""

import argparse

from digitlab.words import Message, message

_TEXTS = (
    message("usage: "),
    message("positional arguments"),
    message("options"),
    message("show this help message and exit"),
    message("show program's version number and exit"),
    message("%(prog)s: error: %(message)s\n"),
    message("argument %(argument_name)s: %(message)s"),
    message("the following arguments are required: %s"),
    message("unrecognized arguments: %s"),
    message("not allowed with argument %s"),
    message("invalid choice: %(value)r (choose from %(choices)s)"),
    message("invalid %(type)s value: %(value)r"),
    message("expected one argument"),
    message("expected at least one argument"),
    message("expected at most one argument"),
    message("ambiguous option: %(option)s could match %(matches)s"),
)
_KNOWN: dict[str, Message] = {text.text: text for text in _TEXTS}


def install() -> None:
    """Have argparse look its words up here; what is not known stays in English."""
    # argparse takes them from the system's catalogues, which are in the terminal's language and most often not there.
    argparse._ = lambda text: str(_KNOWN.get(text, text))  # type: ignore[attr-defined]
