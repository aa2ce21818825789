"""Where a network draws the line between a digit and something else."""

import streamlit as st

from digitlab.networks.zoo import Model
from digitlab.words import _, message

_ROUNDING = 1e-3  # the card's table rounds its thresholds
_KINDS = {
    kind.text: kind
    for kind in (
        message("musical notes"),
        message("letters c to Я"),
        message("stick figures"),
        message("flowers"),
        message("digits one above the other"),
        message("joined-up words"),
        message("ticks and boxes"),
        message("grids"),
        message("scratched-out patches"),
        message("animals"),
        message("faces with hair or a hat"),
        message("arrows in rings and crossings"),
        message("digits half over each other"),
    )
}  # the drawings that a card names
_WIDTH = 290  # pixels: the answer beside it stays in sight while the slider moves


def choose_cut(model: Model) -> float | None:
    """A slider for the energy above which the network says "?"; None, and no slider, for one that always answers."""
    if model.threshold is None:
        return None
    own = model.threshold
    table: list[dict[str, float]] = model.card["abstain"].get("table", [])
    rows = {own if abs(row["threshold"] - own) < _ROUNDING else row["threshold"]: row for row in table}
    cuts = sorted({own, *rows})
    if len(cuts) == 1:
        return own
    with st.container(width=_WIDTH, key="cut_panel"):
        st.markdown(_('**When to answer "?"**  \nThe network can refuse what does not look like one digit.'))
        key = f"cut_{model.hash}"
        st.session_state.setdefault(key, own)
        cut = float(
            st.select_slider(
                _("Strict ← → lenient"),
                cuts,
                format_func=lambda value: (
                    _("{share:.2%} answered", share=rows[value]["answered"]) if value in rows else _("default")
                ),
                key=key,
                persist_state="session",
            )
        )
        if row := rows.get(cut):
            st.markdown(
                _(
                    "Here the network answers **{answered:.1%}** of real pen digits and refuses **{refused:.1%}** of "
                    "drawings that are no digit.",
                    answered=row["answered"],
                    refused=row["refused"],
                )
            )
            kinds = (str(_KINDS.get(kind, kind)) for kind in model.card["abstain"]["refused_by_kind"])
            st.caption(_("Measured with: {kinds}.", kinds=", ".join(kinds)))
        st.caption(
            _(
                "The network refuses where the energy is above {cut:.2f}. The energy is low for what it knows (Liu and "
                "others, 2020, [arXiv:2010.03759](https://arxiv.org/abs/2010.03759)).",
                cut=cut,
            )
        )
    return cut
