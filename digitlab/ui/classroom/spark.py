"""A run's small curve: how the accuracy on training digits has grown so far, in the height of a line."""

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.runs.following import follow
from digitlab.server.store import store
from digitlab.words import _

WIDTH, HEIGHT = 120, 28  # pixels
_POINTS = 40


def show_spark(run: int) -> None:
    """The curve; nothing before the first row."""
    try:
        steps = follow(store(), run).steps
    except DigitLabError:  # it has gone
        return
    if len(steps) < 2:
        return
    # Means over as many parts as there is room for: single batches jump.
    size = -(-len(steps) // _POINTS)
    parts = [steps[at : at + size] for at in range(0, len(steps), size)]
    heights = [sum(step.accuracy for step in part) / len(part) for part in parts]
    across = WIDTH / max(1, len(heights) - 1)
    points = " ".join(f"{at * across:.1f},{HEIGHT * (1 - height):.1f}" for at, height in enumerate(heights))
    words = _("Training accuracy of run {run} so far: {now:.0%}", run=str(run), now=heights[-1])
    st.html(
        f'<svg class="dl-spark" role="img" aria-label="{words}" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}"><title>{words}</title><polyline points="{points}"/></svg>',
        width="content",
    )
