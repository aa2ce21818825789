"""Why this answer: which ink speaks for a digit, which stroke did it, and what would make it another digit."""

import numpy as np
import streamlit as st

from digitlab.drawing.strokes import Drawing
from digitlab.insight.attribution import (
    COMPLETE,
    METHODS,
    SIGNED,
    Attribution,
    Floats,
    camera_layers,
    usual_camera_layer,
)
from digitlab.insight.overlay import attribution_picture, change_picture, ends
from digitlab.networks.predictor import Predictor, Reading
from digitlab.ui import becoming, montage
from digitlab.ui.answer import percent
from digitlab.ui.layers.explained import changed, explained, without_strokes
from digitlab.ui.palette import VIK, table
from digitlab.ui.shown import Shown
from digitlab.ui.strips import show_scale

_PARTS = {
    "Where it looked": "where",
    "Which stroke did it": "stroke",
    "Why one digit and not another": "rather",
    "Make it another digit": "change",
}
_WIDTH = 252
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28" width="280" height="280">'
    '<rect width="28" height="28" fill="#f3f1ec"/>'
    '<g fill="none" stroke-linecap="round" stroke-linejoin="round" stroke-width="2.4" '
    'font-family="sans-serif" font-size="1.6" font-weight="700" text-anchor="middle">{lines}</g></svg>'
)
_SIGNED_COLOURS = table(VIK)


def show_why(predictor: Predictor, reading: Reading, shown: Shown) -> None:
    """The part's own choices, and the one of its parts that is open; the others compute nothing."""
    image = np.ascontiguousarray(reading.activations["input"][:, :, 0])
    part = _PARTS[
        str(
            st.segmented_control(
                "Question",
                list(_PARTS),
                default=next(iter(_PARTS)),
                required=True,
                key="why",
                bind="query-params",
                label_visibility="collapsed",
            )
        )
    ]
    with st.container(key=f"why_{part}"):
        if part == "where":
            _show_where(predictor, reading, image)
        elif part == "stroke":
            _show_strokes(predictor, reading, shown)
        elif part == "rather":
            _show_rather(predictor, reading, image)
        else:
            _show_change(predictor, reading, image)


def _digit(label: str, key: str, default: int) -> int:
    """A choice of one of the ten; it starts with `default` for each new picture's answer."""
    chosen = st.pills(label, list(range(10)), default=default, required=True, key=f"{key}_{default}")
    return int(chosen) if chosen is not None else default


def _show_where(predictor: Predictor, reading: Reading, image: Floats) -> None:
    digit = _digit("What speaks for the digit", "where_digit", reading.digit)
    network = predictor.network
    for column, (method, text) in zip(st.columns(len(METHODS), gap="medium"), METHODS.items(), strict=True):
        with column, st.container(key=f"method_{method}", gap="xsmall"):
            st.markdown(f"**{text.title}**")
            layer = None
            if method == "grad-cam":
                layers = camera_layers(network)
                usual = usual_camera_layer(network)
                if usual is None:
                    st.caption("This network has no convolution to look at.")
                    continue
                layer = st.selectbox(
                    "Layer",
                    layers,
                    index=layers.index(usual),
                    key=f"camera_{network.parameters}",
                    label_visibility="collapsed",
                    filter_mode=None,
                )
            _show_map(explained(predictor, method, image, digit, layer=layer), image, f"{text.title} for {digit}")
            st.markdown(f":small[{text.says} {text.says_not}]")
            st.caption(text.source)


def _show_map(attribution: Attribution, image: Floats, alt: str) -> None:
    st.image(montage.data_url(attribution_picture(attribution, image)), width=_WIDTH, alt=alt)
    show_scale(*ends(attribution), attribution.method in SIGNED)
    if facts := attribution.facts:
        difference = attribution.score - facts["baseline"]
        error = abs(facts["sum"] - difference)
        st.markdown(
            f":small[The map adds up to {facts['sum']:.3f}; the logit went from {facts['baseline']:.3f} to "
            f"{attribution.score:.3f}, that is by {difference:.3f}. Left over: {error:.3f}, at most "
            f"{max(COMPLETE * abs(difference), COMPLETE):.3f} is allowed ({facts['steps']:.0f} steps).]"
        )


