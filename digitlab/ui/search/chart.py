"""What a search found, in two pictures."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from digitlab.store.searches import Trial
from digitlab.training.space import Dimension
from digitlab.ui.search.form import label_of
from digitlab.ui.shared.palette import DIGITS
from digitlab.words import _

if TYPE_CHECKING:
    import plotly.graph_objects as go


_COLOURS = [[0.0, "#5a8fbe"], [0.5, "#9a86a6"], [1.0, "#f08a24"]]  # none so dark or light that a theme hides it


def importance_bars(found: dict[str, float]) -> "go.Figure":
    """A bar a setting, the most important on top."""
    import plotly.graph_objects as go

    names = [label_of(name) for name in reversed(found)]
    values = list(reversed(found.values()))
    figure = go.Figure(
        go.Bar(x=values, y=names, orientation="h", marker_color=DIGITS[0], text=[f"{value:.0%}" for value in values])
    )
    figure.update_layout(
        height=80 + 40 * len(names),
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis={"tickformat": ".0%", "range": [0, 1], "title": _("Share of importance")},
    )
    return figure


def parallel_coordinates(space: Sequence[Dimension], trials: Sequence[Trial]) -> "go.Figure":
    """A line a trial through its settings to its validation accuracy; brighter is better."""
    import plotly.graph_objects as go

    known = [trial for trial in trials if trial.settings is not None and trial.run.best_validation is not None]
    values = [trial.run.best_validation for trial in known]
    axes = [_axis(one, [(trial.settings or {})[one.name] for trial in known]) for one in space]
    axes.append({"label": _("Validation"), "values": values, "tickformat": ".1%"})
    figure = go.Figure(
        go.Parcoords(
            dimensions=axes,
            line={"color": values, "colorscale": _COLOURS, "showscale": True, "colorbar": {"tickformat": ".0%"}},
            labelangle=0,
            labelfont={"size": 14},
            tickfont={"size": 12},
            rangefont={"size": 12},
        )
    )
    figure.update_layout(height=380, margin={"l": 60, "r": 20, "t": 60, "b": 30})
    return figure


def _axis(dimension: Dimension, values: list[Any]) -> dict[str, Any]:
    label = label_of(dimension.name, short=True)
    if dimension.choices:
        places = [dimension.choices.index(value) for value in values]
        ticks = list(range(len(dimension.choices)))
        return {
            "label": label,
            "values": places,
            "tickvals": ticks,
            "ticktext": [str(one) for one in dimension.choices],
        }
    if not dimension.log:
        return {"label": label, "values": values, "range": [dimension.low, dimension.high]}
    ticks_at = [dimension.low * (dimension.high / dimension.low) ** (number / 4) for number in range(5)]
    return {
        "label": label,
        "values": [math.log10(value) for value in values],
        "range": [math.log10(dimension.low), math.log10(dimension.high)],
        "tickvals": [math.log10(value) for value in ticks_at],
        "ticktext": [f"{value:,.0f}" if dimension.whole else f"{value:.2g}" for value in ticks_at],
    }
