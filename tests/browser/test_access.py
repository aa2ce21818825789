"""WCAG 2.2 AA by axe-core: every page, light and dark, on a desktop and on a phone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from digitlab.drawing.strokes import Drawing
from digitlab.home import ROOT
from harness.hand import draw, expect_answer
from tests.browser.conftest import OpenPage

AXE = ROOT / "node_modules/axe-core/axe.min.js"
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    # Of WCAG, too, but off by default: axe-core calls the first one new and the second one experimental.
    "rules": {"target-size": {"enabled": True}, "label-content-name-mismatch": {"enabled": True}},
}
SIZES = ((1280, 800), (390, 844))
PAGES = {
    "/?model=two-conv-64-dropout": ".dl-part-desk[data-ready]",
    "/layers?model=two-conv-64-dropout&input=Test+digit&layer=conv_1": ".st-key-opened .dl-result",
    "/samples?section=data": "[data-testid=stCode]",
    "/train": ".st-key-start_bar button",
    "/runs": ".st-key-accuracy_panel svg.marks",
    "/learn?lesson=two-conv-128-dropout&step=log": ".st-key-log_table table",
}


def violations(page: Page) -> list[str]:
    """What axe-core complains about, one line for each element."""
    found: list[dict[str, Any]] = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
    lines = []
    for rule in found:
        for node in rule["nodes"]:
            why = "; ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])
            lines.append(f"{rule['id']}: {node['html'][:200]} ({why})")
    return lines


@pytest.mark.parametrize("path", PAGES)
def test_every_page_meets_wcag_in_both_themes_and_sizes(visit: OpenPage, three: Drawing, path: str) -> None:
    page = visit(path)
    expect(page.locator(PAGES[path]).first).to_be_attached()
    if path.startswith("/?"):
        draw(page, three)
        expect_answer(page, "3")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = {}
    for scheme, background in (("light", "rgb(251, 250, 247)"), ("dark", "rgb(18, 20, 28)")):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        expect(page.locator(".stApp")).to_have_css("background-color", background)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            found[scheme, width] = violations(page)
    assert not any(found.values()), found
