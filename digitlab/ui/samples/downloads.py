"""Tables as CSV and pictures as PNG."""

import base64
import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.data.mnist import Part
from digitlab.insight.answers import Answers
from digitlab.ui.samples.sheet import picture, tiles


def figure_config(name: str, *tools: str) -> dict[str, Any]:
    """Plotly's tools for a figure: its camera, which saves NAME.png in the browser, and others by their names."""
    options = {"format": "png", "scale": 2, "filename": name}
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtons": [["toImage", *tools]],
        "toImageButtonOptions": options,
    }


def offer_csv(name: str, head: Sequence[str], rows: Callable[[], Iterable[Sequence[object]]], key: str) -> None:
    """A button that saves a table as NAME.csv; its rows are made on request."""

    def text() -> str:
        file = io.StringIO()
        table = csv.writer(file, lineterminator="\n")
        table.writerow(head)
        table.writerows(rows())
        return file.getvalue()

    st.download_button("CSV", text, f"{name}.csv", "text/csv", key=key, icon=":material/download:", on_click="ignore")


def offer_png(name: str, picture: Callable[[], bytes], key: str) -> None:
    """A button that saves a picture as NAME.png; the picture is made on request."""
    st.download_button("PNG", picture, f"{name}.png", "image/png", key=key, icon=":material/image:", on_click="ignore")


def of_url(url: str) -> bytes:
    """The file in a data: URL."""
    return base64.b64decode(url.partition(",")[2])


def offer_sheet(part: Part, numbers: NDArray[np.int64], answers: Answers | None, key: str = "shown") -> None:
    """Buttons that save what a sheet shows: the picture, and number, label and answer of each digit."""
    labels = mnist.load().of(part)[1]
    head = ["number", "label"]
    if answers is not None:
        head += ["answer", "confidence", "loss"]

    def rows() -> Iterable[list[object]]:
        for number in numbers.tolist():
            row: list[object] = [number, int(labels[number])]
            if answers is not None:
                place = number - answers.first
                row += [int(answers.digits[place]), f"{answers.confidence[place]:.6f}", f"{answers.losses[place]:.6f}"]
            yield row

    with st.container(horizontal=True, width="content"):
        offer_csv(f"{part}-digits", head, rows, f"csv_{key}")
        offer_png(f"{part}-digits", lambda: picture(part, tiles(part, numbers, answers)), f"png_{key}")
