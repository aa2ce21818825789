"""The pad in Chromium: no stroke is lost, the answer and every map follow the pen, and both are Python's."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Route, expect

from digitlab.colours import MAGMA, VIK, table
from digitlab.drawing.link_text import pack
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import Drawing
from digitlab.networks import zoo
from harness.first_strokes import Try, attempt, tries
from harness.hand import draw, expect_answer, expect_empty, expect_maps, pad, pixels
from harness.live_page import READY, expect_held, expect_rest, expect_strokes, open_page, seen, shares, strokes
from harness.pen import Pen
from harness.server import Server
from tests.browser.contexts import Contexts

MODEL = "two-conv-64-dropout"
LEVEL = 3  # of 255: float16 kernels and rounding
SHARE = 5e-3
Opened = Callable[..., Page]


@pytest.fixture
def opened(contexts: Contexts, server: Server) -> Iterator[Opened]:
    """Opens the Draw page in a browser of its own."""
    problems: list[str] = []

    def open_it(path: str = f"/?model={MODEL}", at: Server = server, **how: object) -> Page:
        page = contexts.borrow(**{"viewport": {"width": 1280, "height": 800}} | how).new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        open_page(page, at, path)
        return page

    yield open_it
    assert not problems


def expect_pythons_answer(page: Page, model: str = MODEL) -> None:
    """What the page shows is what Python computes from the strokes that the tab keeps."""
    expect_rest(page)
    image = prepare(strokes(page))
    assert np.abs(seen(page) - image * 255).max() <= LEVEL
    reading = zoo.open_model(model).read(image)
    assert np.abs(shares(page) - reading.probabilities).max() <= SHARE


def test_the_canvas_is_where_the_pad_looks_for_it(opened: Opened) -> None:
    """Fails when an upgrade of streamlit-drawable-canvas moves its surface or its toolbar."""
    page = opened()
    pad_box, cover_box = pad(page).bounding_box(), page.locator(".dl-cover").bounding_box()
    assert pad_box == cover_box
    toolbar = page.locator(".st-key-pad .dc-toolbar")
    expect(toolbar).to_be_hidden()
    assert toolbar.locator('[aria-label="Undo"]').count() == 1


@pytest.mark.parametrize(
    "tried", list(tries(30)), ids=lambda tried: f"{tried.situation}, {tried.kind}, {tried.delay} s"
)
def test_the_first_stroke_is_kept_whenever_and_wherever_it_is_drawn(
    browser: Browser, server: Server, tried: Try
) -> None:
    assert attempt(browser, server, tried) == "kept"


def test_answer_bars_picture_and_maps_follow_the_pen(opened: Opened, seven: Drawing) -> None:
    page = opened()
    expect_empty(page)
    pen = Pen(page)
    pen.down(seven.strokes[0].tolist())
    expect_answer(page, "7")
    assert seen(page).max() == 255
    assert abs(shares(page).sum() - 1) < 0.01
    assert pixels(expect_maps(page, "conv_1")).max() > 0, "the maps are painted before the pen is lifted"
    pen.up()
    expect_answer(page, "7")


@pytest.mark.parametrize("kind", ["mouse", "touch", "pen"])
@pytest.mark.parametrize(("ratio", "zoom"), [(1, 1.0), (2, 1.0), (3, 1.25)])
def test_the_answer_is_pythons(opened: Opened, three: Drawing, kind: str, ratio: int, zoom: float) -> None:
    page = opened(device_scale_factor=ratio, has_touch=kind == "touch")
    page.evaluate("(zoom) => { document.documentElement.style.zoom = zoom }", zoom)
    Pen(page, kind).draw(three.strokes[0].tolist())
    expect_strokes(page, 1)
    expect_pythons_answer(page)
    expect_answer(page, "3")


@pytest.mark.parametrize("model", ["pen", "resnet", "two-conv-64-logits"])
def test_every_layers_maps_are_pythons(opened: Opened, three: Drawing, model: str) -> None:
    page = opened(f"/?model={model}")
    draw(page, three)
    expect_strokes(page, len(three.strokes))
    predictor = zoo.open_model(model)
    activations = predictor.read(prepare(strokes(page))).activations
    for layer in predictor.network.layers:
        values = activations[layer.name]
        canvas = expect_maps(page, layer.name)
        expect_rest(page)
        shown = pixels(canvas)
        maps = values if values.ndim == 3 else values[None, None]
        gap = 1 if values.ndim == 3 else 0
        height, width, count = maps.shape
        columns = (shown.shape[1] + gap) // (width + gap)
        for channel in range(count):
            top, left = channel // columns * (height + gap), channel % columns * (width + gap)
            part = shown[top : top + height, left : left + width]
            assert np.abs(part - coloured(maps)[:, :, channel]).mean() < LEVEL, (layer.name, channel)


def coloured(maps: NDArray[np.float32]) -> NDArray[np.int16]:
    """A layer's numbers [H, W, C] in the colours of the page, [H, W, C, 3]."""
    low, high = float(maps.min()), float(maps.max())
    if low < 0:
        high = max(-low, high)
        low = -high
    else:
        low = 0.0
    levels = 1 + np.rint((maps - low) * (254 / max(high - low, 1e-12))).astype(int)
    return np.asarray(table(VIK if low < 0 else MAGMA)[levels], np.int16)


