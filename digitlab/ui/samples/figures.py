"""The figures of a model's evaluation."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from digitlab.insight.evaluation import Bin, Evaluation
from digitlab.insight.robustness import Curve
from digitlab.ui.shared.foreign import for_plotly
from digitlab.ui.shared.palette import MAGMA
from digitlab.words import _

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Lines differ by dash and marker as well as by colour.
LINES: tuple[dict[str, Any], ...] = tuple(
    {"line": {"color": colour, "dash": dash}, "marker": {"symbol": symbol, "size": 9}}
    for colour, dash, symbol in (
        ("#5a8fbe", "solid", "circle"),
        ("#ed4f09", "dash", "diamond"),
        ("#14cca3", "dot", "square"),
        ("#8549b1", "dashdot", "triangle-up"),
        ("#bcc006", "longdash", "x"),
        ("#bc6776", "solid", "star"),
    )
)
_AMOUNTS = ["#06040e", *MAGMA[1:]]  # Streamlit takes plotly's #000001 to #000010 for placeholders of its own colours
_MARGIN = {"l": 10, "r": 10, "t": 34, "b": 10}


def confusion(result: Evaluation, opened: tuple[int, int] | None = None) -> "go.Figure":
    """Labels down, answers across. Clicks on a heat map send nothing: invisible squares over it take them.

    Args:
        opened: label and answer of the cell that gets a frame.
    """
    import plotly.graph_objects as go

    table = result.confusion
    missed = [[0 if row == column else n for column, n in enumerate(line)] for row, line in enumerate(table)]
    cells = [(row, column) for row in range(10) for column in range(10)]
    most = max(map(max, missed)) or 1
    still = {"dtick": 1, "showgrid": False, "zeroline": False}
    figure = go.Figure(
        go.Heatmap(
            z=missed, colorscale=_AMOUNTS, zmin=0, zmax=most, showscale=False, hoverinfo="skip", xgap=2, ygap=2,
            text=[[f"{n:,}" if n else "" for n in line] for line in table], texttemplate="%{text}",
        )
    )  # fmt: skip
    figure.add_scatter(
        x=[column for _, column in cells],
        y=[row for row, _ in cells],
        mode="markers",
        marker={"symbol": "square", "size": 38, "opacity": 0},
        text=[f"{table[row][column]:,}" for row, column in cells],
        customdata=cells,
        hovertemplate=_("Label {label}, answer {answer}: {count} digits", label="%{y}", answer="%{x}", count="%{text}")
        + "<extra></extra>",
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        showlegend=False,
    )
    if opened:
        row, column = opened
        figure.add_shape(
            type="rect", x0=column - 0.5, x1=column + 0.5, y0=row - 0.5, y1=row + 0.5,
            line={"color": "#ffd700", "width": 3},
        )  # fmt: skip
    figure.update_layout(
        height=470, margin=_MARGIN, dragmode="zoom",  # with fixed axes clicks choose nothing
        xaxis={"title": _("Answer"), "range": [-0.5, 9.5], **still},
        yaxis={"title": _("Label"), "range": [9.5, -0.5], **still},
    )  # fmt: skip
    return figure


def reliability(results: Sequence[tuple[str, Sequence[Bin]]]) -> "go.Figure":
    """The share that is right over confidence; on the diagonal they are equal."""
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": "#888", "width": 1},
        name=_("Perfect calibration"),
        hoverinfo="skip",
    )
    for (name, bins), style in zip(results, LINES, strict=False):
        there = [row for row in bins if row.n]
        figure.add_scatter(
            x=[row.confidence for row in there],
            y=[row.accuracy for row in there],
            customdata=[row.n for row in there],
            mode="lines+markers",
            name=for_plotly(name),
            hovertemplate=_(
                "{count} digits: mean confidence {confidence}, accuracy {accuracy}",
                count="%{customdata:,}",
                confidence="%{x:.1%}",
                accuracy="%{y:.1%}",
            )
            + "<extra></extra>",
            line=style["line"],
            marker=style["marker"] | {"size": [5 + 3 * math.log10(row.n) for row in there]},
        )
    figure.update_layout(
        height=380, margin=_MARGIN, legend={"orientation": "h", "y": 1.14},
        xaxis={"title": _("Confidence"), "tickformat": ".0%", "range": [0, 1.02]},
        yaxis={"title": _("Accuracy"), "tickformat": ".0%", "range": [0, 1.05]},
    )  # fmt: skip
    return figure


def robustness(curves: Sequence[tuple[str, Curve]]) -> "go.Figure":
    """Accuracy by strength, with the 95% interval as bars; one line a model, all of one way."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for (name, curve), style in zip(curves, LINES * 4, strict=False):
        figure.add_scatter(
            x=[f"{strength:g}" for strength in curve.way.strengths],
            y=curve.accuracy,
            error_y={
                "array": [high - share for high, share in zip(curve.high, curve.accuracy, strict=True)],
                "arrayminus": [share - low for low, share in zip(curve.low, curve.accuracy, strict=True)],
                "thickness": 1,
            },
            mode="lines+markers",
            name=for_plotly(name),
            hovertemplate="%{x}: %{y:.1%}<extra>" + for_plotly(name) + "</extra>",
            **style,
        )
    way = curves[0][1].way
    figure.update_layout(
        height=320, margin=_MARGIN, legend={"orientation": "h", "y": 1.16},
        xaxis={"title": str(way.unit), "type": "category"},
        yaxis={"title": _("Accuracy"), "tickformat": ".0%", "range": [0, 1.03]},
    )  # fmt: skip
    return figure
