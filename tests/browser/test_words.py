"""The page in its reader's language: what is said, what stays when the language changes, what is remembered."""

import re

import pytest
from playwright.sync_api import Page, expect

from digitlab.networks import zoo
from harness.drawn import drawn
from harness.hand import draw, expect_answer
from harness.server import Server
from tests.browser.conftest import OpenPage

# Names that stay in every language; the names of layers, models and papers, and code, are taken out below.
NAMES = {
    *(
        "DigitLab",
        "MNIST",
        "Keras",
        "ReLU",
        "Softmax",
        "Dropout",
        "logits",
        "logit",
        "Logit",
        "Grad",
        "CAM",
        "PCA",
        "SNE",
    ),
    *("valid", "same", "input", "uint", "float", "CSV", "PNG", "JSON", "cookie", "McNemar"),
}
PAPER = re.compile(r"[A-Z][^\n]*\barXiv\b")
# Streamlit's own buttons at charts and pictures, the modebar, have texts of their own.
VISIBLE_TEXT = """() => {
  const left_out = '[data-testid*="Icon"], span[role="img"], code, pre, script, style, .dl-language, .modebar'
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const texts = []
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    if (!element || element.closest(left_out) || !element.checkVisibility()) continue
    if (element.getBoundingClientRect().right > 0) texts.push(walker.currentNode.nodeValue)
  }
  for (const element of document.querySelectorAll('.dl-part :is([aria-label], [title], img)'))
    texts.push(element.getAttribute('aria-label') ?? '', element.title ?? '', element.alt ?? '')
  return texts.join('\\n')
}"""
CUT_OFF = """() => {
  const found = document.documentElement.scrollWidth > innerWidth ? ['the page'] : []
  const texts = ":is(p, button, label, h1, h2, h3, span, td, th, figcaption, li, summary):not(.dl-hidden)"
  for (const element of document.querySelector('[data-testid="stMain"]').querySelectorAll(texts)) {
    if (!element.checkVisibility() || !element.innerText?.trim()) continue
    const hides = ['hidden', 'clip'].includes(getComputedStyle(element).overflowX)
    if (hides && element.clientWidth && element.scrollWidth > element.clientWidth + 1) found.push(element.innerText)
  }
  return found
}"""


def english(page: Page) -> set[str]:
    """The English words that can be read on the page, or heard from its own components."""
    # Until Streamlit has measured the pages' names, those without room are behind its own “2 more”.
    expect(page.locator("header").get_by_text(" more").filter(visible=True)).to_have_count(0)
    text = re.sub(r"\b\w*_\d+\b", "", PAPER.sub("", page.evaluate(VISIBLE_TEXT)))
    for model in sorted(zoo.models(), key=lambda model: -len(model.name)):
        text = text.replace(model.name, "")
    return set(re.findall(r"[A-Za-z]{2,}", text)) - NAMES


def cut_off(page: Page) -> list[str]:
    """The texts that are wider than their place, and the page if it is wider than the window."""
    found: list[str] = page.evaluate(CUT_OFF)
    return found


def at_rest(page: Page) -> None:
    """Streamlit has run the script, and nothing on the page is of the run before."""
    page.wait_for_function("""() => !document.querySelector('[data-testid="stStatusWidget"], [data-stale="true"]')""")


@pytest.mark.parametrize("phone", [False, True])
def test_draw_in_chinese_and_the_language_changes_in_the_middle_of_a_drawing(visit: OpenPage, phone: bool) -> None:
    page = visit("/?lang=zh-Hans", phone=phone)
    desk = page.locator(".dl-part-desk")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator(".dl-note")).to_contain_text("画一个 0 到 9 的数字")
    draw(page, drawn("three"))
    expect_answer(page, "3")
    expect(page.locator(".dl-note")).to_contain_text("置信度")
    assert english(page) == set()
    number = desk.get_attribute("data-number")

    with page.expect_response("**/api/language/zh-Hant") as kept:
        page.locator(".dl-language select").select_option("zh-Hant")
    assert kept.value.status == 204
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")
    expect(page.locator(".dl-note")).to_contain_text("信心度")
    assert english(page) == set()
    assert desk.get_attribute("data-number") == number
    expect_answer(page, "3")
    expect(page).not_to_have_url(re.compile("lang="))

    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")
    expect(page.locator(".dl-note")).to_contain_text("信心度")


MODEL = "fast"
# What each address shows once it is there.
PLACES = {
    "layers?input=test&layer=conv_2": ".st-key-opened .dl-result",
    "layers?input=test&layer=dense_1": ".st-key-opened .dl-result",
    "layers?input=test&part=why": ".st-key-method_occlusion img",
    "layers?input=test&part=why&why=stroke": ".st-key-why_stroke [data-testid=stAlert]",
    "layers?input=test&part=why&why=rather": ".st-key-why_rather img",
    "layers?input=test&part=why&why=change": ".st-key-why_change img >> nth=2",
    "layers?input=test&part=filter": ".dl-formula",
    "layers?input=test&part=two": ".st-key-maps_two_right img",
    "samples?part=test&number=3": ".st-key-one .dl-bar >> nth=9",
    "samples?section=data": ".st-key-examples_varied img",
    "samples?section=quality&cell=9-4": ".st-key-reliability .legendtext >> nth=0",
    "samples?section=mistakes": ".st-key-mistakes .dl-sheet-digit >> nth=0",
    "samples?section=game": ".st-key-riddle img",
    "samples?section=map": ".st-key-map .js-plotly-plot .legendtext >> nth=0",
    "samples?section=robustness": ".st-key-examples_occlusion img",
    "samples?section=mine": ".st-key-mine p, [data-testid=stCaptionContainer]",
}
DIALOGS = {"layers?input=test&layer=conv_2": (".st-key-channel_seeks summary", ".st-key-channels_off summary")}


@pytest.mark.parametrize(
    ("part", "language", "phone"),
    [
        ("layers", "zh-Hans", False),
        ("samples", "zh-Hant", True),
        pytest.param("layers", "zh-Hant", True, marks=pytest.mark.slow),
        pytest.param("samples", "zh-Hans", False, marks=pytest.mark.slow),
    ],
)
def test_layers_and_samples_have_no_english_word_and_cut_none_off(
    visit: OpenPage, server: Server, language: str, phone: bool, part: str
) -> None:
    page = visit(f"/{part}?lang={language}", phone=phone)
    for address, there in PLACES.items():
        if not address.startswith(part):
            continue
        page.goto(f"{server.url}/{address}&model={MODEL}&lang={language}")
        expect(page.locator(there).first).to_be_visible()
        at_rest(page)
        for opener in DIALOGS.get(address, ()):
            page.locator(opener).click()
            at_rest(page)
        assert (english(page), cut_off(page)) == (set(), []), address
    if part == "layers":
        page.locator(".st-key-keras_code button").click()
        expect(page.locator("pre").last).to_be_visible()
        assert english(page) == set()
