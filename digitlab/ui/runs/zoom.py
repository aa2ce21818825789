"""The reader's zoom into the curves, which outlives their being drawn anew while runs go on."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go

_component = st.components.v2.component(
    "digitlab_zoom", js=Path(__file__).with_name("zoom.js").read_text(encoding="utf-8")
)


def follow_zoom(charts: Sequence[str], key: str) -> None:
    """Notice how far the reader zooms into the charts with these keys.

    Args:
        key: another one where other curves, or the same on other axes, are drawn: their zoom means nothing there.
    """
    _component(
        data={"charts": list(charts), "zoom": _said(key)},
        key=key,
        default={"zoom": {}},
        on_zoom_change=lambda: None,
        height="content",
    )


def keep_zoom(figure: "go.Figure", chart: str, key: str) -> None:
    """Draw the part that the reader has zoomed to."""
    for axis, ends in zoomed(_said(key), chart).items():
        figure.update_layout({f"{axis}axis": {"range": ends, "autorange": False}})


def zoomed(said: object, chart: str) -> dict[str, list[float]]:
    """Ranges of the axes "x" and "y", as far as a browser sent such; it may send anything."""
    ranges = said.get(chart) if isinstance(said, Mapping) else None
    found: dict[str, list[float]] = {}
    for axis in "xy":
        ends = ranges.get(axis) if isinstance(ranges, Mapping) else None
        if isinstance(ends, Sequence) and len(ends) == 2 and all(map(_is_number, ends)):
            found[axis] = [float(end) for end in ends]
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _said(key: str) -> Any:
    return getattr(st.session_state.get(key), "zoom", None) or {}
