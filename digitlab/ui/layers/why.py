"""Why this answer: which ink and which strokes are evidence for a digit, and what change would give another digit."""

import numpy as np
import streamlit as st

from digitlab.drawing.strokes import Drawing
from digitlab.insight.attribution import (
    COMPLETE,
    METHODS,
    SIGNED,
    Attribution,
    Floats,
    Method,
    camera_layers,
    usual_camera_layer,
)
from digitlab.insight.faithful import faithful
from digitlab.insight.overlay import attribution_picture, change_picture, ends
from digitlab.networks.predictor import Predictor, Reading
from digitlab.ui.layers.evidence import attributed, changed, without_strokes
from digitlab.ui.shared import becoming, montage
from digitlab.ui.shared.answer import percent
from digitlab.ui.shared.choice import one_of
from digitlab.ui.shared.palette import VIK, table
from digitlab.ui.shared.shown import Shown
from digitlab.ui.shared.strips import show_scale
from digitlab.words import _, message, together

_PARTS = {
    "where": message("Attribution maps"),
    "stroke": message("Strokes"),
    "rather": message("One digit or another"),
    "change": message("Counterfactual"),
}
_OLDER = {
    "Where it looked": "where",
    "Which stroke did it": "stroke",
    "Why one digit and not another": "rather",
    "Make it another digit": "change",
}  # as addresses had them
_TRUST = message("Method"), message("Deletion"), message("Insertion")
_STROKES = message("Stroke"), message("Effect on the logit"), message("Evidence")
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
    part = one_of("why", _PARTS, _("Question"), default="where", older=_OLDER, hidden=True)
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
    """A choice of one of the ten digits; the first one is `default` for each new picture's answer."""
    chosen = st.pills(label, list(range(10)), default=default, required=True, key=f"{key}_{default}")
    return int(chosen) if chosen is not None else default


def _show_where(predictor: Predictor, reading: Reading, image: Floats) -> None:
    digit = _digit(_("Evidence for the digit"), "where_digit", reading.digit)
    network = predictor.network
    maps: dict[Method, Floats] = {}
    columns = dict(zip(METHODS, st.columns(len(METHODS), gap="medium"), strict=True))
    for method, text in METHODS.items():
        with columns[method], st.container(key=f"method_{method}", gap="xsmall"):
            st.markdown(f"**{text.title}**")
            layer = None
            if method == "grad-cam":
                layers = camera_layers(network)
                usual = usual_camera_layer(network)
                if usual is None:
                    st.caption(_("This network has no convolution."))
                    continue
                layer = st.selectbox(
                    _("Layer"),
                    layers,
                    index=layers.index(usual),
                    key=f"camera_{network.parameters}",
                    label_visibility="collapsed",
                    filter_mode=None,
                )
            found = attributed(predictor, method, image, digit, layer=layer)
            maps[method] = found.map
            _show_map(found, image, _("{method}, digit {digit}", method=text.title, digit=digit))
            says = together(text.says, text.says_not)
            st.markdown(f":small[{says}]")
            st.caption(text.source)
    _show_trust(predictor, image, maps, digit)


def _show_trust(predictor: Predictor, image: Floats, maps: dict[Method, Floats], digit: int) -> None:
    """Which of the maps puts the most important pixels first."""
    found = faithful(predictor, image, maps, digit)
    if not found:
        return
    rows = [
        f"| {METHODS[method].title} | {percent(figures.deletion)} | {percent(figures.insertion)} |"
        for method, figures in found.items()
    ]
    best = max(found, key=lambda method: found[method].trust)
    st.markdown(
        together(
            _("**Most faithful map here:** {method}.", method=METHODS[best].title),
            _(
                "Pixels are deleted, or inserted, in the order of importance in a map; the table shows the mean "
                "probability of {digit} meanwhile.",
                digit=digit,
            ),
            _("A faithful map has a low value for deletion and a high value for insertion."),
        )
    )
    head = f"| {_TRUST[0]} | {_TRUST[1]} | {_TRUST[2]} |"
    st.markdown("\n".join([head, "|:--|--:|--:|", *rows]))
    st.caption("Petsiuk et al., 2018, arXiv:1806.07421")


def _show_map(attribution: Attribution, image: Floats, alt: str) -> None:
    st.image(montage.data_url(attribution_picture(attribution, image)), width=_WIDTH, alt=alt)
    show_scale(*ends(attribution), attribution.method in SIGNED)
    if facts := attribution.facts:
        difference = attribution.score - facts["baseline"]
        error = abs(facts["sum"] - difference)
        allowed = max(COMPLETE * abs(difference), COMPLETE)
        says = _("Sum of the map: {sum:.2f}, the score minus the score of an empty image.", sum=facts["sum"])
        st.markdown(
            f":small[{says}]",
            help=_(
                "The score of the empty image is {baseline:.3f}, of this image {score:.3f}: a difference of "
                "{difference:.3f}. After {steps:.0f} steps the sum is off by {error:.3f}; the steps are halved until "
                "the error is at most {allowed:.3f}.",
                baseline=facts["baseline"],
                score=attribution.score,
                difference=difference,
                steps=facts["steps"],
                error=error,
                allowed=allowed,
            ),
        )


