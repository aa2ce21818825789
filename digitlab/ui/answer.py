"""The answer and the ten bars.

Both are plain HTML with a fixed shape, so that a script on the page can change them in place: the answer is `.dl-digit`
and `.dl-note` in the container `answer`; each row of the container `bars` is a `.dl-bar` with `data-digit`, whose
`--share` (0 to 1) is the bar's length and whose `.dl-share` is its text. Each of the server's answers is a new element,
even where it says the same, so that nothing a script wrote outlives it.
"""

import html
import zlib

import streamlit as st

from digitlab.networks.graph import INPUT
from digitlab.networks.predictor import Reading
from digitlab.ui.palette import DIGITS
from digitlab.ui.reading import Answer

# digitlab/ui/live/view.js says the same in the page; tests/browser/test_arithmetic.py compares the two.
RUNNER_UP = 0.05  # a second digit with less than this is not worth naming
REFUSED = "That does not look like one digit. The bars show what comes closest."
INVITATION = "Draw a digit from 0 to 9 on the black field."


def show_answer(answer: Answer) -> None:
    """The digit, large, with its probability, or "?" with what that means."""
    mark = zlib.crc32(answer.reading.activations[INPUT].tobytes())
    _show(answer.text, note(answer), mark)


def note(answer: Answer) -> str:
    """What stands beside the digit."""
    if answer.refused:
        return REFUSED
    return " ".join([f"{percent(answer.probability)} sure.", *_runner_up(answer.reading)])


def show_invitation(text: str = INVITATION) -> None:
    """What stands in the answer's place while there is nothing to read."""
    _show("?", text)


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
    st.html(f'<ol class="dl-bars" aria-label="Probability of each digit">{"".join(rows)}</ol>')


def percent(share: float) -> str:
    """A probability in percent, never rounded up to a certainty."""
    return ">\u00a099.9\u00a0%" if share >= 0.9995 else f"{share * 100:.1f}\u00a0%"  # no line breaks inside


def _runner_up(reading: Reading) -> list[str]:
    second = int(reading.probabilities.argsort()[-2])
    share = float(reading.probabilities[second])
    return [f"It could be {second}: {percent(share)}."] if share > RUNNER_UP else []


def _show(digit: str, words: str, mark: int = 0) -> None:
    st.html(
        f'<div class="dl-answer" role="status" aria-live="polite" data-reading="{mark:08x}">'
        f'<div class="dl-digit">{digit}</div><div class="dl-note">{html.escape(words)}</div></div>'
    )
