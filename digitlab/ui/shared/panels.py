"""Panels of curves, which the Train page and the Runs page share: their tools, their legend and their charts.

An alt text says what is drawn, not the figures of the moment.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import streamlit as st

from digitlab.runs.curves import Measure
from digitlab.runs.rows import Axis, Rows, Window
from digitlab.ui.shared.choice import one_of
from digitlab.ui.shared.line_styles import Style
from digitlab.ui.shared.panel_spec import ROWS, SEEN, TITLES, Shown, spec
from digitlab.words import Message, _, message

AXES: dict[Axis, Message] = {"step": message("Step"), "epoch": message("Epoch"), "time": message("Time")}
_OLDER = {str(text.english): name for name, text in AXES.items()}  # in addresses of before


@dataclass(frozen=True)
class View:
    """How curves are drawn.

    Attributes:
        smoothing: of the training digits' line, 0 to 0.99.
        log: a logarithmic vertical axis, on which the accuracy becomes the error rate.
    """

    axis: Axis
    smoothing: float
    log: bool


def choose_view(default: Axis) -> View:
    """The tools above the panels, within a horizontal container; the axis is in the URL as `?by=`."""
    texts = {str(name): text for name, text in AXES.items()}
    chosen = one_of("by", texts, _("Horizontal axis"), default=default, older=_OLDER, hidden=True)
    axis = next(name for name in AXES if name == chosen)
    with st.container(width=230):
        smoothing = st.slider(_("Smoothing"), 0.0, 0.99, 0.9, 0.01, key="smoothing", persist_state="session")
    log = st.toggle(
        _("Logarithmic"),
        key="log",
        persist_state="session",
        help=_("Shows small differences near the end. The accuracy becomes the error rate."),
    )
    return View(axis, smoothing, log)


def shown(measure: Measure, *, log: bool) -> Shown:
    """The figure of a panel: on a logarithmic axis the accuracy becomes the error rate."""
    return "errors" if log and measure == "accuracy" else measure


def alt(title: Shown, axis: Axis, names: str) -> str:
    """What a panel draws, for screen readers."""
    return _("{figure} of {names}. Horizontal axis: {axis}", figure=TITLES[title], names=names, axis=AXES[axis])


def show_legend(styles: Sequence[Style], batches: bool = False) -> None:
    """What the lines are, above the panels, so that names take nothing from the curves' height."""
    entries: dict[str, str] = {}
    if batches:
        entries[_("each batch")] = _sample(styles[0], "dl-thin")
    for style in styles:
        entries[style.words] = entries.get(style.words, "") + _sample(style)
    shown = "".join(f"<span>{samples}<b>{html.escape(words)}</b></span>" for words, samples in entries.items())
    st.html(f'<div class="dl-legend">{shown}</div>')


def show_gestures() -> None:
    """What the reader can do with a panel: with a mouse, or with a finger."""
    mouse = html.escape(_("Drag to move, Ctrl and wheel to zoom, double-click to reset."))
    finger = html.escape(_("Tap a curve to read its values."))
    st.html(
        f'<p class="dl-gestures"><span class="dl-with-mouse">{mouse}</span>'
        f'<span class="dl-with-finger">{finger}</span></p>'
    )


def show_panel(
    rows: Rows,
    seen: Window,
    title: Shown,
    styles: Sequence[Style],
    axis: Axis,
    *,
    key: str,
    alt: str,
    height: int = 245,
) -> None:
    """One panel.

    Args:
        seen: what is shown without zoom; the rows may change it.
        title: which figure.
        key: another one where the zoom of before means nothing: for other trainings, and other axes.
    """
    show_chart(_table(rows, seen, axis), spec(title, styles, axis, log=rows.log, height=height), key=key, alt=alt)


def show_chart(table: pa.Table, drawn: Mapping[str, Any], *, key: str, alt: str, zoom: bool = True) -> None:
    """A chart over rows that come while it is looked at.

    The rows have a name, so that the chart is made with the first of them: made without any, it would complain that
    there is nothing to measure. And a zoom that Streamlit does not report to the server is lost with each update.
    """
    whole = {**drawn, "data": {"name": ROWS}, "datasets": {ROWS: table}}
    if zoom:
        st.vega_lite_chart(None, whole, width="stretch", key=key, alt=alt, on_select="rerun", selection_mode=["zoom"])
    else:
        st.vega_lite_chart(None, whole, width="stretch", key=key, alt=alt)


def _table(rows: Rows, seen: Window, axis: Axis) -> pa.Table:
    """The rows for the browser; the first two hold the ends of the axes."""

    def along(column: Sequence[float], name: Axis) -> list[float]:
        return [seen.left, seen.right, *column] if name == axis else [0, 0, *column]

    return pa.table(
        {
            "kind": pa.array([SEEN, SEEN, *rows.kind], pa.string()),
            "line": pa.array(["", "", *rows.line], pa.string()),
            "step": pa.array(along(rows.step, "step"), pa.float32()),
            "epoch": pa.array(along(rows.epoch, "epoch"), pa.float32()),
            "minutes": pa.array(along(rows.minutes, "time"), pa.float32()),
            "value": pa.array([seen.low, seen.high, *rows.value], pa.float32()),
            "high": pa.array([seen.low, seen.high, *rows.high], pa.float32()),
            "text": pa.array(["", "", *rows.text], pa.string()),
        }
    )


def _sample(style: Style, kind: str = "") -> str:
    """A piece of the line for the legend, with its mark upon it."""
    stops, at = [], 0
    for number, length in enumerate(style.dash):
        colour = "transparent" if number % 2 else style.colour
        stops.append(f"{colour} {at}px {at + length}px")
        at += length
    drawn = f"repeating-linear-gradient(90deg, {', '.join(stops)})" if stops else style.colour
    line = f'<i class="dl-line {kind}" style="background: {drawn}"></i>'
    if style.mark is None:
        return line
    corners = ", ".join(f"{50 + 50 * x:g}% {50 + 50 * y:g}%" for x, y in style.mark)
    mark = f'<i class="dl-point" style="background: {style.colour}; clip-path: polygon({corners})"></i>'
    return f'<i class="dl-sample">{line}{mark}</i>'
