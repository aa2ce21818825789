"""The page /samples in a browser: what is clicked, lassoed and played shows the right digits."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from digitlab.insight import answers
from digitlab.insight.answers import Answers
from digitlab.networks import zoo
from tests.browser.conftest import OpenPage
from tests.browser.server import Server
from tests.waiting import until

MODEL = "two-conv-64-dropout"

# Where a place of a plotly figure is in the window.
AT = """([key, x, y]) => {
  const plot = document.querySelector(`.st-key-${key} .js-plotly-plot`)
  const { xaxis, yaxis } = plot._fullLayout
  const box = plot.getBoundingClientRect()
  return [box.left + xaxis._offset + xaxis.l2p(x), box.top + yaxis._offset + yaxis.l2p(y)]
}"""


def at(page: Page, key: str, x: float, y: float) -> tuple[float, float]:
    left, top = page.evaluate(AT, [key, x, y])
    return left, top


def point_at(page: Page, key: str, x: float, y: float) -> None:
    """Bring the pointer to a place of a figure, and wait until the figure says what is there."""
    label = page.locator(f".st-key-{key} .hovertext")

    def told() -> bool:
        page.mouse.move(*at(page, key, x, y))
        return label.count() > 0

    until(told)


@pytest.fixture
def known(server: Server, monkeypatch: pytest.MonkeyPatch) -> Answers:
    """The model's answers, where the server finds them as well."""
    monkeypatch.setenv("DIGITLAB_HOME", str(server.home))
    return answers.answers(zoo.open_model(MODEL), zoo.find(MODEL))


def test_a_cell_of_the_confusion_matrix_opens_its_digits(known: Answers, visit: OpenPage) -> None:
    page = visit(f"/samples?section=quality&model={MODEL}")
    expect(page.locator(".st-key-confusion .js-plotly-plot")).to_be_visible()
    page.locator(".st-key-confusion").scroll_into_view_if_needed()
    point_at(page, "confusion", 4, 9)
    page.mouse.down()
    page.mouse.up()
    places = np.flatnonzero((known.labels == 9) & (known.digits == 4))
    places = places[np.argsort(-known.confidence[places], kind="stable")]
    expect(page.locator(".st-key-cell")).to_contain_text(f"Labelled 9, answered 4: {len(places)} digits")
    picture = page.locator(".st-key-cell img")
    expect(picture).to_have_attribute("alt", re.compile("(9 → 4, )*9 → 4$"))
    picture.scroll_into_view_if_needed()
    picture.click(position={"x": 5, "y": 5})
    expect(page.locator(".st-key-one")).to_contain_text(f"Test digit {places[0]:,}. Its label says 9.")
    expect(page.locator(".st-key-one")).to_contain_text("wrong: it answers 4")
    assert f"number={places[0]}" in page.url
