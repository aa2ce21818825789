"""A class in two browsers: a teacher makes it, a student joins, each may do what is theirs, a stranger sees nothing."""

import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from digitlab.jobs import orders
from digitlab.store import Store
from digitlab.store.class_settings import ClassSettings
from digitlab.store.rights import KEY, OPERATOR, Person
from harness.server import Server
from tests.browser.test_words import at_rest, english
from tests.trained import CONFIG

SECRET = "a teacher's secret"
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with classes."""
    home = tmp_path_factory.mktemp("school")
    started = Server(home, environment=os.environ | {"DIGITLAB_HOME": str(home), KEY: SECRET})
    yield started
    started.stop()
    started.end_workers()
    assert not started.complaints()
    assert SECRET not in "".join(started.lines)


def teach(page: Page, name: str) -> str:
    """Prove the key and make a class; returns its code."""
    page.get_by_role("textbox", name="Teacher key").fill(SECRET)
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("button", name="New class").click()
    page.get_by_role("textbox", name="Name of the class").fill(name)
    page.get_by_role("textbox", name="Name of the class").press("Tab")
    page.get_by_role("button", name="Make the class").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    shown = re.compile(r"Code: ([A-Z0-9]{6})")
    expect(page.locator("body")).to_contain_text(shown)
    found = shown.search(page.locator("body").inner_text())
    assert found
    return found[1]


def join(page: Page, name: str) -> None:
    page.get_by_role("textbox", name="Your name in this class").fill(name)
    page.get_by_role("textbox", name="Your name in this class").press("Tab")
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_text(f"You are {name} here.")).to_be_visible()


def test_a_class_from_its_beginning_to_its_end(school: Server, visit: OpenPage) -> None:
    teacher = visit("/classroom", at=school.url)
    code = teach(teacher, "4 b")
    student = visit(f"/?class={code}", at=school.url, phone=True)
    join(student, "Anna")
    expect(teacher.get_by_text("1 member is here")).to_be_visible()
    expect(teacher.get_by_text("Anna")).to_be_visible()

    with Store(f"sqlite:///{school.home / 'digitlab.db'}") as store:
        (member,) = store.members.of(OPERATOR, 1)
        anna = Person(member.browser, None, classroom=1)
        run = orders.submit(anna, store, CONFIG, name="Anna's run", recipe="fast").id
        store.jobs.pause(OPERATOR, run)
    expect(teacher.get_by_text("1 run at work or waiting")).to_be_visible()
    stranger = visit("/runs", at=school.url)
    expect(stranger.get_by_role("heading", name="Runs")).to_be_visible()
    stranger.goto(f"{school.url}/train?run={run}")
    expect(stranger.get_by_text(f"There is no run number {run}")).to_be_visible()
    assert "Anna" not in stranger.locator("body").inner_text()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{school.url}/api/classroom/1/runs.csv")

    teacher.get_by_role("textbox", name="Address of a page").fill("/samples?number=7")
    teacher.get_by_role("textbox", name="Address of a page").press("Tab")
    teacher.get_by_role("button", name="Show", exact=True).click()
    student.wait_for_url(re.compile("/samples"))
    expect(student.get_by_text("Your teacher shows this to the class.")).to_be_visible()
    teacher.get_by_role("button", name="Let go").click()
    expect(student.get_by_text("Your teacher shows this to the class.")).to_be_hidden()

    # One press shows what the teacher has open; what is hidden is on no screen of a student's.
    showing = visit("/samples?number=3", at=school.url, like=teacher)
    showing.get_by_role("button", name="Show the class this page").click()
    student.wait_for_url(re.compile(r"/samples\?.*number=3"))
    showing.get_by_role("button", name="Let go").click()
    expect(student.get_by_text("Your teacher shows this to the class.")).to_be_hidden()
    with Store(f"sqlite:///{school.home / 'digitlab.db'}") as store:
        settings = ClassSettings(hidden_sections=("samples/map",), settings=("epochs",))
        store.classes.change(OPERATOR, 1, settings=settings)
    student.goto(f"{school.url}/samples?section=map")
    expect(student.get_by_role("radio", name="Map")).to_have_count(0)
    expect(student.get_by_role("radio", name="Evaluation")).to_be_visible()
    student.goto(f"{school.url}/train")
    student.locator(".st-key-part_tune summary").click()
    expect(student.locator(".st-key-set_epochs")).to_be_visible()
    expect(student.locator(".st-key-set_learning_rate")).to_have_count(0)

    student.goto(f"{school.url}/classroom")
    student.get_by_role("button", name="Leave").click()
    student.get_by_role("button", name="Delete and leave").click()
    student.wait_for_url(re.compile(r"^[^?]*://[^/]+/(\?.*)?$"))
    student.goto(f"{school.url}/classroom")
    expect(student.get_by_role("textbox", name="Your name in this class")).to_be_visible()
    expect(teacher.get_by_text("0 runs at work or waiting")).to_be_visible()


@pytest.mark.parametrize("language", ["zh-Hans", pytest.param("zh-Hant", marks=pytest.mark.slow)])
def test_a_class_in_chinese(school: Server, visit: OpenPage, language: str) -> None:
    teacher = visit(f"/classroom?lang={language}", at=school.url)
    teacher.locator(".st-key-teacher_key input").fill(SECRET)
    assert english(teacher) == set()
    teacher.locator(".st-key-teacher_key input").press("Enter")
    teacher.get_by_test_id("stPopover").last.locator("button").click()
    name = teacher.locator(".st-key-class_name input")
    name.fill("四班")
    name.press("Tab")
    teacher.locator(".st-key-class_make button").click()
    expect(teacher.get_by_role("heading", name="四班")).to_be_visible()
    address = teacher.get_by_test_id("stCode").first
    expect(address).to_contain_text("?class=")
    code = address.inner_text().strip().split("?class=")[1]
    student = visit(f"/classroom?class={code}&lang={language}", at=school.url, phone=True)
    student.locator(".st-key-join_name input").fill("安娜")
    student.locator(".st-key-join_name input").press("Enter")
    expect(student.get_by_role("heading", name="四班")).to_be_visible()
    expect(teacher.get_by_text("安娜")).to_be_visible()
    for part in teacher.locator("[data-testid=stExpander] summary").all():
        part.click()
    for page in (teacher, student):
        at_rest(page)
        assert english(page) - {"ZIP", "MB", *re.findall("[A-Z]{2,}", code)} == set()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
