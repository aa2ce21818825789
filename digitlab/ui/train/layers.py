"""The layers of a run over time: how large their weights and gradients are, and how the weights spread."""

from typing import Any

import pyarrow as pa
import streamlit as st

from digitlab.runs import history
from digitlab.runs.curves import Logged, Norm, layers, norms
from digitlab.runs.following import Followed
from digitlab.runs.history import Histogram
from digitlab.runs.rows import window
from digitlab.store import Store
from digitlab.ui.shared import line_styles, panels
from digitlab.ui.shared.folding import folded
from digitlab.ui.shared.palette import MAGMA
from digitlab.ui.shared.panels import View
from digitlab.words import _, listed, together


def show_layers(store: Store, followed: Followed, logged: Logged, view: View) -> None:
    """Two panels and a histogram, folded."""
    part = folded(_("Weights and gradients by layer"), "stacked_line_chart", "by_layer")
    if not part.open:
        return
    with part:
        names = layers(logged)
        if not names:
            st.markdown(_("This run logged no weights and gradients: it is of an earlier version."))
            return
        styles = line_styles.by_layer(names)
        panels.show_legend(styles)
        wanted: tuple[Norm, Norm] = ("weights", "gradients")
        rows = {
            norm: norms(logged, norm, smoothing=view.smoothing, log=view.log or norm == "gradients") for norm in wanted
        }
        for place, norm in zip(st.columns(2, gap="medium"), wanted, strict=True):
            with place, st.container(key=f"{norm}_panel"):
                panels.show_panel(
                    rows[norm],
                    window(rows[norm], view.axis, beside=list(rows.values())),
                    norm,
                    styles,
                    view.axis,
                    key=f"{norm}_{followed.run.id}_{view.axis}_{view.log}",
                    alt=panels.alt(norm, view.axis, followed.run.name),
                )
        st.caption(together(*_said(followed, names)))
        _show_histograms(store, followed, names)


def _said(followed: Followed, names: list[str]) -> list[str]:
    """What the panels show of vanishing gradients and dead layers."""
    last = followed.steps[-1].layers or {}
    said = [
        _(
            "Gradients that shrink from the last layer to the first vanish on the way. The first layers then learn "
            "little."
        )
    ]
    still = [f"`{name}`" for name in names if last.get(name, [0.0, 1.0])[1] == 0]
    if still:
        said.append(
            _("In the last step no gradient reaches {layers}, so nothing is learned there.", layers=listed(*still))
        )
    return said


def _show_histograms(store: Store, followed: Followed, names: list[str]) -> None:
    """How the weights of one layer spread at each checkpoint that is kept."""
    if not any(saved.epoch for saved in followed.checkpoints):
        st.caption(_("Histograms of the weights come with the first checkpoint at the end of an epoch."))
        return
    with st.container(width=320):
        name = st.selectbox(_("Histogram of the weights of"), names, key="histogram_layer", filter_mode=None)
    with st.spinner(_("Reading the checkpoints …")):
        found = history.histograms(followed.run, followed.checkpoints, name)
    if found:
        with st.container(key="histogram"):
            panels.show_chart(
                _table(found),
                _spec(),
                key=f"histogram_{followed.run.id}",
                alt=_("Histogram of the weights of {layer} by epoch", layer=name),
                zoom=False,
            )
        st.caption(
            _(
                "A column is a checkpoint at the end of an epoch. The brighter a value, the more weights have it, "
                "beside the most frequent value of that epoch."
            )
        )


def _table(found: list[Histogram]) -> pa.Table:
    epochs = [one.epoch for one in found]
    ends = [*epochs[1:], epochs[-1] + (epochs[-1] - epochs[-2] if len(epochs) > 1 else 1)]
    cells = [
        (one.epoch, end, low, high, count, count / max(one.counts))
        for one, end in zip(found, ends, strict=True)
        for count, low, high in zip(one.counts, one.edges[:-1], one.edges[1:], strict=True)
    ]
    epoch, end, low, high, count, share = zip(*cells, strict=True)
    return pa.table(
        {
            "epoch": pa.array(epoch, pa.int32()),
            "end": pa.array(end, pa.int32()),
            "low": pa.array(low, pa.float32()),
            "high": pa.array(high, pa.float32()),
            "count": pa.array(count, pa.int32()),
            "share": pa.array(share, pa.float32()),
        }
    )


def _spec() -> dict[str, Any]:
    return {
        "height": 220,
        "padding": {"bottom": 2},
        "mark": {"type": "rect", "tooltip": True, "aria": False},
        "encoding": {
            "x": {
                "field": "epoch",
                "type": "quantitative",
                "axis": {"title": _("Epoch"), "grid": False, "format": ",d", "tickCount": 5, "tickMinStep": 1},
                "scale": {"nice": False, "zero": False},
            },
            "x2": {"field": "end"},
            "y": {
                "field": "low",
                "type": "quantitative",
                "axis": {"title": None, "format": "~g", "tickCount": 5, "grid": False, "minExtent": 44},
                "scale": {"zero": False},
            },
            "y2": {"field": "high"},
            "color": {
                "field": "share",
                "type": "quantitative",
                "scale": {"type": "sqrt", "domain": [0, 1], "range": MAGMA},
                "legend": None,
            },
            "tooltip": [
                {"field": "epoch", "title": _("Epoch")},
                {"field": "low", "format": ".3f", "title": _("From value")},
                {"field": "high", "format": ".3f", "title": _("To value")},
                {"field": "count", "format": ",d", "title": _("Number of weights")},
            ],
        },
        "config": {"view": {"stroke": None}, "axis": {"titlePadding": 2}},
    }
