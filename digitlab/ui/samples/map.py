"""The map: test digits as the network sees them, a lasso over them, and the drawing on the pad among them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from digitlab.data import mnist
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import Drawing
from digitlab.insight import embedding, features
from digitlab.insight.answers import Answers
from digitlab.insight.embedding import Map
from digitlab.networks.zoo import Model
from digitlab.server.digits import A_ROW, picture_url
from digitlab.ui.pad import held
from digitlab.ui.samples import query
from digitlab.ui.samples.computing import HALF_A_MINUTE, answers_of, map_of_components, wait_for_features
from digitlab.ui.samples.dead import say_dead
from digitlab.ui.samples.downloads import figure_config, offer_csv, offer_sheet
from digitlab.ui.samples.sheet import PER_PAGE, show_sheet, tiles
from digitlab.ui.samples.slices import of_lasso, offer_to_save
from digitlab.ui.shared import pages
from digitlab.ui.shared.component import Component
from digitlab.ui.shared.names import in_text
from digitlab.ui.shared.palette import DIGITS
from digitlab.ui.shared.reading import predictor
from digitlab.ui.shared.results import wait_for
from digitlab.words import _, message, plural, together

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from numpy.typing import NDArray

_METHODS = {"pca": "PCA", "t-sne": "t-SNE"}
_COLOURS = {"label": message("Label"), "answer": message("Answer")}
_NEIGHBOURS = 8
_EDGE = {"width": 2, "color": "#111"}  # of what belongs to the drawing
_MOST_STROKES = 12  # of a drawing that get a place of their own on the trail
_TOOLS = ("lasso2d", "select2d", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d")

_hover = Component("map_hover", "samples/hover.js", ("samples/hover.css",), isolate=True)


@dataclass(frozen=True)
class OnMap:
    """The drawing on the pad among the digits of a map.

    Attributes:
        trail: where the drawing lies after each of its strokes, float32 [strokes, 2].
        near: the places, among the map's digits, of those most similar to the whole drawing.
        described: number, label and answer of each of these, int [N, 3].
    """

    trail: "NDArray[np.float32]"
    near: "NDArray[np.int64]"
    described: "NDArray[np.int64]"


def show_map(model: Model) -> None:
    layer, method, colour = _choose(model)
    found_answers = answers_of(model, "test")
    components = map_of_components(model, layer)
    if not embedding.varies(components):
        say_dead(layer, _("There is no map of this layer."))
        return
    found = None
    if method == "t-sne":
        wait_for(embedding.wanted(model, layer, "t-sne"), _("t-SNE map"), HALF_A_MINUTE)
        found = embedding.known(model, layer, "t-sne")
    found = found or components
    own = _own(model, found, found_answers)
    _look(model, found, found_answers, colour, own)
    _drawing(model, own)


def _choose(model: Model) -> tuple[str, str, str]:
    layers = [one.name for one in model.network.layers if not one.rests]
    usual = features.last_hidden(model.network)
    layer = query.one_of("layer", layers, usual)
    method = query.one_of("method", list(_METHODS), "pca")
    colour = query.one_of("colour", list(_COLOURS), "label")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices_map"):
        query.show("layer", layer)
        st.selectbox(
            _("Layer"), layers, key="layer", on_change=query.take, args=("layer", usual), width=240,
            filter_mode=None,
        )  # fmt: skip
        query.show("method", method)
        st.segmented_control(
            _("Method"), list(_METHODS), format_func=lambda name: _METHODS[name], required=True, key="method",
            on_change=query.take, args=("method", "pca"),
            help=_(
                "PCA shows the two directions in which the digits differ most. t-SNE places similar digits close "
                "together; distances between groups then mean little."
            ),
        )  # fmt: skip
        query.show("colour", colour)
        st.segmented_control(
            _("Colour"), list(_COLOURS), format_func=lambda name: str(_COLOURS[name]), required=True, key="colour",
            on_change=query.take, args=("colour", "label"),
        )  # fmt: skip
    return layer, method, colour


@st.fragment(key="map_part")
def _look(model: Model, found: Map, answers: Answers, colour: str, own: OnMap | None) -> None:
    """The map, and under it what is lassoed; a lasso runs this part of the page alone."""
    if st.query_params.get("section") != "map":
        st.rerun()  # a digit or a slice was opened
    sentence = _sentence(model, found, answers)
    with st.container(key="map"):
        chosen = st.plotly_chart(
            _figure(found, answers, colour, own), key="map_chart", on_select="rerun", height="stretch",
            selection_mode=("lasso", "box", "points"),
            config=figure_config(f"map-{model.name}", *_TOOLS) | {"scrollZoom": True},
            alt=sentence,
        )  # fmt: skip
    _hover("map_hover", {"digits": picture_url(), "columns": A_ROW}, width="content")
    st.caption(
        together(
            sentence,
            _("Crosses are mistakes. Draw a lasso around digits to see them."),
            _("Lines join your drawing to the {count} digits most similar in this layer.", count=_NEIGHBOURS)
            if own
            else "",
        )
    )
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
            st.markdown(
                plural(
                    "**{n} digit chosen**, {wrong} read wrong.",
                    "**{n} digits chosen**, {wrong} read wrong.",
                    len(numbers),
                    wrong=wrong,
                )
            )
            here = numbers[:PER_PAGE]
            show_sheet(
                "test", tiles("test", here, answers), "lassoed_picture",
                lambda number: query.open_digit("test", number), columns=20 if len(here) > 10 else 10,
            )  # fmt: skip
            if len(numbers) > PER_PAGE:
                st.caption(_("The first {count} are shown.", count=PER_PAGE))
            with st.container(horizontal=True, width="content"):
                offer_sheet("test", numbers[:PER_PAGE], answers, "lassoed")
                offer_to_save("test", numbers, of_lasso(model, found.layer), "lasso")


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
    """What the map shows: how well the classes are apart, and which two overlap most."""
    same, (first, second) = embedding.neighbours_alike(found, answers.labels)
    values = {"count": len(found.numbers), "layer": found.layer, "model": in_text(model)}
    if found.method == "pca":
        kept = embedding.kept_variance(found)
        what = _(
            "{count} test digits in layer `{layer}` of {model}, by PCA: these two directions hold {kept:.0%} of the "
            "variance.",
            kept=kept,
            **values,
        )
    else:
        what = _("{count} test digits in layer `{layer}` of {model}, by t-SNE.", **values)
    return together(
        what,
        _(
            "The nearest neighbour of {same:.1%} has the same label. {first} and {second} overlap most.",
            same=same,
            first=first,
            second=second,
        ),
    )


def _figure(found: Map, answers: Answers, colour: str, own: OnMap | None) -> "go.Figure":
    import plotly.graph_objects as go

    numbers, places = found.numbers, found.places
    labels, digits = answers.labels[numbers].astype(int), answers.digits[numbers]
    by = labels if colour == "label" else digits
    right = labels == digits
    hover = "<br>".join(
        [
            _("Test digit {number}", number="%{customdata[0]}"),
            _("Label {label}, answer {answer}", label="%{customdata[1]}", answer="%{customdata[2]}"),
        ]
    )
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
                    hovertemplate=hover + "<extra></extra>",
                )
            )  # fmt: skip
    if own is not None:
        _put_drawing(figure, found, own, hover)
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 34, "b": 0}, dragmode="lasso",
        xaxis={"visible": False}, yaxis={"visible": False, "scaleanchor": "x"},
        legend={"orientation": "h", "y": -0.02, "yanchor": "top", "itemsizing": "constant"},
    )  # fmt: skip
    return figure


def _put_drawing(figure: "go.Figure", found: Map, own: OnMap, hover: str) -> None:
    """The drawing over all digits: the last traces, and in WebGL as the digits are, since Plotly has that on top."""
    import plotly.graph_objects as go

    trail, near = own.trail, found.places[own.near]
    still: dict[str, Any] = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}
    rays = np.full((3 * len(near), 2), np.nan, np.float32)  # star, digit, gap
    rays[0::3], rays[1::3] = trail[-1], near
    for colour, width in (("#111", 4), ("#ffd700", 2)):  # with an edge, so that they are seen on every colour
        figure.add_trace(
            go.Scattergl(
                x=rays[:, 0], y=rays[:, 1], mode="lines", name=_("Most similar digits"), hoverinfo="skip",
                line={"color": colour, "width": width}, legendgroup="own", showlegend=False,
            )
        )  # fmt: skip
    figure.add_trace(
        go.Scattergl(
            x=near[:, 0], y=near[:, 1], mode="markers", name=_("Most similar digits"), customdata=own.described,
            legendgroup="own", marker={"symbol": "diamond", "size": 9, "color": "#ffd700", "line": _EDGE},
            hovertemplate=hover + "<extra></extra>", **still,
        )
    )  # fmt: skip
    name = _("Your drawing")
    strokes = [_("After stroke {number}", number=number + 1) for number in range(len(trail) - 1)] + [name]
    figure.add_trace(
        go.Scattergl(
            x=trail[:, 0], y=trail[:, 1], mode="lines+markers", name=name, text=strokes,
            line={"color": "#ffd700", "width": 2, "dash": "dot"}, hovertemplate="%{text}<extra></extra>",
            marker={"symbol": ["circle"] * (len(trail) - 1) + ["star"], "size": [9] * (len(trail) - 1) + [20],
                    "color": "#ffd700", "line": _EDGE, "opacity": 1}, **still,
        )
    )  # fmt: skip


def _own(model: Model, found: Map, answers: Answers) -> OnMap | None:
    """Where the drawing on the pad lies; None for an empty pad."""
    drawing = held.drawing()
    if not drawing:
        return None
    counts = range(max(1, len(drawing.strokes) - _MOST_STROKES + 1), len(drawing.strokes) + 1)
    parts = [Drawing(drawing.strokes[:count], drawing.widths[:count]) for count in counts]
    trail, near = embedding.put(predictor(model), found, np.stack([prepare(part) for part in parts]), _NEIGHBOURS)
    numbers = found.numbers[near[-1]]
    return OnMap(trail, near[-1], np.stack([numbers, answers.labels[numbers], answers.digits[numbers]], axis=1))


def _drawing(model: Model, own: OnMap | None) -> None:
    """The drawing's nearest training digits, or the way to the pad."""
    st.subheader(_("Your drawing on the map"))
    if own is None:
        st.markdown(_("A drawing on the pad appears on the map as a star, with a trail of its strokes."))
        pages.link(pages.DRAW, _("Draw a digit"))
        return
    known = wait_for_features(model)
    if known is None:
        return
    if not known.vary:
        say_dead(known.layer, _("No training digit is nearer than another."))
        return
    image = prepare(held.drawing())
    near, away = known.nearest(features.locate(predictor(model), known, image), _NEIGHBOURS)
    labels = mnist.load().y_train[near]
    with st.container(key="like_mine"):
        show_sheet(
            "training", tiles("training", near), "like_mine_picture",
            lambda number: query.open_digit("training", number), columns=_NEIGHBOURS,
        )  # fmt: skip
        offer_sheet("training", near, None, "like_mine")
    most = int(np.bincount(labels).argmax())
    st.caption(
        _(
            "The {count} nearest training digits in `{layer}`: {same} of them have label {label}. Distances {near} to "
            "{far}.",
            count=_NEIGHBOURS,
            layer=known.layer,
            same=int((labels == most).sum()),
            label=most,
            near=f"{away[0]:.2g}",
            far=f"{away[-1]:.2g}",
        )
    )
