"""The page /samples in a browser: what is clicked, lassoed and played shows the right digits."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from digitlab.data import mnist
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import Drawing
from digitlab.insight import answers, embedding, features
from digitlab.insight.answers import Answers
from digitlab.insight.progress import unheard
from digitlab.networks import zoo
from digitlab.store import results
from harness.hand import draw, expect_answer, pad
from harness.server import Server
from tests.browser.conftest import OpenPage
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
    expect(page.locator(".st-key-cell")).to_contain_text(f"Label 9, answer 4: {len(places)} digits")
    shown = page.locator(".st-key-cell .dl-sheet-digit")
    expect(shown).to_have_text(["9 → 4"] * len(places))
    expect(shown.first).to_be_in_viewport()
    shown.first.click()
    expect(page.locator(".st-key-one")).to_contain_text(f"Test digit {places[0]:,}: label 9.")
    expect(page.locator(".st-key-one")).to_contain_text("answers 4: wrong")
    assert f"number={places[0]}" in page.url


def test_a_lasso_on_the_map_shows_what_is_in_it(known: Answers, server: Server, visit: OpenPage) -> None:
    page = visit(f"/samples?section=map&model={MODEL}")
    expect(page.locator(".st-key-map .js-plotly-plot .draglayer").first).to_be_attached()
    found = embedding.known(zoo.find(MODEL), "dense_1", "pca")
    assert found is not None
    x, y = found.places.T
    page.locator(".st-key-map").scroll_into_view_if_needed()
    farthest = int(x.argmax())
    point_at(page, "map", float(x[farthest]), float(y[farthest]))
    expect(page.locator(f"canvas[data-number='{found.numbers[farthest]}']")).to_be_visible()

    right = float(np.quantile(x, 0.97))
    inside = x > right
    corners = [(right, y.min() - 1), (x.max() + 1, y.min() - 1), (x.max() + 1, y.max() + 1), (right, y.max() + 1)]
    ways = [at(page, "map", float(a), float(b)) for a, b in [*corners, corners[0]]]
    page.mouse.move(*ways[0])
    page.mouse.down()
    for way in ways[1:]:
        page.mouse.move(*way, steps=5)
    page.mouse.up()
    chosen = page.locator(".st-key-lassoed")
    expect(chosen).to_contain_text("digits chosen")
    counted = re.search(r"([\d,]+) digits chosen", chosen.inner_text())
    assert counted
    pixel = 1 / (at(page, "map", 1, 0)[0] - at(page, "map", 0, 0)[0])
    on_the_line = int((np.abs(x - right) < 1.5 * pixel).sum())
    assert int(counted[1].replace(",", "")) == pytest.approx(int(inside.sum()), abs=on_the_line)
    expect(chosen.locator(".dl-sheet-digit").first).to_be_visible()
    shown = [int(text[0]) for text in chosen.locator(".dl-sheet-digit").all_inner_texts()]
    labels = known.labels[np.sort(found.numbers[inside])]
    assert np.bincount(shown, minlength=10).argmax() == np.bincount(labels, minlength=10).argmax()


# The red of what lies under the pen, as 28×28 numbers.
BENEATH = """() => {
  const canvas = document.querySelector(".dl-ink")
  const small = new OffscreenCanvas(28, 28).getContext("2d", { willReadFrequently: true })
  small.drawImage(canvas, 0, 0, 28, 28)
  return [...small.getImageData(0, 0, 28, 28).data].filter((_, at) => at % 4 == 3)
}"""
MARKS = """() => document.querySelector(".st-key-map .js-plotly-plot")?.data
  ?.find(trace => trace.name === "Your drawing")?.marker.symbol.join(" ")"""


def line(start: list[float], end: list[float]) -> list[list[float]]:
    """With so many points that the canvas smooths no corner away."""
    points: list[list[float]] = np.linspace(start, end, 12).tolist()
    return points


def open_map(page: Page, marks: str) -> None:
    """Go to the map; the drawing on the pad has these marks there."""
    page.get_by_role("link", name="Samples").click()
    page.get_by_role("radio", name="Map").click()
    page.wait_for_function(f"({MARKS})() === {marks!r}")


def test_a_digit_is_drawn_over_and_is_a_star_with_a_trail_on_the_map(
    known: Answers, digits: mnist.Mnist, visit: OpenPage
) -> None:
    model = zoo.find(MODEL)
    wanted = features.wanted(model)
    results.keep(wanted, features.job(wanted, unheard))
    page = visit(f"/samples?model={MODEL}&number=12")
    page.get_by_role("button", name="Draw over").click()
    expect(page.get_by_role("button", name="Remove template")).to_be_visible()
    pad(page).scroll_into_view_if_needed()
    page.wait_for_function(f"({BENEATH})()?.some((alpha) => alpha > 60)")
    beneath = np.array(page.evaluate(BENEATH), float)
    assert np.corrcoef(beneath, digits.x_train[12].ravel())[0, 1] > 0.99, "the digit itself, faint"
    assert beneath.max() < 128

    first, second = line([100, 60], [80, 150]) + line([80, 150], [180, 150]), line([160, 70], [150, 240])
    draw(page, Drawing.of([first]))
    expect_answer(page, "")
    open_map(page, "star")
    page.get_by_role("link", name="Draw").click()
    expect(page.locator(".st-key-bars .dl-best")).to_be_visible()
    draw(page, Drawing.of([second]))
    expect_answer(page, "4")
    open_map(page, "circle star")

    found = features.known(model)
    assert found is not None
    place = features.locate(zoo.open_model(MODEL), found, prepare(Drawing.of([first, second])))
    near, _ = found.nearest(place, 8)
    shown = page.locator(".st-key-like_mine .dl-sheet-digit")
    expect(shown).to_have_count(8)
    numbers = {int(tile.get_attribute("data-number") or -1) for tile in shown.all()}
    assert len(numbers & set(near.tolist())) >= 6, "but for what the canvas rounds"


def test_three_rounds_of_would_you_have_known_by_key(known: Answers, visit: OpenPage) -> None:
    page = visit(f"/samples?section=game&model={MODEL}")
    for number, key in enumerate("385", start=1):
        expect(page.get_by_text(f"{number} of 10")).to_be_visible()
        expect(page.locator(".st-key-guess_9 button")).to_be_visible()
        # Streamlit listens for a button's key a moment after the button is there, sooner than a person could press it.
        expect(page.locator(".stApp[data-test-script-state=notRunning]")).to_be_visible()
        page.keyboard.press(key)
    expect(page.get_by_text("4 of 10")).to_be_visible()
    page.get_by_role("button", name="Show results").click()
    table = page.locator(".st-key-results table")
    expect(table.locator("tbody tr")).to_have_count(3)
    for row, key in zip(table.locator("tbody tr").all(), "385", strict=True):
        digit, given, answer, label = row.locator("td").all_inner_texts()
        place = int(digit.replace(",", ""))
        assert given.rstrip(" ✗") == key
        assert (answer.rstrip(" ✗"), label) == (str(known.digits[place]), str(known.labels[place]))
        assert known.digits[place] != known.labels[place]
        assert given.endswith("✗") == (key != label)
