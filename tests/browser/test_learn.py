"""The lessons in Chromium: each walked to its end with a run that is really trained, its tips pressed."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from digitlab.lessons import program
from digitlab.lessons.all import LESSONS
from digitlab.lessons.lesson import Lesson, Live, Tip
from digitlab.search import planning
from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.training.space import Dimension
from harness.server import Server
from tests import lesson_programs
from tests.browser.conftest import PATIENCE, OpenPage
from tests.browser.test_words import english
from tests.trained import CONFIG

FIRST = LESSONS["two-conv-64-dropout"]
# Names of code, of networks and of files, which stay as they are.
NAMES = {
    *("Adam", "SGD", "VGG", "ResNet", "CNN", "Python", "TensorFlow", "Matplotlib", "CPU", "GPU", "mnist", "Fashion"),
    *("one", "hot", "epoch", "loss", "accuracy", "val"),
}

# Where everything on the Draw page is that somebody presses.
PLACES = """() => [...document.querySelectorAll('.st-key-toolbar button, .st-key-pad, .dl-tools button')].map(
  (element) => { const box = element.getBoundingClientRect(); return [box.x, box.y, box.width, box.height] })"""


def expect_step(page: Page, lesson: Lesson, at: int) -> None:
    title = re.compile(rf"^{at + 1}\. ")
    expect(page.locator(".st-key-lesson h2").first).to_have_text(title)
    expect(page.locator(".st-key-lesson_live")).to_have_text(re.compile(r"\S"))
    expect(page.locator(".dl-part-contents [aria-current=step]")).to_have_count(1)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def follow(page: Page, lesson: Lesson, first: int, last: int) -> None:
    for at in range(first, last):
        expect_step(page, lesson, at)
        page.get_by_role("button", name="Next step").click()
    expect_step(page, lesson, last)


def train(page: Page, lesson: Lesson) -> int:
    """Start the short run where the lesson trains, and see its curve; returns the step."""
    step = lesson.place("train")
    assert step is not None
    follow(page, lesson, 0, step)
    expect(page).to_have_url(re.compile(rf"lesson={lesson.recipe}&step=train"))
    page.get_by_role("button", name="Short run").click()
    expect(page.locator(".st-key-loss_panel svg.marks")).to_be_visible(timeout=3 * PATIENCE)
    return step


def expect_the_programs_figures(page: Page, lesson: Lesson, folder: Path) -> None:
    """The test's accuracy and loss on the page are those that the lesson's own program prints."""
    figures = page.locator(".st-key-lesson_test")
    expect(figures).to_contain_text("Test accuracy", timeout=3 * PATIENCE)
    expect(page.locator(".st-key-lesson_live")).to_contain_text(re.compile(r"of your run: Run \d+ · "))
    config = lesson.short_config
    script = lesson_programs.shortened(program.script(lesson), config.steps or config.epochs, config.digits)
    accuracy, loss = lesson_programs.tested(lesson_programs.run(script, folder))
    numbers = [float(one) for one in re.findall(r"[\d.]+", figures.inner_text())]
    # Sums are rounded in another order with another number of threads: that alone moves the program's loss by .3 %.
    assert numbers[0] / 100 == pytest.approx(accuracy, abs=0.0025)
    assert numbers[1] == pytest.approx(loss, rel=1e-2)


OTHERS = [one for one in LESSONS.values() if one is not FIRST]


@pytest.mark.parametrize("lesson", OTHERS, ids=lambda one: one.recipe)
def test_a_lesson_is_walked_to_its_end(visit: OpenPage, lesson: Lesson) -> None:
    page = visit(f"/learn?lesson={lesson.recipe}")
    follow(page, lesson, 0, len(lesson.steps) - 1)
    expect(page.locator(".st-key-lesson_links a[href*=samples]").first).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("lesson", OTHERS, ids=lambda one: one.recipe)
def test_a_lesson_is_walked_to_its_end_with_a_run_of_its_own(visit: OpenPage, lesson: Lesson, tmp_path: Path) -> None:
    page = visit(f"/learn?lesson={lesson.recipe}")
    begun, tested = train(page, lesson), lesson.place("test")
    assert tested is not None
    follow(page, lesson, begun, tested)
    expect_the_programs_figures(page, lesson, tmp_path)
    follow(page, lesson, tested, len(lesson.steps) - 1)
    expect(page.locator(".st-key-lesson_links a[href*=samples]").first).to_be_visible()


TIPS = [(lesson, tip) for lesson in LESSONS.values() for tip in lesson.tips if tip.page == "train"]


@pytest.mark.slow
@pytest.mark.parametrize(("lesson", "tip"), TIPS, ids=lambda one: one.recipe if isinstance(one, Lesson) else None)
def test_every_tip_prepares_a_run_that_can_start(visit: OpenPage, lesson: Lesson, tip: Tip) -> None:
    step = next(one for one in lesson.steps if one.live is Live.TIPS)
    page = visit(f"/learn?lesson={lesson.recipe}&step={step.key}")
    page.get_by_role("link", name=str(tip.label)).click()
    expect(page).to_have_url(re.compile(r"/train\?"))
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()


@pytest.mark.parametrize("tip", ["Prepare a grid search", "Prepare a random search"])
def test_a_tip_prepares_a_search_that_can_start(visit: OpenPage, server: Server, tip: str) -> None:
    with Store(f"sqlite:///{server.home / 'digitlab.db'}") as store:  # where there are searches the form is closed
        space = [Dimension(name="learning_rate", low=1e-4, high=1e-2, log=True)]
        search = planning.begin(
            OPERATOR, store, recipe=FIRST.recipe, config=planning.base(CONFIG, epochs=1), space=space,
            sampler="random", pruner=None, trials=1,
        )  # fmt: skip
        store.searches.stop(OPERATOR, search.id)
    page = visit("/learn?lesson=two-conv-128-dropout&step=tips")
    page.get_by_role("button", name=tip).click()
    expect(page).to_have_url(re.compile(r"/runs\?view=search"))
    expect(page.get_by_role("button", name="Start search")).to_be_enabled()


def test_what_dividing_twice_does_is_tried(visit: OpenPage, server: Server) -> None:
    page = visit("/learn?lesson=two-conv-64-logits&step=twice")
    tried = page.locator(".st-key-lesson_twice_1")
    tried.get_by_role("button", name=re.compile("Start, 1 epoch")).click()
    run = tried.get_by_role("link", name=re.compile(r"Run \d+"))
    expect(run).to_be_visible()
    with Store(f"sqlite:///{server.home / 'digitlab.db'}") as store:
        number = re.search(r"Run (\d+)", run.inner_text())
        assert number
        store.jobs.stop(OPERATOR, int(number[1]))


def test_a_lesson_with_a_run_of_its_own_shows_what_its_program_gives(visit: OpenPage, tmp_path: Path) -> None:
    page = visit("/learn")
    page.locator(f".st-key-open_{FIRST.recipe} button").click()
    begun = train(page, FIRST)
    address = page.get_by_role("link", name="On a page of its own").get_attribute("href")
    assert address
    assert re.search(r"train\?run=\d+$", address)

    # The reader goes on while it trains; the figures come by themselves.
    follow(page, FIRST, begun, begun + 2)
    expect_the_programs_figures(page, FIRST, tmp_path)

    # What it shows of the shipped weights is one press away, and the address keeps that.
    page.get_by_text("Shipped weights", exact=True).click()
    expect(page).to_have_url(re.compile("weights=shipped"))
    expect(page.locator(".st-key-lesson_test")).to_contain_text("98.85%")
    follow(page, FIRST, begun + 2, len(FIRST.steps) - 1)
    expect(page.locator(".st-key-lesson_links a[href*=samples]").first).to_be_visible()

    # A tip's press ends in a form that starts.
    page.get_by_role("button", name="Back", exact=True).click()
    page.get_by_role("link", name="Prepare transfer learning").click()
    expect(page).to_have_url(re.compile(r"/train\?.*frozen="))
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()


def test_keys_turn_the_steps_only_while_the_lesson_has_the_focus(visit: OpenPage) -> None:
    page = visit(f"/learn?lesson={FIRST.recipe}")
    expect_step(page, FIRST, 0)
    page.keyboard.press("ArrowRight")
    page.locator(".st-key-lesson_words p").first.click()
    page.keyboard.press("ArrowRight")
    expect_step(page, FIRST, 1)  # one step, not two: the first press was nobody's
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("1")
    expect_step(page, FIRST, 1)
    page.locator(".st-key-lesson_words p").first.click()
    page.keyboard.press("ArrowLeft")
    expect_step(page, FIRST, 0)


def test_what_was_seen_stays_with_the_browser(visit: OpenPage) -> None:
    page = visit(f"/learn?lesson={FIRST.recipe}&step=sum", phone=True)
    expect_step(page, FIRST, 4)
    live = page.locator(".st-key-lesson_live").bounding_box()
    words = page.locator(".st-key-lesson_words").bounding_box()
    assert live
    assert words
    assert live["y"] < words["y"], "the live part comes first"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".dl-part-contents summary").click()
    expect(page.locator(".dl-part-contents li button")).to_have_count(len(FIRST.steps))
    page.locator(".dl-part-contents li button").nth(2).click()
    expect_step(page, FIRST, 2)
    expect(page).to_have_url(re.compile("step=scale"))
    page.reload()
    expect_step(page, FIRST, 2)
    page.get_by_role("button", name="All lessons").click()
    seen = page.locator(f".dl-seen[data-lesson={FIRST.recipe}]")
    expect(seen).to_have_text(f"2 of {len(FIRST.steps)} steps seen")


def in_chinese(lesson: Lesson, language: str) -> object:
    """One case; the quick tests walk one lesson in one of the two languages."""
    quick = lesson is FIRST and language == "zh-Hans"
    return pytest.param(lesson, language, marks=() if quick else pytest.mark.slow, id=f"{lesson.recipe}-{language}")


CHINESE = [in_chinese(lesson, language) for lesson in LESSONS.values() for language in ("zh-Hans", "zh-Hant")]


@pytest.mark.parametrize(("lesson", "language"), CHINESE)
def test_a_lesson_in_chinese(visit: OpenPage, lesson: Lesson, language: str) -> None:
    page = visit(f"/learn?lesson={lesson.recipe}&lang={language}")
    last = len(lesson.steps) - 1
    for at in range(last + 1):
        expect_step(page, lesson, at)
        assert english(page) - NAMES == set(), lesson.steps[at].key
        if at < last:
            page.locator(".st-key-step_next button").click()


def test_a_first_visit_offers_the_lessons_and_moves_nothing(visit: OpenPage) -> None:
    for phone in (False, True):
        page = visit("/", phone=phone)
        offer = page.get_by_role("link", name="Begin with a lesson")
        expect(offer).to_be_visible()
        expect(page.locator(".dl-part-desk[data-ready]")).to_be_attached()
        offer.click(trial=True)  # nothing covers it
        places = page.evaluate(PLACES)
        other = page.context.new_page()
        other.goto(page.url)
        expect(other.locator(".dl-part-desk[data-ready]")).to_be_attached()
        expect(other.get_by_role("link", name="Begin with a lesson")).to_have_count(0)
        assert other.evaluate(PLACES) == places
        offer.click()
        expect(page).to_have_url(re.compile(r"/learn$"))
        expect(page.locator(".st-key-lessons button")).to_have_count(len(LESSONS))
