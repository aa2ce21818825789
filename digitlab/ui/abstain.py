"""Where a network draws the line between a digit and something else."""

import streamlit as st

from digitlab.networks.zoo import Model

_ROUNDING = 1e-3  # the card's table rounds its thresholds
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
    with st.popover("When it says ?", icon=":material/help:", key="cut_panel"), st.container(width=_WIDTH):
        st.markdown("The network can refuse what does not look like one digit. How strict should it be?")
        key = f"cut_{model.hash}"
        st.session_state.setdefault(key, own)
        cut = float(
            st.select_slider(
                "Strict on the left, generous on the right",
                cuts,
                format_func=lambda value: f"{rows[value]['answered']:.2%} answered" if value in rows else "its own",
                key=key,
                persist_state="session",
            )
        )
        if row := rows.get(cut):
            st.markdown(
                f"Here it answers **{row['answered']:.1%}** of real pen digits and refuses **{row['refused']:.1%}** of "
                "drawings that are no digit."
            )
            st.caption(f"Measured with {', '.join(model.card['abstain']['refused_by_kind'])}.")
        st.caption(
            f"It refuses where the energy is above {cut:.2f}: that is low for what the network knows (Liu and others, "
            "2020, [arXiv:2010.03759](https://arxiv.org/abs/2010.03759))."
        )
    return cut