def _show_strokes(predictor: Predictor, reading: Reading, shown: Shown) -> None:
    if not isinstance(shown, Drawing):
        st.info(_("Only a drawing has strokes. Draw a digit on the pad above."), icon=":material/draw:")
        return
    digit = _digit(_("Effect on the digit"), "stroke_digit", reading.digit)
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
        what = _("for {digit}", digit=digit) if effect > 0 else _("against {digit}", digit=digit)
        rows.append(f"| {number} | {effect:+.2f} | {what} |".replace("-", "−"))
    left, right = st.columns([1, 1.6], gap="large")
    with left:
        st.image(_SVG.format(lines="".join(lines)), width=_WIDTH, alt=_("Strokes, coloured by effect"))
        show_scale(-top, top, signed=True)
    with right:
        head = f"| {_STROKES[0]} | {_STROKES[1]} | {_STROKES[2]} |"
        st.markdown("\n".join([head, "|--:|--:|:--|", *rows]))
        says = together(
            _(
                "Each stroke is left out in turn. Effect: the logit of {digit} with all strokes ({score:.2f}) minus "
                "the logit without this stroke.",
                digit=digit,
                score=found.score,
            ),
            _("Two redundant strokes can both show no effect, because one of them is enough."),
        )
        st.markdown(f":small[{says}]")


def _show_rather(predictor: Predictor, reading: Reading, image: Floats) -> None:
    second = int(reading.probabilities.argsort()[-2])
    left, right = st.columns([1, 1.6], gap="large")
    with right:
        digit = _digit(_("Why"), "rather_digit", reading.digit)
        other = _digit(_("Why not"), "rather_other", second)
    if digit == other:
        right.info(_("Choose two different digits."))
        return
    evidence = attributed(predictor, "integrated-gradients", image, digit, other)
    with left:
        _show_map(evidence, image, _("Evidence for {digit} rather than {other}", digit=digit, other=other))
    with right:
        st.markdown(
            together(
                _(
                    "Brown ink is evidence for **{digit}** rather than **{other}**, blue ink the reverse.",
                    digit=digit,
                    other=other,
                ),
                _(
                    "The difference of the two logits is **{score:+.2f}**: the network prefers {better}.",
                    score=evidence.score,
                    better=digit if evidence.score > 0 else other,
                ),
            )
        )
        says = _("Integrated gradients of the difference of both logits. Ink that both digits need does not show.")
        st.markdown(f":small[{says}] :small[{METHODS['integrated-gradients'].source}]")


def _show_change(predictor: Predictor, reading: Reading, image: Floats) -> None:
    second = int(reading.probabilities.argsort()[-2])
    digit = _digit(_("Target digit"), "change_digit", second)
    if digit == reading.digit and reading.probabilities[digit] >= 0.5:
        st.info(_("The network already reads {digit}. Choose another digit.", digit=digit))
        return
    found = changed(predictor, image, digit)
    if not found.found:
        st.info(
            _(
                "No small change gives {digit} a probability of {wanted:.0%}; the search reached {share}. Try another "
                "digit.",
                digit=digit,
                wanted=0.5,
                share=percent(found.probability),
            )
        )
        return
    add, remove = float(found.change.clip(0).sum()), float(-found.change.clip(max=0).sum())
    for column, (title, picture) in zip(
        st.columns(3, gap="medium"),
        {
            _("Original"): montage.enlarged(image),
            _("Change"): montage.data_url(change_picture(image, found.change)),
            _("Read as {digit}", digit=digit): montage.enlarged(found.image),
        }.items(),
        strict=True,
    ):
        with column:
            st.image(picture, width=_WIDTH, alt=title)
            st.markdown(f"**{title}**")
    st.markdown(
        _(
            "Add ink of **{add:.1f}** full pixels (brown, +) and remove **{remove:.1f}** (blue, −), {distance:.1f} in "
            "total. Then {digit} has a probability of **{share}**.",
            add=add,
            remove=remove,
            distance=found.distance,
            digit=digit,
            share=percent(found.probability),
        )
    )
    says = together(
        _("This change is a local minimum: a smaller change may exist elsewhere.")
        if found.settled
        else _("The search was stopped after {steps} steps: a smaller change may exist.", steps=found.steps),
        _(
            "The change shows what this network is sensitive to. The image need not look like {digit} to you.",
            digit=digit,
        ),
    )
    st.markdown(f":small[{says}] :small[Szegedy et al., 2013, arXiv:1312.6199]")
