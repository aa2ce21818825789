"""How accuracy falls as digits are made harder, one curve a network, with what each strength looks like."""

from functools import lru_cache

import numpy as np
import streamlit as st

from digitlab.insight import robustness
from digitlab.insight.robustness import WAYS, Curve, Way
from digitlab.networks.zoo import Model
from digitlab.ui.samples import figures
from digitlab.ui.samples.computing import HALF_A_MINUTE
from digitlab.ui.samples.downloads import figure_config, of_url, offer_csv, offer_png
from digitlab.ui.shared import montage, visitor
from digitlab.ui.shared.foreign import plain
from digitlab.ui.shared.names import in_text, of_model, of_models
from digitlab.ui.shared.results import wait_for
from digitlab.words import _, together

_EXAMPLES = 6


def show_robustness(model: Model) -> None:
    st.markdown(
        _(
            "{digits} test digits, distorted in {ways} ways. Every network reads the same images.",
            digits=robustness.DIGITS,
            ways=len(WAYS),
        )
    )
    beside = {one.name: one for one in visitor.models() if one.hash != model.hash}
    others = st.multiselect(
        _("Compare with"),
        list(beside),
        format_func=of_models(beside.values()).__getitem__,
        key="robust_beside",
        persist_state="session",
        width=560,
        placeholder=_("Other networks"),
    )
    models = [model, *(beside[name] for name in others)]
    curves: list[tuple[str, tuple[Curve, ...]]] = []
    for one in models:
        wait_for(robustness.wanted(one), _("Robustness of {model}", model=in_text(one)), HALF_A_MINUTE)
        found = robustness.curves(one)
        if found is not None:
            curves.append((of_model(one), found))
    if not curves:
        st.markdown(_("Examples of the distorted digits:"))
    for start in range(0, len(WAYS), 2):
        for column, place in zip(st.columns(2, gap="large"), range(start, start + 2), strict=True):
            with column:
                st.subheader(str(WAYS[place].title))
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
        sentence = together(*(_sentence(name, curve) for name, curve in curves))
        st.plotly_chart(
            figures.robustness(curves), key=f"robust_{way.name}", config=figure_config(f"robustness-{way.name}"),
            alt=together(_("Accuracy by strength. {name}.", name=way.title), sentence),
        )  # fmt: skip
        st.caption(sentence)
    with st.container(key=f"examples_{way.name}", gap="xsmall"):
        st.image(
            _examples(way.name),
            width="stretch",
            alt=_("{name}: three digits, from unchanged to strongest", name=way.title),
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
            return _(
                "{model} falls below 90% at {strength} ({share:.0%}).",
                model=plain(name),
                strength=strength,
                share=share,
            )
    return _("{model} stays above 90% up to {strength}.", model=plain(name), strength=way.strengths[-1])


@lru_cache(maxsize=len(WAYS))
def _examples(name: str) -> str:
    """Three digits in every strength of one way, side by side, as a picture's data: URL."""
    way = next(way for way in WAYS if way.name == name)
    shown = np.stack([robustness.changed(way, strength, _EXAMPLES)[:3] for strength in way.strengths])
    tiles = np.pad(shown, ((0, 0), (0, 0), (0, 0), (0, 1)))  # [strengths, digits, 28, 29]
    rows = tiles.reshape(len(way.strengths), 3 * 28, 29).transpose(1, 0, 2).reshape(3 * 28, -1)
    return montage.enlarged(rows[:, :-1], 4)
