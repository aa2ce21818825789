"""The Train page without a browser: watching runs and telling them what to do."""

import pytest
from streamlit.testing.v1 import AppTest

from digitlab import home
from digitlab.jobs import training
from digitlab.store import Store
from digitlab.store.records import Job, Taken
from digitlab.training import recipes
from digitlab.training.events import Epoch, Step
from digitlab.ui import opened

SHELL = str(home.ROOT / "digitlab/ui/shell.py")
RECIPE = recipes.find("two-conv-64-dropout")


@pytest.fixture
def store() -> Store:
    return opened.store()


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(SHELL, default_timeout=60)
    app.run()
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(str(home.ROOT / "pages/train.py"))
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def new_run(store: Store, *, claimed: bool = False) -> Job:
    return training.submit(store, RECIPE.config, recipe=RECIPE.name, threads=1, claimed=claimed)


def running(store: Store) -> Job:
    """A run that has logged an epoch, as its worker would write it."""
    job = new_run(store, claimed=True)
    store.jobs.begin(job)
    rows = [Step(10 * k, 1, 2 / k, 1 - 1 / k, 1e-3, 5000.0, float(k)) for k in range(1, 86)]
    store.runs.exchange(job, [*rows, Epoch(1, 844, 0.4, 0.88, 0.06, 0.981, 12.0)], 850, RECIPE.config.total_steps)
    return job


def texts(app: AppTest) -> str:
    return " ".join(each.value for each in (*app.markdown, *app.caption, *app.warning, *app.error))


@pytest.mark.parametrize("wanted", ["99", "x", "-1", "²", "1" * 30])
def test_run_that_does_not_exist_gives_a_sentence_and_the_form(wanted: str) -> None:
    app = open_page(run=wanted)
    assert len(app.error) == 1
    assert "run" in app.error[0].value.lower()
    assert app.title[0].value
    assert "run" not in app.query_params


def test_deleted_run_gives_a_sentence(store: Store) -> None:
    job = new_run(store)
    store.runs.delete(job.id)
    assert f"no run number {job.id}" in open_page(run=str(job.id)).error[0].value


def test_queued_run_says_its_place_and_can_be_cancelled(store: Store) -> None:
    first, second = new_run(store), new_run(store)
    app = open_page(run=str(second.id))
    assert "one waits before it" in texts(app)
    app.button(key="tell_cancel").click().run()
    assert not app.exception
    assert store.jobs.get(second.id).state == "stopped"
    assert store.jobs.get(first.id).state == "queued"


def test_running_run_shows_curves_progress_and_commands(store: Store) -> None:
    job = running(store)
    app = open_page(run=str(job.id))
    assert "step **850** of 4,220 · epoch **2** of 5 · **5,000** digits/s · about **43 s** left" in texts(app)
    assert len(app.get("vega_lite_chart")) == 3
    app.button(key="tell_pause").click().run()
    assert store.jobs.get(job.id).state == "pausing"
    assert "Pause: sent, not taken yet" in texts(app)
    app.button(key="tell_resume").click().run()
    assert store.jobs.get(job.id).state == "running"
    app.button(key="tell_stop").click().run()
    assert store.jobs.get(job.id).state == "stopping"


def test_changed_rate_is_sent_and_shown_as_taken(store: Store) -> None:
    job = running(store)
    app = open_page(run=str(job.id))
    app.number_input(key=f"rate_{job.id}").set_value(0.0004)
    app.button(key="tell_rate").click().run()
    (sent,) = store.jobs.commands(job.id)
    assert (sent.kind, sent.value) == ("set-rate", 0.0004)
    store.runs.exchange(job, [Taken(sent.id, 860)], 860, None)
    app = open_page(run=str(job.id))
    assert "Learning rate 0.0004: taken after step 860" in texts(app)
    assert app.number_input(key=f"rate_{job.id}").value == 0.0004


@pytest.mark.parametrize("rate", [0.0, -1.0, 11.0])
def test_rate_out_of_range_is_refused_with_the_range(store: Store, rate: float) -> None:
    job = running(store)
    app = open_page(run=str(job.id))
    app.number_input(key=f"rate_{job.id}").set_value(rate)
    app.button(key="tell_rate").click().run()
    assert not app.exception
    assert "learning rate must be a number from 1e-07 to 10" in app.error[0].value
    assert store.jobs.commands(job.id) == []


def test_stopped_run_can_be_given_more_epochs(store: Store) -> None:
    job = running(store)
    store.jobs.end(job, "stopped")
    app = open_page(run=str(job.id))
    app.number_input(key=f"epochs_{job.id}").set_value(1)
    app.button(key="tell_epochs").click().run()
    assert "must be more than" in app.error[0].value
    app.number_input(key=f"epochs_{job.id}").set_value(7)
    app.button(key="tell_epochs").click().run()
    assert not app.error
    assert store.jobs.get(job.id).state == "queued"
    assert store.runs.get(job.id).config["epochs"] == 7


def test_interrupted_run_says_why_and_can_go_on(store: Store) -> None:
    job = running(store)
    store.jobs.leave(job, "Its process was told to end.")
    again = store.jobs.claim_this(job.id)
    assert again is not None
    store.jobs.leave(again, "Its process was told to end.")
    app = open_page(run=str(job.id))
    assert "Its process was told to end. Resume lets it go on." in texts(app)
    app.button(key="tell_resume").click().run()
    assert store.jobs.get(job.id).state == "queued"


def test_queue_lists_what_runs_and_waits_with_places(store: Store) -> None:
    at_work, waiting = running(store), new_run(store)
    shown = texts(open_page())
    assert "running, 20% done" in shown
    assert "place 1 in the queue" in shown
    links = [link.proto.label for link in open_page().get("page_link")]
    assert {f"Run {at_work.id} · two-conv-64-dropout", f"Run {waiting.id} · two-conv-64-dropout"} <= set(links)
