"""The charts of a run as Vega-Lite specifications.

Streamlit keeps a Vega-Lite chart and gives it new rows as long as its specification stays the same, so that the
reader's zoom and pointer outlive every update: nothing here depends on the rows, and an alt text says what is drawn,
not the figures of the moment.
"""

from typing import Any

import pyarrow as pa
import streamlit as st

from digitlab.ui.palette import DIGITS
from digitlab.ui.train.curves import BATCH, BEST, PARENT, SMOOTH, VALIDATION, Rows

TRAINING, HELD_OUT, BEFORE = DIGITS[0], DIGITS[1], DIGITS[3]
_X = {"field": "step", "type": "quantitative"}
SPARSE = frozenset({VALIDATION, BEST})
_THERE = {"condition": {"test": "datum.epoch > 0", "value": 1}, "value": 0}
_TOOLTIP_FORMAT = {"loss": ".4f", "accuracy": ".2%", "share wrong": ".2%", "learning rate": ".3g"}


def show_panel(
    rows: Rows, title: str, *, key: str, alt: str, log: bool = False, validation: bool = True, parent: bool = False
) -> None:
    """One panel.

    Args:
        title: "loss", "accuracy" or "share wrong".
        log: a logarithmic vertical axis.
        validation, parent: whether there is, or will be, something of these to draw.
    """
    _show(rows, _spec(title, log, validation, parent), key, alt)


def show_rates(rows: Rows, *, key: str, alt: str, log: bool = False) -> None:
    """The learning rate in a low panel; a diamond where a person changed it."""
    _show(rows, _rate_spec(log), key, alt)


def legend(parent: bool, validation: bool, rate: bool = False) -> str:
    """What the lines are, as HTML: each told apart by its form as well as by its colour."""
    entries = [
        (TRAINING, "dl-line dl-thin", "each batch"),
        (TRAINING, "dl-line", "training, smoothed"),
    ]
    if validation:
        entries += [(HELD_OUT, "dl-mark dl-diamond", "validation after each epoch")]
    if parent:
        entries += [(BEFORE, "dl-line dl-dashed", "the run it branched off from")]
    return (
        '<div class="dl-legend">'
        + "".join(f'<span><i class="{kind}" style="--c:{colour}"></i>{text}</span>' for colour, kind, text in entries)
        + "</div>"
    )


def _show(rows: Rows, spec: dict[str, Any], key: str, alt: str) -> None:
    # Without `on_select` Streamlit would forget the zoom whenever new rows come.
    st.vega_lite_chart(
        _table(rows), spec, width="stretch", key=key, alt=alt, on_select="rerun", selection_mode=["zoom"]
    )


def _table(rows: Rows) -> pa.Table:
    """The rows for the browser, with an invisible one for what there is none of yet: Vega would complain of nothing."""
    if SMOOTH in rows.kind:
        first = rows.kind.index(SMOOTH)
        for kind in SPARSE.difference(rows.kind):
            rows.add(kind, rows.step[first], 0, rows.value[first])
    return pa.table(
        {
            "kind": pa.array(rows.kind, pa.string()),
            "step": pa.array(rows.step, pa.int32()),
            "epoch": pa.array(rows.epoch, pa.int32()),
            "value": pa.array(rows.value, pa.float32()),
            "text": pa.array(rows.text, pa.string()),
        }
    )


def _only(*kinds: str) -> list[dict[str, Any]]:
    return [{"filter": {"field": "kind", "oneOf": list(kinds)}}]


def _scales(title: str, log: bool, from_nought: bool = False) -> dict[str, Any]:
    """The two axes."""
    share = title in ("accuracy", "share wrong")
    scale: dict[str, Any] = {"type": "log"} if log else {"zero": from_nought}
    return {
        "x": _X
        | {
            "axis": {"title": "step", "grid": False, "format": ",d", "tickCount": 5, "tickMinStep": 1},
            "scale": {"nice": False, "zero": False, "padding": 8},
        },
        "y": {
            "field": "value",
            "type": "quantitative",
            "scale": scale | {"padding": 0 if from_nought else 8},
            "axis": {"title": None, "format": "~%" if share else "~g", "tickCount": 5, "minExtent": 44},
        },
    }


def _zoom() -> dict[str, Any]:
    """Dragging with a mouse moves, Ctrl and the wheel zoom, a double click shows all; a finger scrolls the page."""
    mouse = "[mousedown[!event.shiftKey], window:mouseup] > window:mousemove!"
    wheel = "wheel![event.ctrlKey || event.metaKey]"
    return {
        "name": "zoom",
        "select": {"type": "interval", "translate": mouse, "zoom": wheel, "clear": "dblclick"},
        "bind": "scales",
    }