def _show_strokes(predictor: Predictor, reading: Reading, shown: Shown) -> None:
    if not isinstance(shown, Drawing):
        st.info("Only a drawing has strokes. Draw a digit on the Draw page, and come back.", icon=":material/draw:")
        return
    digit = _digit("What each stroke did for the digit", "stroke_digit", reading.digit)
    found = without_strokes(predictor, shown, digit, becoming.steps())
    top = max(float(np.abs(found.effects).max()), 1e-9)
    lines, rows = [], []
    for number, (segments, effect) in enumerate(zip(found.segments, found.effects.tolist(), strict=True), 1):
        red, green, blue = _SIGNED_COLOURS[round((effect / top + 1) * 127.5)].tolist()
        colour = f"rgb({red} {green} {blue})"
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in [segments[0][:2], *segments[:, 2:]])
        lines.append(f'<polyline points="{points}" stroke="#333" stroke-width="3"/>')  # keeps faint ones visible
        lines.append(f'<polyline points="{points}" stroke="{colour}"/>')
        x, y = segments[0][:2]
        lines.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="1.15" fill="white"/>')
        lines.append(f'<text x="{x:.2f}" y="{y + 0.55:.2f}" fill="black">{number}</text>')
        what = "for" if effect > 0 else "against"
        rows.append(f"| {number} | {effect:+.2f} | {what} {digit} |".replace("-", "−"))
    left, right = st.columns([1, 1.6], gap="large")
    with left:
        st.image(_SVG.format(lines="".join(lines)), width=_WIDTH, alt="The strokes, coloured by effect")
        show_scale(-top, top, signed=True)
    with right:
        st.markdown("\n".join(["| Stroke | Effect on the logit | Speaks |", "|--:|--:|:--|", *rows]))
        st.markdown(
            f":small[Each stroke is left out in turn while the others stay where they are; its effect is the logit of "
            f"{digit} with all strokes ({found.score:.2f}) less that without it. Two strokes that do the same work can "
            "both look useless, for either alone is enough.]"
        )


def _show_rather(predictor: Predictor, reading: Reading, image: Floats) -> None:
    second = int(reading.probabilities.argsort()[-2])
    left, right = st.columns([1, 1.6], gap="large")
    with right:
        digit = _digit("Why", "rather_digit", reading.digit)
        other = _digit("and not", "rather_other", second)
    if digit == other:
        right.info("Choose two different digits.")
        return
    evidence = explained(predictor, "integrated-gradients", image, digit, other)
    with left:
        _show_map(evidence, image, f"Evidence for {digit} rather than {other}")
    with right:
        st.markdown(
            f"Brown ink speaks for **{digit}** rather than **{other}**, blue ink the other way round. Together they "
            f"move the difference of the two logits to **{evidence.score:+.2f}**: "
            + ("the network prefers " + str(digit if evidence.score > 0 else other) + ".").replace("-", "−")
        )
        st.markdown(
            ":small[These are integrated gradients of the one logit less the other. They say nothing of ink that both "
            f"digits need.] :small[{METHODS['integrated-gradients'].source}]"
        )


def _show_change(predictor: Predictor, reading: Reading, image: Floats) -> None:
    second = int(reading.probabilities.argsort()[-2])
    digit = _digit("Which digit it should become", "change_digit", second)
    if digit == reading.digit and reading.probabilities[digit] >= 0.5:
        st.info(f"The network reads it as {digit} already. Choose another digit.")
        return
    found = changed(predictor, image, digit)
    if not found.found:
        st.info(
            f"No change near this drawing gives {digit} a probability of one half; the search came to "
            f"{percent(found.probability)}. Try another digit."
        )
        return
    add, remove = float(found.change.clip(0).sum()), float(-found.change.clip(max=0).sum())
    for column, (title, picture) in zip(
        st.columns(3, gap="medium"),
        {
            "As it is": montage.enlarged(image),
            "What has to change": montage.data_url(change_picture(image, found.change)),
            f"Read as {digit}": montage.enlarged(found.image),
        }.items(),
        strict=True,
    ):
        with column:
            st.image(picture, width=_WIDTH, alt=title)
            st.markdown(f"**{title}**")
    st.markdown(
        f"Add ink for **{add:.1f}** full pixels (brown, +) and take away **{remove:.1f}** (blue, −), "
        f"{found.distance:.1f} together: then {digit} has a probability of **{percent(found.probability)}**."
    )
    st.markdown(
        ":small["
        + (
            "It is a local minimum of the ink that changes: no step near by does it with less, but a quite different "
            "change might. "
            if found.settled
            else f"The search was stopped after {found.steps} steps, before it came to rest: a little less ink may do. "
        )
        + "It shows what this network is sensitive to, and need not look like the other digit to "
        "you.] "
        ":small[After Szegedy and others, 2013, arXiv:1312.6199; the search: digitlab/insight/counterfactual.py.]"
    )
