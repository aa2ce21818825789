"""How accuracy falls as digits are made harder, one curve a network, with what each strength looks like."""

from functools import lru_cache

import numpy as np
import streamlit as st

from digitlab.insight import robustness
from digitlab.insight.robustness import WAYS, Curve, Way
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.ui import montage
from digitlab.ui.samples import figures
from digitlab.ui.samples.downloads import figure_config, of_url, offer_csv, offer_png
from digitlab.ui.waiting import wait_for

_EXAMPLES = 6


def show_robustness(model: Model) -> None:
    st.markdown(
        f"{robustness.DIGITS:,} test digits, made harder to read in {len(WAYS)} ways. Every network reads the very "
        "same pictures."
    )
    names = [one.name for one in zoo.models() if one.hash != model.hash]
    others = st.multiselect(
        "Beside it", names, key="robust_beside", persist_state="session", width=560, placeholder="other networks"
    )
    models = [model, *(zoo.find(name) for name in others)]
    curves: list[tuple[str, tuple[Curve, ...]]] = []
    for one in models:
        wait_for(robustness.wanted(one), f"How robust {one.name} is", "about half a minute on two idle cores")
        found = robustness.curves(one)
        if found is not None:
            curves.append((one.name, found))
    if not curves:
        st.markdown("Meanwhile, this is what the digits look like:")
    for start in range(0, len(WAYS), 2):
        for column, place in zip(st.columns(2, gap="large"), range(start, start + 2), strict=True):
            with column:
                st.subheader(WAYS[place].title)
                _show_way(WAYS[place], [(name, found[place]) for name, found in curves])
    if curves:
        offer_csv(
            "robustness",
            ["model", "way", "strength", "accuracy", "low", "high"],
            lambda: [
                [name, curve.way.name, *row]
                for name, found in curves
                for curve in found
                for row in zip(curve.way.strengths, curve.accuracy, curve.low, curve.high, strict=True)
            ],
            "csv_robustness",
        )


def _show_way(way: Way, curves: list[tuple[str, Curve]]) -> None:
    if curves:
        sentence = " ".join(_sentence(name, curve) for name, curve in curves)
        st.plotly_chart(
            figures.robustness(curves), key=f"robust_{way.name}", config=figure_config(f"robustness-{way.name}"),
            alt=f"Accuracy against {way.title.lower()}. {sentence}",
        )  # fmt: skip
        st.caption(sentence)
    with st.container(key=f"examples_{way.name}", gap="xsmall"):
        st.image(
            _examples(way.name), width="stretch", alt=f"{way.title}: three digits, from untouched to the strongest"
        )
        st.html(
            '<div class="dl-strengths">'
            + "".join(f"<span>{strength:g}</span>" for strength in way.strengths)
            + "</div>"
        )
        offer_png(f"examples-{way.name}", lambda: of_url(_examples(way.name)), f"png_{way.name}")


def _sentence(name: str, curve: Curve) -> str:
    """Where a network falls below nine in ten."""
    way = curve.way
    for strength, share in zip(way.strengths, curve.accuracy, strict=True):
        if share < 0.9:
            return f"{name} falls below 90 % at {strength:g} ({share:.0%})."
    return f"{name} stays above 90 % up to {way.strengths[-1]:g}."


@lru_cache(maxsize=len(WAYS))
def _examples(name: str) -> str:
    """Three digits in every strength of one way, side by side, as a picture's data: address."""
    way = next(way for way in WAYS if way.name == name)
    shown = np.stack([robustness.changed(way, strength, _EXAMPLES)[:3] for strength in way.strengths])
    tiles = np.pad(shown, ((0, 0), (0, 0), (0, 0), (0, 1)))  # [strengths, digits, 28, 29]
    rows = tiles.reshape(len(way.strengths), 3 * 28, 29).transpose(1, 0, 2).reshape(3 * 28, -1)
    return montage.enlarged(rows[:, :-1], 4)
