"""Train, Runs and Search in Chinese: no English word on forms, a run at work, its end, the table, dialogs."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from digitlab.jobs import orders
from digitlab.search import planning
from digitlab.store import Store
from digitlab.store.records import ACTIVE
from digitlab.store.rights import OPERATOR
from digitlab.training import recipes
from digitlab.training.space import Dimension
from digitlab.words import message
from harness.server import Server
from tests.browser.conftest import PATIENCE, OpenPage
from tests.browser.test_words import at_rest, english
from tests.trained import CONFIG

# Names of recipes, formats, methods and units, beside those of every page.
NAMES = {
    *(word for recipe in recipes.RECIPES for word in recipe.split("-")),
    *(word for recipe in recipes.RECIPES.values() for word in re.findall("[A-Za-z]{2,}", recipe.article)),
    *("Adam", "AdamW", "SGD", "VGG", "ResNet", "DigitLab", "TensorFlow", "TensorBoard", "Keras", "CSV", "tflite"),
    *(
        "keras",
        "Nesterov",
        "softmax",
        "bfloat16",
        "float32",
        "bfloat",
        "float",
        "Ctrl",
        "CPU",
        "MB",
        "GB",
        "HOME",
        "models",
    ),
    *("DIGITLAB", "valid", "one", "hot", "clean", "Input", "Conv", "MaxPooling", "Dense", "bias", "python", "digitlab"),
    *(
        "tensorflow",
        "numpy",
        "epoch",
        "loss",
        "accuracy",
        "val",
        "categorical",
        "sparse",
        "beta",
        "SHA",
        "TPE",
        "doi",
        "UNIPEN",
        "train",
        "zenodo",
        "relu",
        "Flatten",
    ),
}


@pytest.fixture(scope="module")
def run(server: Server) -> Iterator[int]:
    """A run at work; another has failed."""
    small = recipes.find("two-conv-64-dropout").config.with_changes(
        train_size=2000, validation_size=500, epochs=300, log_every=5
    )
    with Store(f"sqlite:///{server.home / 'digitlab.db'}") as store:
        failed = orders.submit(
            OPERATOR, store, small, name="two-conv-64-dropout", recipe="two-conv-64-dropout", claimed=True
        )
        reason = message("The loss is no longer a number after step {step}; try a lower learning rate.", step=12)
        store.jobs.end(failed, "failed", reason=reason)
        job = orders.submit(OPERATOR, store, small, name="two-conv-64-dropout", recipe="two-conv-64-dropout", threads=1)
        yield job.id
        store.jobs.stop(OPERATOR, job.id)


def expect_chinese(page: Page) -> None:
    assert {word for word in english(page) - NAMES if not re.fullmatch("[a-f]+", word)} == set()  # of a hash


def expect_no_overflow(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"


@pytest.mark.parametrize(
    ("language", "phone", "start", "state", "reason"),
    [
        ("zh-Hans", True, "开始训练", "训练中", "第 12 步之后损失不再是数值"),
        pytest.param("zh-Hant", True, "開始訓練", "訓練中", "第 12 步之後損失不再是數值", marks=pytest.mark.slow),
    ],
)
def test_train_and_runs_in_chinese(
    visit: OpenPage, run: int, language: str, phone: bool, start: str, state: str, reason: str
) -> None:
    page = visit(f"/train?lang={language}", phone=phone)
    expect(page.get_by_role("button", name=start)).to_be_visible()
    settings, recipes = (page.locator(f".st-key-{part}").bounding_box() for part in ("part_tune", "other_recipes"))
    assert settings
    assert recipes
    assert (settings["y"] < recipes["y"]) == phone, "on a phone settings come before the other recipes"
    for part in ("menu_book", "construction", "tune", "auto_fix_high", "start"):
        page.locator(f".st-key-part_{part} summary").click()
        expect(page.locator(f".st-key-part_{part} [data-testid=stExpanderDetails] *").first).to_be_visible()
    page.locator(".st-key-build_this button").click()
    expect(page.locator(".st-key-built table")).to_be_visible()
    expect_chinese(page)
    expect_no_overflow(page)

    page.goto(page.url.split("/train")[0] + f"/train?lang={language}&run={run}")
    expect(page.locator(".st-key-state")).to_contain_text(state, timeout=2 * PATIENCE)
    expect(page.locator(".st-key-loss_panel svg.marks")).to_be_visible(timeout=2 * PATIENCE)
    expect_chinese(page)
    page.locator(".st-key-rate_box button").click()
    expect(page.locator(".st-key-tell_rate")).to_be_visible()
    expect_chinese(page)
    expect_no_overflow(page)

    page.goto(page.url.split("/train")[0] + f"/train?lang={language}&run={run - 1}")
    expect(page.get_by_role("alert")).to_contain_text(reason)
    expect_chinese(page)

    page.goto(page.url.split("/train")[0] + f"/runs?lang={language}&chosen=fast,{run - 1}")
    expect(page.locator(".st-key-differences table")).to_be_visible()
    expect_chinese(page)
    expect_no_overflow(page)
    page.locator(".st-key-delete_chosen button").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect_chinese(page)


@pytest.mark.parametrize("language", ["zh-Hans", pytest.param("zh-Hant", marks=pytest.mark.slow)])
def test_the_form_of_a_search_in_chinese(visit: OpenPage, language: str) -> None:
    page = visit(f"/runs?view=search&lang={language}", phone=True)
    form = page.locator(".st-key-search_form")
    expect(form).to_be_visible()
    at_rest(page)
    if not page.locator(".st-key-search_low_learning_rate").is_visible():  # there is a search of another test
        form.locator("summary").click()
    expect(page.locator(".st-key-search_low_learning_rate")).to_be_visible()
    expect_chinese(page)
    expect_no_overflow(page)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose run 1 and search 1, with its two trials, have ended."""
    started = Server(tmp_path_factory.mktemp("ended"))
    with Store(f"sqlite:///{started.home / 'digitlab.db'}") as store:
        orders.submit(OPERATOR, store, CONFIG, name="two-conv-64-dropout", recipe="two-conv-64-dropout", threads=1)
        planning.begin(
            OPERATOR,
            store,
            recipe="two-conv-64-dropout",
            config=planning.base(CONFIG, epochs=1),
            space=[Dimension(name="learning_rate", low=1e-4, high=1e-2, log=True)],
            sampler="random",
            pruner=None,
            trials=2,
        )
        deadline = time.monotonic() + 4 * PATIENCE / 1000
        while store.searches.all(OPERATOR)[0].state == "running" or store.jobs.all(*ACTIVE, "queued"):
            assert time.monotonic() < deadline
            time.sleep(0.5)
    yield started
    started.stop()
    started.end_workers()
    assert not started.complaints()


@pytest.mark.slow
@pytest.mark.parametrize(("language", "phone"), [("zh-Hans", True), ("zh-Hant", False)])
def test_what_has_ended_in_chinese(visit: OpenPage, ended: Server, language: str, phone: bool) -> None:
    page = visit(f"/train?run=1&lang={language}", at=ended.url, phone=phone)
    expect(page.locator(".st-key-loss_panel svg.marks")).to_be_visible()
    for part in page.locator("[data-testid=stExpander] summary").all():
        part.click()
    expect_chinese(page)
    expect_no_overflow(page)
    with page.expect_download() as arriving:
        page.get_by_role("button", name=re.compile("报告|報告")).click()
    page.goto(f"{ended.url}/runs?view=search&search=1&lang={language}")
    expect(page.locator(".st-key-search .js-plotly-plot").first).to_be_visible()
    expect_chinese(page)
    expect_no_overflow(page)
    page.set_content(arriving.value.path().read_text(encoding="utf-8"))
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect_chinese(page)