def test_dots_lines_zigzags_and_strokes_that_leave_the_pad_are_pythons(opened: Opened) -> None:
    page = opened()
    pen = Pen(page)
    zigzag = np.random.default_rng(7).uniform(20, 260, (30, 2)).tolist()
    for stroke in ([[140, 140]], [[60, 60], [220, 60]], [[200, 200], [330, 200], [330, 120]], zigzag):
        pen.draw(stroke)
        expect_strokes(page, 1)
        expect_pythons_answer(page)
        page.get_by_role("button", name="Clear").click()
        expect_empty(page)


def test_undo_redo_and_clear_act_at_once_even_without_the_server(
    opened: Opened, fresh_server: Server, seven: Drawing
) -> None:
    page = opened(at=fresh_server)
    draw(page, seven)
    draw(page, Drawing.of([[[60, 30], [60, 250]]]))
    expect_held(page)
    fresh_server.stop()
    count = len(seven.strokes)
    page.get_by_role("button", name="Undo").click()
    expect_strokes(page, count)
    expect_answer(page, "7")
    page.get_by_role("button", name="Redo").click()
    expect_strokes(page, count + 1)
    page.get_by_role("button", name="Clear").click()
    expect_strokes(page, 0)
    expect_empty(page)
    page.get_by_role("button", name="Undo").click()
    expect_strokes(page, count + 1)
    expect(page.get_by_text("The server does not answer")).to_be_visible()


def test_the_drawing_outlives_reload_other_pages_and_another_server(
    opened: Opened, fresh_server: Server, three: Drawing
) -> None:
    page = opened(at=fresh_server)
    draw(page, three)
    expect_strokes(page, len(three.strokes))
    before = strokes(page)
    page.reload()
    expect_answer(page, "3")
    for name in ("Layers", "Samples", "Train", "Runs"):
        page.get_by_role("link", name=name).first.click()
        expect(page).to_have_url(re.compile(name.lower()))
        page.get_by_role("link", name="Draw").first.click()
        expect_answer(page, "3")
    fresh_server.stop()
    again = Server(fresh_server.home, port=fresh_server.port)
    expect_held(page)
    after = strokes(page)
    assert all(map(np.array_equal, before.strokes, after.strokes))
    page.context.close()
    again.stop()
    assert not again.complaints()


def test_two_tabs_have_a_drawing_each(opened: Opened, three: Drawing) -> None:
    page = opened()
    draw(page, three)
    expect_answer(page, "3")
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector(READY, state="attached")
    expect_empty(other)


