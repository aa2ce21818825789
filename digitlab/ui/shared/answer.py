"""The answer and the ten bars as the server shows them, where the page does not (digitlab/ui/pad/answer.js)."""

import html

import streamlit as st

from digitlab.networks.predictor import Reading
from digitlab.ui.shared.palette import DIGITS
from digitlab.ui.shared.reading import Answer
from digitlab.words import _

_RUNNER_UP = 0.05  # a second digit with less than this is not worth naming


def show_answer(answer: Answer) -> None:
    """The digit, large, with its probability, or "?" with what that means."""
    _show(answer.text, note(answer))


def note(answer: Answer) -> str:
    """What stands beside the digit."""
    if answer.refused:
        return _("This does not look like one digit. The bars show what comes closest.")
    return " ".join([_("Confidence {share}", share=percent(answer.probability)), *_runner_up(answer.reading)])


def show_invitation() -> None:
    """What stands in the answer's place while there is nothing to read."""
    _show("", _("Draw a digit from 0 to 9. The network reads it while you draw."), " dl-is-empty")


def show_bars(reading: Reading | None) -> None:
    """All ten probabilities; empty bars without a reading."""
    shares = reading.probabilities.tolist() if reading else [0.0] * 10
    best = reading.digit if reading else None
    rows = [
        f'<li class="dl-bar{" dl-best" if digit == best else ""}" data-digit="{digit}" '
        f'style="--share:{share:.4f};--digit:{DIGITS[digit]}">'
        f'<span class="dl-name">{digit}</span><span class="dl-track"><span class="dl-fill"></span></span>'
        f'<span class="dl-share">{percent(share) if reading else "–"}</span></li>'
        for digit, share in enumerate(shares)
    ]
    label = html.escape(_("Probability of each digit"))
    st.html(f'<ol class="dl-bars" aria-label="{label}">{"".join(rows)}</ol>')


def percent(share: float) -> str:
    """A probability in percent, never rounded up to a certainty."""
    return ">\u00a099.9%" if share >= 0.9995 else f"{share:.1%}"  # no line break after the sign


def _runner_up(reading: Reading) -> list[str]:
    second = int(reading.probabilities.argsort()[-2])
    share = float(reading.probabilities[second])
    if share <= _RUNNER_UP:
        return []
    return [_("Second choice: {digit} ({share})", digit=second, share=percent(share))]


def _show(digit: str, words: str, state: str = "") -> None:
    spoken = "" if state else ' role="status" aria-live="polite"'  # the page speaks for itself, once an answer rests
    st.html(
        f'<div class="dl-answer{state}"{spoken}>'
        f'<div class="dl-digit">{digit}</div><div class="dl-note">{html.escape(words)}</div></div>'
    )
