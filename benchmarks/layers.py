"""How long the server works for the page /layers: a new picture, an opened layer, and each way of explaining."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from streamlit.testing.v1 import AppTest

from digitlab import home
from digitlab.insight.attribution import METHODS, Explainer, target
from digitlab.insight.counterfactual import counterfactual
from digitlab.networks import zoo
from harness.networks import pictures

DIGITS = 8


def milliseconds(what: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    what()
    return 1000 * (time.perf_counter() - begun)


def page(name: str) -> tuple[list[float], list[float]]:
    """Whole script runs of the page: with a new picture, and with another layer open."""
    app = AppTest.from_file(str(home.ROOT / "digitlab/ui/shell.py"), default_timeout=60)
    app.query_params["model"] = name
    app.run()
    app.switch_page(str(home.ROOT / "pages/layers.py")).run()
    drawn, opened = [], []
    for digit in range(1, DIGITS + 1):
        app.number_input(key="test_digit").set_value(digit)
        drawn.append(milliseconds(app.run))
    for layer in zoo.find(name).network.layers:
        app.query_params["layer"] = layer.name
        opened.append(milliseconds(app.run))
    return drawn, opened


def main() -> None:
    print("milliseconds of server work; picture and layer: a whole run of the page's script, median and longest")
    for model in zoo.models():
        drawn, opened = page(model.name)
        print(
            f"{model.name}: picture {statistics.median(drawn):.0f} ({max(drawn):.0f}), "
            f"layer {statistics.median(opened):.0f} ({max(opened):.0f})"
        )
        made = Explainer(zoo.open_model(model.name))
        images = pictures(DIGITS)
        parts = []
        for method in METHODS:
            times = [milliseconds(partial(made.explain, method, image, target(3))) for image in images]
            parts.append(f"{method} {statistics.median(times):.0f} ({max(times):.0f})")
        times = [milliseconds(partial(counterfactual, made, image, 3)) for image in images]
        parts.append(f"counterfactual {statistics.median(times):.0f} ({max(times):.0f})")
        print("  " + ", ".join(parts))


if __name__ == "__main__":
    main()
