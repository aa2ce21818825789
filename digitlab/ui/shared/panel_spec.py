"""A panel of curves as a Vega-Lite specification.

Streamlit keeps a Vega-Lite chart and gives it new rows as long as its specification stays the same, so that the
reader's zoom and pointer outlive every update. So nothing in a specification depends on the rows. What a panel shows
without zoom stands in the first two rows, from which the chart reads the ends of its axes.
"""

import json
from collections.abc import Sequence
from typing import Any, Literal

from digitlab.runs.curves import TRAINING_LINE
from digitlab.runs.rows import BAND, BATCH, BEST, EPOCHS, SMOOTH, Axis
from digitlab.ui.shared.line_styles import Mark, Style
from digitlab.words import Message, message, template

ROWS = "rows"  # what the specification calls its data
# A mark's own names for screen readers would be one for each of thousands of points; the alt text says what is drawn.
_SILENT: dict[str, Any] = {"tooltip": None, "aria": False}
SEEN = "seen"  # the kind of the two rows with the ends of the axes

_LOW = 160  # pixels; a panel below this has no grid
_WORDS_AT = 9  # pixels below a panel's upper edge

# One value in the right half of a panel, another in the left.
_BY_SIDE = "width / 2 < scale('x', datum.{}) ? {} : {}"

_FIELDS: dict[Axis, str] = {"step": "step", "epoch": "epoch", "time": "minutes"}
Shown = Literal["loss", "accuracy", "errors", "rate", "weights", "gradients"]
TITLES: dict[Shown, Message] = {
    "loss": message("Loss"),
    "accuracy": message("Accuracy"),
    "errors": message("Error rate"),
    "rate": message("Learning rate"),
    "weights": message("Weights (L2 norm)"),
    "gradients": message("Gradients (L2 norm)"),
}
AXIS_TITLES: dict[Axis, Message] = {
    "step": message("Step"),
    "epoch": message("Epoch"),
    "time": message("Minutes of training"),
}
_VALUES: dict[Shown, str] = {
    "loss": ".4f",
    "accuracy": ".2%",
    "errors": ".2%",
    "rate": ".3g",
    "weights": ".3g",
    "gradients": ".3g",
}


def spec(shown: Shown, styles: Sequence[Style], axis: Axis, *, log: bool = False, height: int = 245) -> dict[str, Any]:
    """A panel's specification without its rows; see `panels.show_panel`."""
    lines = [style.line for style in styles]
    several = TRAINING_LINE not in lines
    field = _FIELDS[axis]
    share = shown in ("accuracy", "errors")
    tall: dict[str, Any] = {"field": "value", "type": "quantitative"}
    wide: dict[str, Any] = {"field": field, "type": "quantitative"}
    both = {
        "x": wide
        | {
            "axis": {
                "title": str(AXIS_TITLES[axis]),
                "grid": False,
                "tickCount": 5,
                **({"format": ",d", "tickMinStep": 1} if axis == "step" else {}),
            },
            "scale": {"nice": False, "zero": False, "padding": 12, "domain": _ends(field)},
        },
        "y": tall
        | {
            "axis": {
                "title": None,
                "format": "~%" if share else "~g",
                "tickCount": _ticks(height),
                "grid": height >= _LOW,
                "minExtent": 44,
            },
            "scale": {"nice": False, "domain": _ends("value")} | ({"type": "log"} if log else {"zero": False}),
        },
    }
    colour = _by_line(lines, [style.colour for style in styles])
    dash = _by_line(lines, [list(style.dash) or [1, 0] for style in styles])
    shape = _by_line(lines, [_path(style.mark) if style.mark else "circle" for style in styles])

    def layer(kinds: Sequence[str], mark: dict[str, Any], **encoding: Any) -> dict[str, Any]:
        return {
            "transform": _only(*kinds),
            "mark": _SILENT | {"clip": True} | mark,
            "encoding": both | {"color": colour} | encoding,
        }

    smooth: dict[str, Any] = {"type": "line", "strokeWidth": 1.5 if several else 2.5}
    if shown == "rate":
        smooth["interpolate"] = "step-after"
    band = layer([BAND], {"type": "area", "opacity": 0.18}, y2={"field": "high"})
    layers = [
        band,
        layer([BATCH], {"type": "line", "opacity": 0.4, "strokeWidth": 1}),
        layer([SMOOTH], smooth, strokeDash=dash),
        layer([EPOCHS], {"type": "line", "strokeWidth": 2 if several else 1.5}, strokeDash=dash),
        layer([EPOCHS], {"type": "point", "filled": True, "opacity": 1, "size": 50}, shape=shape),
        *_best(layer, field),
    ]
    layers[0]["params"] = [_zoom()]
    return {
        "title": {"text": str(TITLES[shown]), "anchor": "start", "fontSize": 14, "offset": 2},
        "height": height,
        "padding": {"bottom": 2},
        "layer": [*layers, *_hover(shown, styles, axis, both, colour)],
        "config": {"view": {"stroke": None}, "axis": {"titlePadding": 2}},
    }