def _hover(title: str) -> list[dict[str, Any]]:
    """A rule and a line of figures at the pointer's step; both stay when new rows come."""
    figures = f"'step ' + format(datum.step, ',') + ' · {title} ' + format(datum.value, '{_TOOLTIP_FORMAT[title]}')"
    point = {
        "name": "pointer",
        "select": {"type": "point", "on": "mousemove", "clear": "mouseout", "nearest": True, "encodings": ["x"]},
    }
    place = {"baseline": "bottom", "dy": -4} if title == "accuracy" else {"baseline": "top", "dy": 4}
    here = [{"filter": {"param": "pointer", "empty": False}}]
    return [
        {
            "transform": _only(SMOOTH),
            "params": [point],
            "mark": {"type": "point", "opacity": 0, "tooltip": None},
            "encoding": {"x": _X, "y": {"field": "value", "type": "quantitative"}},
        },
        {
            "transform": _only(SMOOTH),
            "mark": {"type": "rule", "color": TRAINING, "tooltip": None},
            "encoding": {
                "x": _X,
                "opacity": {"condition": {"param": "pointer", "empty": False, "value": 0.4}, "value": 0},
            },
        },
        {
            "transform": [*_only(SMOOTH), *here, {"calculate": figures, "as": "figures"}],
            "mark": {"type": "text", "align": "right", "color": TRAINING, "fontSize": 12, "fontWeight": 700} | place,
            "encoding": {
                "x": {"value": "width"},
                "y": {"value": "height" if place["baseline"] == "bottom" else 0},
                "text": {"field": "figures", "type": "nominal"},
            },
        },
    ]


def _layer(both: dict[str, Any], kind: str, log: bool, mark: dict[str, Any], **encoding: Any) -> dict[str, Any]:
    positive = [{"filter": "datum.value > 0"}] if log else []
    return {
        "transform": _only(kind) + positive,
        "mark": {"clip": True, "tooltip": None} | mark,
        "encoding": both | {"opacity": _THERE} | encoding if kind in SPARSE else both | encoding,
    }


def _chart(title: str, height: int, layers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "title": {"text": title.capitalize(), "anchor": "start", "fontSize": 14, "offset": 8},
        "height": height,
        "padding": {"bottom": 2},
        "layer": [*layers, *_hover(title)],
        "config": {"view": {"stroke": None}, "axis": {"titlePadding": 2}},
    }


_WORDS = {"text": {"field": "text", "type": "nominal"}}


def _spec(title: str, log: bool, validation: bool, parent: bool) -> dict[str, Any]:
    both = _scales(title, log)

    def layer(kind: str, mark: dict[str, Any], **encoding: Any) -> dict[str, Any]:
        return _layer(both, kind, log, mark, **encoding)

    layers = [
        layer(BATCH, {"type": "line", "color": TRAINING, "opacity": 0.4, "strokeWidth": 1}) | {"params": [_zoom()]},
        layer(SMOOTH, {"type": "line", "color": TRAINING, "strokeWidth": 2.5}),
    ]
    if parent:
        before = {"type": "line", "color": BEFORE, "strokeDash": [6, 3], "strokeWidth": 2}
        layers.insert(1, layer(PARENT, before))
    if validation:
        best = {"align": "right", "dx": -11, "baseline": "middle", "dy": 14 if title == "accuracy" else -14}
        layers += [
            layer(VALIDATION, {"type": "line", "color": HELD_OUT, "strokeWidth": 1.5, "strokeDash": [2, 2]}),
            layer(VALIDATION, {"type": "point", "color": HELD_OUT, "filled": True, "shape": "diamond", "size": 60}),
            layer(BEST, {"type": "point", "color": HELD_OUT, "shape": "circle", "size": 230, "strokeWidth": 2}),
            layer(BEST, {"type": "text", "color": HELD_OUT, "fontWeight": 700} | best, **_WORDS),
        ]
    return _chart(title, 230, layers)


def _rate_spec(log: bool) -> dict[str, Any]:
    both = _scales("learning rate", log, from_nought=not log)
    line = {"type": "line", "color": TRAINING, "strokeWidth": 2, "interpolate": "step-after"}
    mark = {"type": "point", "color": HELD_OUT, "filled": True, "shape": "diamond", "size": 80}
    words = {"type": "text", "color": HELD_OUT, "align": "left", "dx": 8, "dy": 10, "fontWeight": 600}
    return _chart(
        "learning rate",
        130,
        [
            _layer(both, SMOOTH, log, line) | {"params": [_zoom()]},
            _layer(both, BEST, log, mark),
            _layer(both, BEST, log, words, **_WORDS),
        ],
    )
