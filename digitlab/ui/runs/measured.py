"""What a card says about reading: the figures that were measured, under the commands that print them."""

import re
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import Any

import streamlit as st

from digitlab.words import Message, _, message, together

# The texts of cards, by their beginnings, and how this page says them; another text stays as the card has it.
_KNOWN: tuple[tuple[str, Callable[[re.Match[str]], Message]], ...] = (
    (r"clean:.*", lambda _found: message("Pen digits read correctly, refused ones included (clean)")),
    (r"answered:.*", lambda _found: message("Pen digits answered (answered)")),
    (r"read:.*", lambda _found: message("Pen digits answered and read correctly (read)")),
    (r"MNIST's.*", lambda _found: message("MNIST test digits read correctly")),
    (r"expected.*", lambda _found: message("Expected calibration error on the MNIST test digits")),
    (r"those\sof.*", lambda _found: message("Drawings of the kind that is refused least: refused")),
    (
        r"drawings of (\d+) kinds.*",
        lambda found: message("Drawings that are no digit, {kinds} kinds: refused", kinds=found[1]),
    ),
    (
        r"drawings of (\d+) other.*",
        lambda found: message(
            "Drawings of {kinds} other kinds, seen while the model was built: refused", kinds=found[1]
        ),
    ),
    (
        r"clean lost .*sheared by up to ([\d.]+)",
        lambda found: message("Loss of clean where digits are slanted by up to {most}", most=found[1]),
    ),
    (
        r"clean lost .*turned by up to (\d+)°",
        lambda found: message("Loss of clean where digits are rotated by up to {most}°", most=found[1]),
    ),
    (r"clean\slost.*pictures.*", lambda _found: message("Loss of clean for pictures with any pen at any size")),
)


def show_measured(measured: dict[str, Any]) -> None:
    """The table, and which pen digits they were."""
    rows = []
    for command, figures in groupby(measured["figures"], itemgetter("command")):
        rows.append(f"| | `{command}` |")
        rows += [f"| {row['value']:.2%} | {_text(row['what'])}{_aim(row)} |" for row in figures]
    share, figure = _("Portion"), _("Figure")
    st.markdown("\n".join([f"| {share} | {figure} |", "|--:|:--|", *rows]))
    strokes = measured["strokes"]
    doi = f"[doi:{strokes['doi']}](https://doi.org/{strokes['doi']})"
    st.caption(
        together(
            _(
                "Pen digits: {set}, {doi}, {clean} of {drawings} drawings; the others are scribbles and wrong labels.",
                set=strokes["set"],
                doi=doi,
                clean=strokes["clean"],
                drawings=strokes["drawings"],
            ),
            _(
                "The model learned from them. The figures are means over {folds} networks that were trained in the "
                "same way, each without the writers of its own test.",
                folds=measured["folds"],
            )
            if "folds" in measured
            else _("The model did not learn from them."),
        )
    )


def _text(what: str) -> str:
    for pattern, text in _KNOWN:
        if found := re.fullmatch(pattern, what):
            return str(text(found))
    return what


def _aim(row: dict[str, Any]) -> str:
    """What a figure should be, where its model has an aim."""
    if "at_least" in row:
        return " " + _("(aim: at least {share:.1%})", share=row["at_least"])
    return " " + _("(aim: at most {share:.1%})", share=row["at_most"]) if "at_most" in row else ""
