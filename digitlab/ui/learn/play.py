"""Live parts to play with: a filter on one's own drawing, dropout, first and trained weights."""

from typing import Any

import numpy as np
import pyarrow as pa
import streamlit as st

from digitlab.data.mnist import SIZES
from digitlab.insight.dropped import dropped
from digitlab.lessons.lesson import Lesson, Step
from digitlab.networks import zoo
from digitlab.networks.layers.scaling import Dropout
from digitlab.networks.layers.weighted import Conv, Dense
from digitlab.networks.untrained import untrained
from digitlab.ui.layers.filters import show_filters
from digitlab.ui.layers.input import choose_input
from digitlab.ui.learn.own import source
from digitlab.ui.pad.desk import show_desk
from digitlab.ui.pad.line import keep_the_line
from digitlab.ui.shared import becoming, montage
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.palette import DIGITS
from digitlab.ui.shared.panels import show_chart
from digitlab.ui.shared.reading import read
from digitlab.ui.shared.shown import Sample, stages
from digitlab.words import _, plural

_BEGUN = "learn_filter"  # session: the step whose filter was set last
_STEP = "learn_dropout"  # session: which step of a training dropout shows
_BINS = 40
_SPEC: dict[str, Any] = {
    "mark": {"type": "area", "interpolate": "step", "opacity": 0.45, "line": True, "tooltip": None, "aria": False},
    "height": 230,
    "config": {"view": {"stroke": None}},
}


def show_filter(lesson: Lesson, step: Step) -> None:
    """The playground on the reader's own drawing, with the step's filter at first."""
    model = zoo.find(lesson.recipe)
    place = f"{lesson.recipe} {step.key}"
    begun = st.session_state.get(_BEGUN) == place
    st.session_state[_BEGUN] = place
    with st.container(key="desk"):
        show_desk(model, cut=None, steps=becoming.steps(), per_map=False, parts=("small",))

    @st.fragment(key="learn_playground")
    @friendly()
    def playground() -> None:
        keep_the_line(runs=True)
        shown = choose_input()
        show_filters(stages(shown, becoming.steps())[-1].image, begin="" if begun else step.about)

    playground()


def show_dropout(lesson: Lesson, step: Step) -> None:
    """The numbers that a dropout layer is given, and what it passes on in one step of a training."""
    made = source(lesson)
    network = made.model.network
    layer = next(one for one in network.layers if one.name == step.about)
    assert isinstance(layer, Dropout)
    digit = Sample(int(st.number_input(_("Test digit"), 0, SIZES["test"] - 1, 0, key="learn_test_digit", width=200)))
    at = int(st.session_state.get(_STEP, 1))
    before = read(made.model, digit.image).activations[layer.inputs[0]]
    after = dropped(before, layer, at)
    gone = (after == 0) & (dropped(np.ones_like(before), layer, at) == 0)
    st.button(_("Another step"), icon=":material/casino:", key="learn_drop", on_click=_next_step)
    for title, values in ((_("Before"), before), (_("In step {step}", step=at), after)):
        st.markdown(title)
        with st.container(key=f"maps_{'before' if values is before else 'after'}"):
            st.image(montage.feature_maps(values).url, width="stretch", alt=title)
    st.markdown(
        plural(
            "{n} of {all} numbers is off. The others are divided by {rest:.2f}.",
            "{n} of {all} numbers are off. The others are divided by {rest:.2f}.",
            int(gone.sum()),
            all=gone.size,
            rest=1 - layer.rate,
        )
    )


def _next_step() -> None:
    st.session_state[_STEP] = int(st.session_state.get(_STEP, 1)) + 1


def show_weights(lesson: Lesson, step: Step) -> None:
    """A layer's weights before and after the training, as histograms."""
    made = source(lesson)
    names = [layer.name for layer in lesson.of.network.layers if isinstance(layer, Conv | Dense)]
    name = st.selectbox(_("Layer"), names, key="learn_layer", width=220, filter_mode=None)
    first = untrained(made.model).model.get_layer(name).kernel.numpy().reshape(-1)
    trained = zoo.read_weights(made.model)[name].arrays[0].reshape(-1)
    low, high = min(first.min(), trained.min()), max(first.max(), trained.max())
    edges = np.linspace(low, high, _BINS + 1)
    kinds = {_("first"): first, _("trained"): trained}
    columns: dict[str, list[Any]] = {"weight": [], "share": [], "kind": []}
    for kind, values in kinds.items():
        columns["weight"] += ((edges[:-1] + edges[1:]) / 2).tolist()
        columns["share"] += (np.histogram(values, edges)[0] / values.size).tolist()
        columns["kind"] += [kind] * _BINS
    encoding = {
        "x": {"field": "weight", "type": "quantitative", "title": _("weight")},
        "y": {"field": "share", "type": "quantitative", "stack": None, "axis": {"format": "%"}, "title": None},
        "color": {
            "field": "kind",
            "type": "nominal",
            "title": None,
            "scale": {"domain": list(kinds), "range": [DIGITS[0], DIGITS[1]]},
            "legend": {"orient": "top"},
        },
    }
    alt = _("Histograms of the weights of {layer}, before and after the training", layer=name)
    show_chart(pa.table(columns), _SPEC | {"encoding": encoding}, key=f"weights_{name}", alt=alt, zoom=False)
    for kind, values in kinds.items():
        st.markdown(
            _(
                "{kind}: mean {mean:.3f}, standard deviation {spread:.3f}, from {low:.3f} to {high:.3f}",
                kind=kind,
                mean=float(values.mean()),
                spread=float(values.std()),
                low=float(values.min()),
                high=float(values.max()),
            )
        )
