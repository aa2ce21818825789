"""The page /layers in Chromium: each kind of layer is opened, the pointer moves, and the numbers are Python's."""

import math
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from digitlab.networks import zoo
from harness.networks import pictures
from harness.server import Server
from tests.browser.conftest import OpenPage

DIGIT = 3


def opened(page: Page, layer: str) -> Locator:
    """The opened layer's element, once its numbers and weights are there."""
    element = page.locator(f'.st-key-opened .dl-part[data-layer="{layer}"]')
    expect(element).to_be_visible()
    return element


def expect_number(element: Locator, wanted: float) -> None:
    """The number shown, as written and as computed, is Python's."""
    assert float(element.get_attribute("data-value") or "nan") == pytest.approx(wanted, abs=1e-4)
    written = element.locator(".dl-result output").inner_text().replace("−", "-")
    assert float(written) == pytest.approx(wanted, abs=1e-4)


def point_at(page: Page, element: Locator, row: int, column: int, height: int, width: int) -> None:
    area = element.locator(".dl-active canvas")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + (column + 0.5) / width * box["width"], box["y"] + (row + 0.5) / height * box["height"])


@pytest.mark.parametrize("model", ["pen", "two-conv-64-dropout"])
def test_pointer_moves_over_every_kind_of_layer_and_the_number_is_pythons(visit: OpenPage, model: str) -> None:
    predictor = zoo.open_model(model)
    network = predictor.network
    activations = predictor.read(pictures(DIGIT + 1)[DIGIT]).activations
    page = visit(f"/layers?model={model}&test_digit={DIGIT}")
    rng = np.random.default_rng(0)
    kinds: dict[str, str] = {layer.kind: layer.name for layer in network.layers}  # the last layer of each kind
    for name in kinds.values():
        page.locator(f'.dl-tile[data-layer="{name}"]').click()
        element = opened(page, name)
        values = activations[name]
        for _ in range(3):
            if values.ndim == 3:
                height, width, channels = values.shape
                row, column = int(rng.integers(height)), int(rng.integers(width))
                channel = int(re.findall(r"Channel (\d+)", element.locator(".dl-where").inner_text())[0])
                point_at(page, element, row, column, height, width)
                index = (row * width + column) * channels + channel
            else:
                columns = min(len(values), 128)
                index = int(rng.integers(len(values)))
                point_at(page, element, index // columns, index % columns, math.ceil(len(values) / columns), columns)
            expect(element).to_have_attribute("data-index", str(index))
            expect_number(element, float(values.ravel()[index]))
    if network.gives_logits:
        shares: list[Any] = element.locator("[data-share]").evaluate_all("cells => cells.map(c => c.dataset.share)")
        assert np.allclose([float(share) for share in shares], predictor.to_probabilities(values), atol=1e-4)


def test_channels_sort_open_and_stand_in_the_address(visit: OpenPage) -> None:
    predictor = zoo.open_model("two-conv-128")
    values = predictor.read(pictures(1)[0]).activations["conv_1"]
    page = visit("/layers?model=two-conv-128&layer=conv_1&channel=4")
    element = opened(page, "conv_1")
    channels = element.locator(".dl-channels button")
    expect(channels.nth(4)).to_have_attribute("aria-pressed", "true")
    element.get_by_text("By strength").click()
    strongest = np.abs(values).mean(axis=(0, 1)).argsort()[::-1]
    assert [int(button.get_attribute("data-channel") or -1) for button in channels.all()[:3]] == strongest[:3].tolist()
    channels.first.click()
    page.wait_for_url(re.compile(rf"channel={strongest[0]}(&|$)"))
    active = element.locator(".dl-active")
    active.focus()
    before = int(element.get_attribute("data-index") or -1)
    page.keyboard.press("ArrowUp")
    expect(element).to_have_attribute("data-index", str(before - values.shape[1] * values.shape[2]))
    expect_number(element, float(values.ravel()[before - values.shape[1] * values.shape[2]]))


def test_thumbnails_of_many_maps_are_smoothed_and_the_drawing_keeps_its_squares(visit: OpenPage) -> None:
    page = visit("/layers?model=pen")
    expect(page.locator(".dl-tile[data-layer=conv_2] img")).to_have_css("image-rendering", "auto")
    expect(page.locator(".dl-tile[data-layer=input] img")).to_have_css("image-rendering", "pixelated")


def test_tab_comes_to_the_strip_once_and_the_input_opens(visit: OpenPage) -> None:
    page = visit("/layers?model=pen&layer=conv_2")
    reachable = page.locator(".dl-tile[tabindex='0']")
    expect(reachable).to_have_attribute("data-layer", "conv_2")
    expect(reachable).to_have_count(1)
    expect(page.locator(".dl-overview")).to_be_visible()
    reachable.focus()
    page.keyboard.press("Home")
    expect(reachable).to_have_attribute("data-layer", "input")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-opened_layer")).to_contain_text("The image that the network sees")


def test_a_finger_reads_a_number_on_a_phone_in_the_dark(visit: OpenPage) -> None:
    values = zoo.open_model("pen").read(pictures(1)[0]).activations["relu_1"]
    page = visit("/layers?layer=relu_1&channel=2", phone=True, dark=True)
    element = opened(page, "relu_1")
    element.locator(".dl-active canvas").scroll_into_view_if_needed()
    box = element.locator(".dl-active canvas").bounding_box()
    assert box is not None
    side = values.shape[0]
    page.touchscreen.tap(box["x"] + 6.5 / side * box["width"], box["y"] + 5.5 / side * box["height"])
    expect(element).to_have_attribute("data-index", str((5 * side + 6) * values.shape[2] + 2))
    expect_number(element, float(values[5, 6, 2]))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_filter_of_ones_own_is_computed_slid_and_kept_in_the_address(visit: OpenPage) -> None:
    image = pictures(DIGIT + 1)[DIGIT]
    page = visit(f"/layers?test_digit={DIGIT}&part=Try+a+filter&filter=emboss_3_2_same_max2")
    part = page.locator(".dl-part-filters")
    expect(part.locator(".dl-formula")).to_contain_text("(28 + 1 − 3) / 2 + 1 = 14. After 2×2 pooling: ⌊14 / 2⌋ = 7")
    part.get_by_role("button", name="valid").click()
    part.get_by_label("Row 0, column 2").fill("0.5")
    part.get_by_label("Row 0, column 2").press("Tab")
    page.wait_for_url(re.compile(r"filter=own_3_2_valid_max2_-2%2C-1%2C0.5"))
    kernel = np.array([[-2, -1, 0.5], [-1, 1, 1], [0, 1, 2]])
    wanted = np.array(
        [[(image[r : r + 3, c : c + 3] * kernel).sum() for c in range(0, 26, 2)] for r in range(0, 26, 2)]
    )
    areas = part.locator(".dl-active canvas")
    for area, values in ((areas.nth(0), wanted), (areas.nth(1), wanted[:12, :12].reshape(6, 2, 6, 2).max(axis=(1, 3)))):
        side = len(values)
        area.scroll_into_view_if_needed()
        box = area.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 3.5 / side * box["width"], box["y"] + 4.5 / side * box["height"])
        expect(part).to_have_attribute("data-index", str(4 * side + 3))
        expect_number(part, float(values[4, 3]))
    part.get_by_role("button", name="Play", exact=True).click()
    expect(part).to_have_attribute("data-reached", re.compile(r"^([3-9]|\d\d+)$"))
    part.get_by_role("button", name="Stop").click()
    reached = int(part.get_attribute("data-reached") or 0)
    part.get_by_role("button", name="Step forward", exact=True).click()
    expect(part).to_have_attribute("data-reached", str(reached + 1))
    expect_number(part, float(wanted.ravel()[reached]))


def test_part_whose_module_does_not_arrive_says_so_and_the_others_work(browser: Browser, server: Server) -> None:
    context = browser.new_context()
    context.route("**/layers/strip.js", lambda route: route.fulfill(status=404, body="gone"))
    page = context.new_page()
    page.goto(f"{server.url}/layers?model=two-conv-64-dropout&layer=conv_1&test_digit={DIGIT}")
    expect(page.locator(".st-key-strip .dl-part")).to_have_text("This part could not be loaded. Reload the page.")
    opened(page, "conv_1")
    context.close()
