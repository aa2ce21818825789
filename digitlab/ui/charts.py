"""Curves of a training, with plotly."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Told apart by dash and marker as well as by colour.
_TRAINING = {"color": "#5a8fbe", "dash": "solid"}
_VALIDATION = {"color": "#ed4f09", "dash": "dash"}


def epoch_curves(epochs: list[dict[str, Any]], measure: str, title: str) -> "go.Figure":
    """Training and validation by epoch.

    Args:
        epochs: a card's rows, with "epoch", `measure` and, where there was validation, "val_" + `measure`.
        measure: "loss" or "accuracy".
        title: for the vertical axis.
    """
    import plotly.graph_objects as go  # takes a third of a second, and only this page needs it

    figure = go.Figure()
    for key, name, line, symbol in (
        (measure, "training", _TRAINING, "circle"),
        (f"val_{measure}", "validation", _VALIDATION, "diamond"),
    ):
        rows = [row for row in epochs if row.get(key) is not None]
        if rows:
            figure.add_scatter(
                x=[row["epoch"] for row in rows],
                y=[row[key] for row in rows],
                name=name,
                mode="lines+markers",
                line=line,
                marker={"symbol": symbol, "size": 8},
            )
    figure.update_layout(
        height=320,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis={"title": "epoch", "dtick": max(1, len(epochs) // 10)},
        yaxis={"title": title, "tickformat": ".1%" if measure == "accuracy" else None},
        legend={"orientation": "h", "y": 1.12},
        hovermode="x unified",
    )
    return figure