def test_a_resting_palm_makes_no_ink_and_a_second_finger_draws(opened: Opened, seven: Drawing) -> None:
    page = opened(has_touch=True)
    pen = Pen(page, "touch")
    palm = {"id": 0, "x": 240.0, "y": 260.0}
    points = seven.strokes[0].tolist()
    pen.touches("touchStart", [palm])
    pen.touches("touchStart", [palm, {"id": 1, "x": points[0][0], "y": points[0][1]}])
    for x, y in points[1:]:
        pen.touches("touchMove", [palm, {"id": 1, "x": x, "y": y}])
    pen.touches("touchEnd", [palm])
    pen.touches("touchEnd", [])
    expect_strokes(page, 1)
    assert len(strokes(page).strokes[0]) > 2
    expect_answer(page, "7")


def test_a_finger_that_rests_alone_is_a_dot(opened: Opened) -> None:
    page = opened(has_touch=True)
    Pen(page, "touch").draw([[140, 140]])
    expect_strokes(page, 1)


def test_the_pad_can_be_drawn_on_with_keys(opened: Opened) -> None:
    page = opened()
    page.locator(".dl-cover").focus()
    for _ in range(8):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    for _ in range(16):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect_strokes(page, 1)
    expect_answer(page, "1")
    page.keyboard.press("u")
    expect_strokes(page, 0)
    page.keyboard.press("8")
    expect(page.get_by_text("Its label says 8")).to_be_visible()


def test_keys_do_nothing_while_the_pad_has_no_focus(opened: Opened, seven: Drawing) -> None:
    page = opened()
    draw(page, seven)
    expect_strokes(page, len(seven.strokes))
    page.locator("body").press("x")
    page.locator("body").press("5")
    expect_answer(page, "7")
    expect_strokes(page, len(seven.strokes))
    page.keyboard.press("Control+z")
    expect_strokes(page, len(seven.strokes) - 1)
    page.keyboard.press("Control+Shift+z")
    expect_strokes(page, len(seven.strokes))


def test_an_answer_is_said_once_it_rests(opened: Opened, seven: Drawing) -> None:
    page = opened()
    draw(page, seven)
    expect(page.locator(".dl-spoken")).to_have_text(re.compile("Answer: 7"))


def test_a_stroke_is_one_request_and_no_run_of_the_servers_script(opened: Opened, three: Drawing) -> None:
    page = opened()
    expect_rest(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        """() => { const { send } = WebSocket.prototype; window.runs = 0
            WebSocket.prototype.send = function (what) { window.runs += 1; send.call(this, what) } }"""
    )
    draw(page, three)
    expect_held(page)
    assert {url.rpartition("/")[2] for url in asked} == {"drawing"}
    assert len(asked) <= len(three.strokes)
    assert page.evaluate("window.runs") == 0


def test_leaving_and_entering_leaves_one_listener_and_one_worker(opened: Opened) -> None:
    page = opened()
    browser_side = page.context.new_cdp_session(page)

    def listeners() -> int:
        document = browser_side.send("Runtime.evaluate", {"expression": "document"})["result"]["objectId"]
        found = browser_side.send("DOMDebugger.getEventListeners", {"objectId": document})["listeners"]
        return sum(listener["type"] == "pointerdown" and listener["useCapture"] for listener in found)

    before = listeners()
    for _ in range(10):
        page.get_by_role("link", name="Train").first.click()
        page.wait_for_selector(".dl-part-desk", state="detached")
        page.get_by_role("link", name="Draw").first.click()
        page.wait_for_selector(READY, state="attached")
    assert listeners() == before
    assert len(page.workers) == 1


