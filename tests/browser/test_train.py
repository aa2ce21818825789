"""The Train page in Chromium: a run from Start to its fork, with the server's own queue and a real worker."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser import panels
from tests.browser.conftest import PATIENCE, OpenPage

# Two thousand digits, so that an epoch takes a second, and more epochs than anybody waits for.
SMALL = "/train?recipe=two-conv-64-dropout&train_size=2000&validation_size=500&epochs=300&log_every=5"


def steps_done(page: Page) -> int:
    found = re.search(r"step ([\d,]+)", page.locator(".st-key-state").inner_text())
    return int(found[1].replace(",", "")) if found else 0


def expect_more_steps(page: Page, than: int) -> None:
    page.wait_for_function(
        """than => {
            const found = /step ([\\d,]+)/.exec(document.querySelector(".st-key-state")?.innerText ?? "")
            return found && Number(found[1].replaceAll(",", "")) > than
        }""",
        arg=than,
        timeout=PATIENCE,
    )


def curve(page: Page) -> Locator:
    return page.locator(".st-key-loss_panel svg.marks")


def expect_state(page: Page, state: str) -> None:
    said = re.compile(rf" {state}(step|The|Stopped|\s|$)")
    expect(page.locator(".st-key-state")).to_contain_text(said, timeout=2 * PATIENCE)


def place_of_curves(page: Page) -> float:
    """How far below the run's state the curves are, in pixels."""
    state, curves = (page.locator(f".st-key-{part}").bounding_box() for part in ("stands", "loss_panel"))
    assert state
    assert curves
    return round(curves["y"] - state["y"])


def start(page: Page) -> int:
    page.get_by_role("button", name="Start training").click()
    expect(page).to_have_url(re.compile(r"[?&]run=\d+"))
    found = re.search(r"run=(\d+)", page.url)
    assert found
    return int(found[1])


def tell(page: Page, command: str) -> None:
    page.locator(".st-key-commands").get_by_role("button", name=command, exact=True).click()


def test_run_is_started_watched_paused_resumed_changed_stopped_and_forked(visit: OpenPage) -> None:
    page = visit(SMALL)
    run = start(page)
    expect(curve(page)).to_be_visible(timeout=3 * PATIENCE)  # TensorFlow is imported meanwhile

    # It grows under the reader's zoom and pointer, which stay; each axis has its own.
    expect_more_steps(page, steps_done(page))
    panels.expect_zoom_and_pointer_outlive_new_rows(page, "loss_panel")
    panels.zoom_out(page, "loss_panel")
    panels.zoom_in(page, "loss_panel")
    page.get_by_role("radio", name="Time").click()
    expect(page).to_have_url(re.compile(r"[?&]by=time"))
    panels.expect_axis(page, "loss_panel", "Minutes of training")
    panels.expect_zoomed(page, "loss_panel", False)

    place = place_of_curves(page)

    # Paused, it is the same for every visitor: after a reload and in another browser.
    tell(page, "Pause")
    expect_state(page, "paused")
    expect(page.locator(".st-key-told")).to_contain_text(re.compile(r"Pause: applied at step [\d,]+"))
    assert place_of_curves(page) == place, "nothing moves the curves"
    at = steps_done(page)
    page.reload()
    panels.expect_axis(page, "loss_panel", "Minutes of training")
    other = visit(f"/train?run={run}", phone=True)
    expect(curve(other)).to_be_visible()
    panels.swipe_up(other, "loss_panel")
    expect(other.locator(".dl-gestures")).to_have_text("Tap a curve to read its values.", use_inner_text=True)
    for one in (page, other):
        expect_state(one, "paused")
        assert steps_done(one) == at
    assert other.evaluate("document.documentElement.scrollWidth") <= 390, "nothing sticks out sideways"

    # What one person tells it the other sees.
    tell(other, "Resume")
    expect_more_steps(page, at)
    tell(page, "Learning rate")
    page.get_by_label("New learning rate").fill("0.0005")
    page.get_by_label("New learning rate").press("Enter")
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.locator(".st-key-told")).to_contain_text(re.compile(r"Learning rate 0\.0005: applied at step"))
    expect(other.locator(".st-key-told")).to_contain_text(re.compile(r"Learning rate 0\.0005: applied at step"))

    assert place_of_curves(page) == place, "nothing moves the curves"

    # Stopped, it keeps its weights, which can be drawn for.
    page.keyboard.press("Escape")
    tell(page, "Stop")
    expect_state(page, "stopped")
    expect(page.locator(".dl-confusion td")).to_have_count(101, timeout=2 * PATIENCE)
    expect(page.locator(".dl-digits figure")).to_have_count(10)
    expect(page.locator(".st-key-run_ways").get_by_role("link", name="Draw")).to_have_attribute(
        "href", re.compile(r"model=[\w-]+-[0-9a-f]{12}$")
    )

    # A fork begins where it branched off, with other settings.
    tell(page, "Fork")
    page.get_by_role("link", name="Choose settings").click()
    expect(page.get_by_text(f"branches off from run {run}")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"like={run}&at=\d+"))
    fork = start(page)
    assert fork > run
    page.go_back()
    expect(page.get_by_text(f"branches off from run {run}")).to_be_visible()
    page.go_forward()
    expect(curve(page)).to_be_visible(timeout=3 * PATIENCE)
    expect(page.locator(".dl-legend")).to_contain_text("the run before the fork")
    tell(page, "Stop")
    expect_state(page, "stopped")