def _ends(field: str) -> list[dict[str, str]]:
    """An axis' domain, read from the first two rows."""
    return [{"expr": f"data('{ROWS}')[{number}].{field}"} for number in (0, 1)]


def _only(*kinds: str) -> list[dict[str, Any]]:
    return [{"filter": {"field": "kind", "oneOf": list(kinds)}}]


def _by_line(lines: Sequence[str], values: Sequence[object]) -> dict[str, Any]:
    """One value a line; the legend is the page's own."""
    scale = {"domain": list(lines), "range": list(values)}
    return {"field": "line", "type": "nominal", "scale": scale, "legend": None}


def _ticks(height: int) -> int:
    """About how many ticks the vertical axis has; Vega takes round values, and sometimes twice as many."""
    return height // 45 if height >= _LOW else 2


def _best(layer: Any, field: str) -> list[dict[str, Any]]:
    """A ring at the best epoch, or where the rate was changed by hand, and words in the free room above all lines."""
    words = {
        "type": "text",
        "fontWeight": 700,
        "baseline": "middle",
        "align": {"expr": _BY_SIDE.format(field, "'right'", "'left'")},
        "dx": {"expr": _BY_SIDE.format(field, -5, 5)},
    }
    ring = {"type": "point", "shape": "circle", "filled": False, "size": 230, "strokeWidth": 2, "opacity": 1}
    return [
        layer([BEST], {"type": "rule", "strokeDash": [1, 3], "opacity": 0.8}, y2={"value": _WORDS_AT - 6}),
        layer([BEST], ring),
        layer([BEST], words, y={"value": _WORDS_AT}, text={"field": "text", "type": "nominal"}),
    ]


def _zoom() -> dict[str, Any]:
    """Dragging with a mouse moves, Ctrl and the wheel zoom, a double click goes back; a finger scrolls the page."""
    mouse = "[mousedown[!event.shiftKey], window:mouseup] > window:mousemove!"
    wheel = "wheel![event.ctrlKey || event.metaKey]"
    return {
        "name": "zoom",
        "select": {"type": "interval", "translate": mouse, "zoom": wheel, "clear": "dblclick"},
        "bind": "scales",
    }


def _hover(
    shown: Shown, styles: Sequence[Style], axis: Axis, both: dict[str, Any], colour: dict[str, Any]
) -> list[dict[str, Any]]:
    """The point next to the pointer, with a rule and a line of figures above the panel; all stay when new rows come."""
    names = json.dumps({style.line: style.pointer or style.words for style in styles})
    figures = f"format(datum.value, '{_VALUES[shown]}') + ' · ' + {_place(axis)} + ' · ' + ({names})[datum.line]"
    fields = ["kind", "line", _FIELDS[axis]]
    # New rows bring new marks under a pointer that rests. The browser reports no move then, but a mark that the
    # pointer has left ("mouseout") and one under the pointer.
    events = {"on": "mousemove, mouseover", "clear": "mouseout"}
    point = {"name": "pointer", "select": {"type": "point", "nearest": True, "fields": fields} | events}
    here = [*_only(SMOOTH, EPOCHS), {"filter": {"param": "pointer", "empty": False}}]
    words = {
        "type": "text",
        "align": "left",
        "baseline": "bottom",
        "fontSize": 12,
        "fontWeight": 700,
        "limit": {"expr": "width"},
        **_SILENT,
        "clip": False,  # the line of figures stands above the panel
    }
    above = {"x": {"value": 0}, "y": {"value": -6}}
    place = {"x": both["x"], "color": colour}
    return [
        {
            "transform": _only(SMOOTH, EPOCHS),
            "params": [point],
            "mark": _SILENT | {"type": "point", "opacity": 0, "clip": True},
            "encoding": {"x": both["x"], "y": both["y"]},
        },
        {
            "transform": here,
            "mark": _SILENT | {"type": "rule", "opacity": 0.4, "clip": True},
            "encoding": place,
        },
        {
            "transform": here,
            "mark": _SILENT | {"type": "point", "filled": True, "size": 70, "opacity": 1, "clip": True},
            "encoding": place | {"y": both["y"]},
        },
        {
            "transform": [*here, {"calculate": figures, "as": "figures"}],
            "mark": words,
            "encoding": above | {"color": colour, "text": {"field": "figures", "type": "nominal"}},
        },
        {
            # Without a text that is always there, the title would give way to the figures when they come.
            "transform": _only(SEEN),
            "mark": words | {"text": "0", "opacity": 0},
            "encoding": above,
        },
    ]


def _place(axis: Axis) -> str:
    """An expression for where a point is on the axis, as "step 1,200"."""
    text, value = {
        "step": (template("step {place}"), "format(datum.step, ',d')"),
        "epoch": (template("epoch {place}"), "format(datum.epoch, '.4~g')"),
        "time": (template("{place} min"), "format(datum.minutes, '.2~f')"),
    }[axis]
    before, after = text.split("{place}")
    return f"{json.dumps(before)} + {value} + {json.dumps(after)}"


def _path(mark: Mark) -> str:
    """A mark as Vega's symbols are written, in -1..1."""
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in mark) + "Z"