@pytest.mark.parametrize("broken", ["pad/worker.js", "browser/layers.js", "/api/weights/"])
def test_without_worker_or_weights_the_server_answers(
    browser: Browser, server: Server, three: Drawing, broken: str
) -> None:
    context = browser.new_context()
    context.route(lambda url: broken in url, lambda route: route.fulfill(status=404, body="gone"))
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{server.url}/?model={MODEL}")
    page.wait_for_selector(".dl-part-desk[data-failed]", state="attached")
    draw(page, three)
    expect(page.locator(".st-key-answer .dl-digit")).to_have_text("3")
    expect(page.locator(".st-key-layer_conv_1 img")).to_be_visible()
    context.close()


def test_a_layer_that_the_page_cannot_compute_falls_back(browser: Browser, server: Server, three: Drawing) -> None:
    def with_unknown_layer(route: Route) -> None:
        body = route.fetch().body().replace(b'"kind":"flatten"', b'"kind":"unknown"')
        route.fulfill(body=body, content_type="application/octet-stream")

    context = browser.new_context()
    context.route(lambda url: "/api/weights/" in url, with_unknown_layer)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{server.url}/?model={MODEL}")
    page.wait_for_selector(".dl-part-desk[data-failed]", state="attached")
    draw(page, three)
    expect(page.locator(".st-key-answer .dl-digit")).to_have_text("3")
    context.close()


def test_served_under_a_path_the_modules_and_weights_are_found(browser: Browser, tmp_path: Path) -> None:
    server = Server(tmp_path, options=("--server.baseUrlPath", "class/digits"))
    page = browser.new_context().new_page()
    open_page(page, server, "/class/digits/?model=two-conv-64-dropout")
    page.context.close()
    server.stop()
    assert not server.complaints()


def test_the_pad_is_whole_at_every_width_and_zoom(opened: Opened) -> None:
    """A zoom of 400 % is, to the page, a window of 320×200; one of 50 % is 2,560×1,600."""
    page = opened()
    widths = (320, 390, 500, 641, 700, 768, 1024, 1101, 1220, 1280, 1920, 2560)
    zoomed = ((320, 200), (427, 267), (568, 320), (640, 400), (2560, 1600))
    for width, height in (*((width, 800) for width in widths), *zoomed):
        page.set_viewport_size({"width": width, "height": height})
        box = pad(page).bounding_box()
        assert box is not None
        assert box["x"] >= 0, width
        assert box["x"] + box["width"] <= width
        assert box["width"] == pytest.approx(box["height"], abs=0.1)
        assert min(280, height - 80, width - 32) <= box["width"] <= height, (width, height)
        clear = page.get_by_role("button", name="Clear").bounding_box()
        assert clear is not None
        assert clear["x"] + clear["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(
            """() => [...document.querySelectorAll("a")].some((link) => {
              const { left, right, top, bottom } = link.getBoundingClientRect()
              const isInView = left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight
              return isInView && link.textContent.includes("Layers")
            })"""
        ), f"the pages are found at {width}×{height}"


def test_all_is_in_view_while_one_draws(opened: Opened, three: Drawing) -> None:
    for size, touch in (((1280, 800), False), ((390, 844), True), ((844, 390), True)):
        page = opened(viewport={"width": size[0], "height": size[1]}, has_touch=touch, is_mobile=touch)
        draw(page, three)
        expect_answer(page, "3")
        parts = [
            ".st-key-pad",
            ".dl-digit",
            ".dl-bars",
            ".st-key-seen canvas",
            '[data-tool="undo"]',
            '[data-tool="clear"]',
        ]
        if size == (1280, 800):
            parts += [".st-key-layer_conv_1 canvas", ".st-key-layer_max_pool_1 canvas"]
        assert page.evaluate("scrollY") == 0
        for part in parts:
            box = page.locator(part).first.bounding_box()
            assert box is not None, (part, size)
            assert box["y"] >= 0, (part, size)
            assert box["y"] + box["height"] <= size[1], (part, size)
            assert box["x"] + box["width"] <= size[0], (part, size)


