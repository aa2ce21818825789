"""The map: test digits as the network sees them, a lasso over them, and the drawing on the pad among them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from digitlab import home
from digitlab.data import mnist
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import Drawing
from digitlab.insight import embedding, features
from digitlab.insight.answers import Answers
from digitlab.insight.embedding import Map
from digitlab.networks.layers import Dropout
from digitlab.networks.zoo import Model
from digitlab.ui import pad, routes
from digitlab.ui.palette import DIGITS
from digitlab.ui.reading import predictor
from digitlab.ui.samples import address
from digitlab.ui.samples.computing import answers_of, map_of_components, wait_for_features
from digitlab.ui.samples.downloads import figure_config, offer_csv, offer_sheet
from digitlab.ui.samples.sheet import PER_PAGE, show_sheet, tiles
from digitlab.ui.waiting import wait_for

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from numpy.typing import NDArray

_METHODS = {"pca": "PCA", "t-sne": "t-SNE"}
_COLOURS = {"label": "Label", "answer": "Answer"}
_NEIGHBOURS = 8
_MOST_STROKES = 12  # of a drawing that get a place of their own on the trail
_TOOLS = ("lasso2d", "select2d", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d")

_hover = st.components.v2.component(
    "digitlab_map_hover",
    html="<canvas hidden></canvas>",
    css=Path(__file__).with_name("hover.css").read_text(encoding="utf-8"),
    js=Path(__file__).with_name("hover.js").read_text(encoding="utf-8"),
    isolate_styles=True,
)


def show_map(model: Model) -> None:
    layer, method, colour = _choose(model)
    found_answers = answers_of(model, "test")
    found = None
    if method == "t-sne":
        wait_for(embedding.wanted(model, layer, "t-sne"), "The t-SNE map", "about half a minute on two idle cores")
        found = embedding.known(model, layer, "t-sne")
    found = found or map_of_components(model, layer)
    trail = _trail(model, found)
    _look(model, found, found_answers, colour, trail)
    _drawing(model, trail)


def _choose(model: Model) -> tuple[str, str, str]:
    layers = [one.name for one in model.network.layers if not isinstance(one, Dropout)]
    usual = features.last_hidden(model.network)
    layer = address.one_of("layer", layers, usual)
    method = address.one_of("method", list(_METHODS), "pca")
    colour = address.one_of("colour", list(_COLOURS), "label")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices_map"):
        address.show("layer", layer)
        st.selectbox(
            "As this layer sees them", layers, key="layer", on_change=address.take, args=("layer", usual), width=240,
            filter_mode=None,
        )  # fmt: skip
        address.show("method", method)
        st.segmented_control(
            "Laid out by", list(_METHODS), format_func=lambda name: _METHODS[name], required=True, key="method",
            on_change=address.take, args=("method", "pca"),
            help="PCA looks at the digits from the side where they differ most. t-SNE lays digits that are alike "
            "beside each other; how far groups are from each other then means little.",
        )  # fmt: skip
        address.show("colour", colour)
        st.segmented_control(
            "Coloured by", list(_COLOURS), format_func=lambda name: _COLOURS[name], required=True, key="colour",
            on_change=address.take, args=("colour", "label"),
        )  # fmt: skip
    return layer, method, colour


@st.fragment(key="map_part")
def _look(model: Model, found: Map, answers: Answers, colour: str, trail: "NDArray[np.float32] | None") -> None:
    """The map, and under it what is lassoed; a lasso runs this part of the page alone."""
    sentence = _sentence(model, found, answers)
    with st.container(key="map"):
        chosen = st.plotly_chart(
            _figure(found, answers, colour, trail), key="map_chart", on_select="rerun", height="stretch",
            selection_mode=("lasso", "box", "points"),
            config=figure_config(f"map-{model.name}", *_TOOLS) | {"scrollZoom": True},
            alt=f"Map of {len(found.numbers):,} test digits. {sentence}",
        )  # fmt: skip
    _hover(
        data={"digits": routes.test_digits_url(), "columns": routes.DIGITS_A_ROW}, key="map_hover", width="content",
        height="content",
    )  # fmt: skip
    st.caption(sentence + " Crosses are mistakes. Draw a lasso around digits to see them.")
    offer_csv(
        f"map-{model.name}",
        ["number", "label", "answer", "x", "y"],
        lambda: [
            [number, int(answers.labels[number]), int(answers.digits[number]), f"{x:.5f}", f"{y:.5f}"]
            for number, (x, y) in zip(found.numbers.tolist(), found.places.tolist(), strict=True)
        ],
        "csv_map",
    )
    numbers = _selected(chosen, found)
    if len(numbers):
        with st.container(border=True, key="lassoed"):
            wrong = int((~answers.right[numbers]).sum())
            st.markdown(f"**{len(numbers):,} digits chosen**, {wrong} of them read wrong.")
            here = numbers[:PER_PAGE]
            show_sheet(
                "test", tiles("test", here, answers), "lassoed_picture",
                lambda number: address.open_digit("test", number), columns=20 if len(here) > 10 else 10,
            )  # fmt: skip
            if len(numbers) > PER_PAGE:
                st.caption(f"The first {PER_PAGE} of them.")
            offer_sheet("test", numbers[:PER_PAGE], answers, "lassoed")


def _selected(chosen: Any, found: Map) -> "NDArray[np.int64]":
    """The numbers that were chosen; what comes from a browser may be anything."""
    there, numbers = set(found.numbers.tolist()), set()
    for point in chosen.selection.points:
        data = point.get("customdata")
        number: Any = data.get("0") if isinstance(data, dict) else None
        if number in there:
            numbers.add(int(number))
    return np.array(sorted(numbers), np.int64)


def _sentence(model: Model, found: Map, answers: Answers) -> str:
    """What the map shows: how well the classes are apart, and which two mingle most."""
    same, (first, second) = embedding.neighbours_alike(found, answers.labels)
    way = "t-SNE, which keeps neighbours together"
    if found.method == "pca":
        kept = embedding.kept_variance(found)
        way = f"PCA: these two directions hold {kept:.0%} of the differences between them"
    return (
        f"{len(found.numbers):,} test digits as `{found.layer}` of {model.name} sees them, laid out by {way}. "
        f"{same:.1%} have a digit of their own class for their nearest neighbour here; "
        f"{first} and {second} mingle most."
    )


def _figure(found: Map, answers: Answers, colour: str, trail: "NDArray[np.float32] | None") -> "go.Figure":
    import plotly.graph_objects as go

    numbers, places = found.numbers, found.places
    labels, digits = answers.labels[numbers].astype(int), answers.digits[numbers]
    by = labels if colour == "label" else digits
    right = labels == digits
    figure = go.Figure()
    for digit in range(10):
        for wrong in (False, True):
            mine = (by == digit) & (right != wrong)
            figure.add_trace(
                go.Scattergl(
                    x=places[mine, 0], y=places[mine, 1], mode="markers", name=str(digit), legendgroup=str(digit),
                    showlegend=not wrong, customdata=np.stack([numbers[mine], labels[mine], digits[mine]], axis=1),
                    marker={"color": DIGITS[digit], "size": 10 if wrong else 5, "symbol": "x" if wrong else "circle",
                            "opacity": 1 if wrong else 0.7, "line": {"width": 1 if wrong else 0, "color": "#fff"}},
                    hovertemplate="test digit %{customdata[0]}<br>label %{customdata[1]}, answer %{customdata[2]}"
                    "<extra></extra>",
                )
            )  # fmt: skip
    if trail is not None:
        strokes = [f"after stroke {number + 1}" for number in range(len(trail) - 1)] + ["your drawing"]
        figure.add_trace(
            go.Scatter(
                x=trail[:, 0], y=trail[:, 1], mode="lines+markers", name="your drawing", text=strokes,
                line={"color": "#888", "width": 2, "dash": "dot"}, hovertemplate="%{text}<extra></extra>",
                marker={"symbol": ["circle"] * (len(trail) - 1) + ["star"], "size": [9] * (len(trail) - 1) + [24],
                        "color": "#ffd700", "line": {"width": 2, "color": "#111"}, "opacity": 1},
                selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
            )
        )  # fmt: skip
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 34, "b": 0}, dragmode="lasso",
        xaxis={"visible": False}, yaxis={"visible": False, "scaleanchor": "x"},
        legend={"orientation": "h", "y": -0.02, "yanchor": "top", "itemsizing": "constant"},
    )  # fmt: skip
    return figure


def _trail(model: Model, found: Map) -> "NDArray[np.float32] | None":
    """Where the drawing on the pad lies after each of its strokes, float32 [strokes, 2]; None for an empty pad."""
    drawing = pad.drawing()
    if not drawing:
        return None
    counts = range(max(1, len(drawing.strokes) - _MOST_STROKES + 1), len(drawing.strokes) + 1)
    parts = [Drawing(drawing.strokes[:count], drawing.widths[:count]) for count in counts]
    return embedding.put(predictor(model), found, np.stack([prepare(part) for part in parts]))


def _drawing(model: Model, trail: "NDArray[np.float32] | None") -> None:
    """The drawing's nearest training digits, or the way to the pad."""
    st.subheader("Your drawing among them")
    if trail is None:
        st.markdown("What is drawn on the pad appears on the map as a star, with a trail of its strokes.")
        st.page_link(home.ROOT / "pages/draw.py", label="Draw a digit", icon=":material/draw:")
        return
    known = wait_for_features(model)
    if known is None:
        return
    image = prepare(pad.drawing())
    near, away = known.nearest(features.place(predictor(model), known, image), _NEIGHBOURS)
    labels = mnist.load().y_train[near]
    with st.container(key="like_mine"):
        show_sheet(
            "training", tiles("training", near), "like_mine_picture",
            lambda number: address.open_digit("training", number), columns=_NEIGHBOURS,
        )  # fmt: skip
        offer_sheet("training", near, None, "like_mine")
    most = int(np.bincount(labels).argmax())
    st.caption(
        f"The {_NEIGHBOURS} training digits nearest to it in `{known.layer}`; {int((labels == most).sum())} of them "
        f"are a {most}. Distances {away[0]:.2g} to {away[-1]:.2g}."
    )
