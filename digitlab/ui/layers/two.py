"""Two networks on one drawing: answers, bars, and the same layer of each."""

import numpy as np
import streamlit as st

from digitlab.networks.graph import INPUT, Network
from digitlab.networks.predictor import Floats, Predictor, Reading
from digitlab.networks.untrained import untrained
from digitlab.networks.zoo import Model
from digitlab.ui.shared import layer_text, montage, names, visitor
from digitlab.ui.shared.answer import percent, show_bars
from digitlab.ui.shared.choice import one_of
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.reading import predictor
from digitlab.ui.shared.strips import show_scale
from digitlab.words import _, message

UNTRAINED = "untrained"
_CHOSEN = "chosen"  # the network of the page


def show_two(model: Model, network: Network, reading: Reading, name: str) -> None:
    """Any two networks, the chosen one first; `name` is its opened layer."""
    others = {other.name: other for other in visitor.models() if other.hash != model.hash}
    labels = names.of_models(others.values())
    image = np.ascontiguousarray(reading.activations[INPUT][:, :, 0])
    left, right = st.columns(2, gap="large")
    with left, friendly():
        with st.container(key="two_head_left"):
            own = message("{model}, selected above", model=names.of_model(model))
            first = one_of("first", {_CHOSEN: own, **labels}, _("First network"), default=_CHOSEN, listed=True)
        if first == _CHOSEN:
            _show(network, reading, model.threshold, name, "left")
        else:
            _show_other(predictor(others[first]), image, network, name, "left")
    with right, friendly():
        head = st.container(key="two_head_right")
        with head:
            fresh = message("{model}, untrained", model=names.of_model(model))
            second = one_of("second", {UNTRAINED: fresh, **labels}, _("Second network"), default=UNTRAINED, listed=True)
        if second == UNTRAINED:
            with st.spinner(_("Making random weights …")):
                opened = untrained(model)
            head.caption(_("The same layers with random weights, as before the first training step."))
        else:
            opened = predictor(others[second])
        _show_other(opened, image, network, name, "right")


def _show_other(opened: Predictor, image: Floats, network: Network, name: str, side: str) -> None:
    """What another network makes of the picture, at the layer that is most like the opened one."""
    _show(opened.network, opened.read(image), opened.threshold, _same(network, name, opened.network), side)


def _same(network: Network, name: str, other: Network) -> str:
    """The other network's layer of that name, or the one that is as far along among those of its kind."""
    names = [layer.name for layer in other.layers]
    if name == INPUT or name in names:
        return name
    kind = next(layer.kind for layer in network.layers if layer.name == name)
    mine = [layer.name for layer in network.layers if layer.kind == kind]
    theirs = [layer.name for layer in other.layers if layer.kind == kind] or names
    return theirs[min(mine.index(name), len(theirs) - 1)]


def _show(network: Network, reading: Reading, threshold: float | None, name: str, side: str) -> None:
    with st.container(key=f"two_{side}"):
        refused = threshold is not None and reading.energy is not None and reading.energy > threshold
        share = percent(float(reading.probabilities.max()))
        st.markdown(
            _("Answer: **?**, not a digit")
            if refused
            else _("Answer: **{digit}**, confidence {share}", digit=reading.digit, share=share)
        )
        show_bars(reading)
        values = reading.activations[name]
        signed = bool((values < 0).any())
        st.markdown(f"`{name}` {layer_text.shape_text(values.shape)}")
        made = (
            montage.strip(values, signed)
            if values.ndim == 1
            else montage.feature_maps(values, signed=signed, columns=8)
        )
        with st.container(key=f"maps_two_{side}", gap="xsmall"):
            st.image(
                made.url,
                width="stretch",
                alt=_("Values of layer {name}, {shape}", name=name, shape=layer_text.shape_text(values.shape)),
            )
            show_scale(made.low, made.high, signed)