@pytest.mark.parametrize("size", [(1280, 800), (768, 1024), (390, 844)])
def test_nothing_moves_when_the_answer_and_the_question_come(
    opened: Opened, three: Drawing, size: tuple[int, int]
) -> None:
    page = opened(viewport={"width": size[0], "height": size[1]})
    places = """() => [...document.querySelectorAll('.st-key-pad, .dl-bars, .st-key-seen, .dl-tools, .dl-maps')].map(
        (part) => JSON.stringify(part.getBoundingClientRect()))"""
    before = page.evaluate(places)
    draw(page, three)
    expect_answer(page, "3")
    expect(page.get_by_text("Is this right?")).to_be_visible()
    assert page.evaluate(places) == before


def test_a_link_over_a_drawing_asks_first(opened: Opened, three: Drawing, seven: Drawing) -> None:
    page = opened()
    draw(page, three)
    expect_answer(page, "3")
    link = f"{page.url.split('?')[0]}?model={MODEL}&drawing={pack(seven)}"
    page.goto(link)
    page.get_by_role("button", name="Keep mine").click()
    expect_answer(page, "3")
    page.goto(link)
    page.get_by_role("button", name="Replace").click()
    expect_answer(page, "7")


def test_two_thousand_strokes_are_still_quick(opened: Opened) -> None:
    page = opened()
    rng = np.random.default_rng(3)
    points = rng.uniform(20, 260, (1999, 8, 2)).cumsum(axis=1) % 280
    records = [
        [18, __import__("base64").b64encode((stroke * 100).astype("<i2").tobytes()).decode()] for stroke in points
    ]
    kept = {"version": 1, "number": 5, "brush": 18, "done": "", "strokes": records, "instead": None, "beneath": None}
    page.evaluate("(kept) => sessionStorage.setItem('digitlab.drawing', kept)", json.dumps(kept))
    page.reload()
    page.wait_for_selector(READY, state="attached")
    expect_strokes(page, 1999)
    expect_rest(page)
    page.evaluate(
        """() => { window.slowest = 0; document.addEventListener("dl-frame", ({ detail: { stamp, done } }) => {
             window.slowest = Math.max(window.slowest, done - stamp) }) }"""
    )
    Pen(page).draw([[50, 50], [200, 50], [200, 200]])
    expect_strokes(page, 2000)
    expect_rest(page)
    assert page.evaluate("window.slowest") < 1000


def test_a_map_under_the_pointer_is_enlarged_and_opens_its_layer(opened: Opened, three: Drawing) -> None:
    page = opened()
    draw(page, three)
    expect_answer(page, "3")
    canvas = expect_maps(page, "conv_1")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    expect(page.locator(".dl-enlarged")).to_contain_text("conv_1, channel 1")
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    expect(page).to_have_url(re.compile(r"/layers\?.*layer=conv_1"))
    expect(page.locator(".st-key-opened")).to_be_visible()


def test_a_challenge_is_won_by_the_answer(opened: Opened, three: Drawing) -> None:
    page = opened()
    page.get_by_role("button", name="Challenge").click()
    task = page.locator(".dl-challenge")
    expect(task).to_contain_text("draw 4 so that the network reads 9")
    nine = Drawing.of([[[180, 90], [120, 70], [100, 120], [150, 150], [180, 100], [182, 240]]])
    draw(page, nine)
    expect_answer(page, "9")
    expect(task).to_contain_text("Would a friend still read 4?")
    page.get_by_role("button", name="Next").click()
    expect(task).to_contain_text("Challenge 2 of 10")
    expect_empty(page)


def test_presenting_shows_the_pad_and_the_answer_alone(opened: Opened) -> None:
    page = opened(f"/?model={MODEL}&present=1")
    expect(page.locator(".st-key-toolbar")).to_be_hidden()
    expect(page.locator("header")).to_be_hidden()
    expect(page.get_by_role("button", name="Surprise me")).to_be_hidden()
    expect(page.get_by_role("button", name="Clear")).to_be_visible()
    expect(pad(page)).to_be_visible()
