"""Ten probabilities over the course of a training, as a heat map."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from digitlab.runs.rows import stride
from digitlab.store.records import PinReading
from digitlab.ui.shared.palette import MAGMA
from digitlab.ui.shared.panels import show_chart
from digitlab.words import _

MOST = 120  # columns; a panel has about 600 pixels


def show_heat(readings: Sequence[PinReading], *, key: str, alt: str) -> None:
    """One row a digit, one column a reading; a column reaches to the next reading."""
    show_chart(_table(columns(readings)), _spec(), key=key, alt=alt, zoom=False)


def columns(readings: Sequence[PinReading]) -> list[tuple[int, int, Sequence[float]]]:
    """Where each column begins and ends, in steps, and its probabilities; of many readings every few-th is drawn."""
    every = stride(len(readings), MOST)
    shown = [reading for at, reading in enumerate(readings) if at % every == 0 or at == len(readings) - 1]
    if not shown:
        return []
    ends = [reading.step for reading in shown[1:]]
    width = max(1, round((shown[-1].step - shown[0].step) / max(1, len(shown) - 1)))
    ends.append(shown[-1].step + width)
    return [(reading.step, end, reading.probabilities) for reading, end in zip(shown, ends, strict=True)]


def _table(made: list[tuple[int, int, Sequence[float]]]) -> pa.Table:
    cells = [(start, end, digit, share) for start, end, shares in made for digit, share in enumerate(shares)]
    start, end, digit, share = zip(*cells, strict=True) if cells else ((), (), (), ())
    return pa.table(
        {
            "step": pa.array(start, pa.int32()),
            "end": pa.array(end, pa.int32()),
            "digit": pa.array([str(number) for number in digit], pa.string()),
            "probability": pa.array(share, pa.float32()),
        }
    )


def _spec() -> dict[str, Any]:
    return {
        "title": {"text": _("Probability of each digit"), "anchor": "start", "fontSize": 14, "offset": 8},
        "height": 300,
        "padding": {"bottom": 2},
        "mark": {"type": "rect", "tooltip": True},
        "encoding": {
            "x": {
                "field": "step",
                "type": "quantitative",
                "axis": {"title": _("Step"), "grid": False, "format": ",d", "tickCount": 5, "tickMinStep": 1},
                "scale": {"nice": False, "zero": False},
            },
            "x2": {"field": "end"},
            "y": {
                "field": "digit",
                "type": "ordinal",
                "axis": {"title": None, "labelFontWeight": 600, "labelOverlap": False},
                "scale": {"domain": [str(digit) for digit in range(10)]},
            },
            "color": {
                "field": "probability",
                "type": "quantitative",
                "scale": {"domain": [0, 1], "range": MAGMA},
                "legend": {
                    "title": None,
                    "format": ".0%",
                    "orient": "right",
                    "gradientLength": 120,
                    "gradientThickness": 8,
                },
            },
            "tooltip": [
                {"field": "digit", "title": _("Digit")},
                {"field": "probability", "format": ".1%", "title": _("Probability")},
                {"field": "step", "format": ",d", "title": _("From step")},
            ],
        },
        "config": {"view": {"stroke": None}, "axis": {"titlePadding": 2}},
    }
