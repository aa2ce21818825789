"""The piece of a page that stands for what is still being computed."""

import numpy as np
from streamlit.testing.v1 import AppTest

from digitlab.store import Store, results
from digitlab.store.records import LOW, TRAINING
from digitlab.store.results import Result, Wanted
from digitlab.store.rights import OPERATOR
from digitlab.words import Message

WANTED = Wanted("map", "0123456789ab", {"n": 1})


def page() -> None:
    import streamlit as st

    from digitlab.ui.shared.results import wait_for
    from digitlab.words import message
    from tests.test_wait_for import WANTED

    result = wait_for(WANTED, "Map", message("about ten seconds"))
    if result is not None:
        st.markdown(f"There are {len(result.arrays['places'])} places.")


def page_that_begins_by_itself() -> None:
    from digitlab.ui.shared.results import wait_for
    from digitlab.words import message
    from tests.test_wait_for import WANTED

    wait_for(WANTED, "Map", message("about ten seconds"), by_itself=True)


def said(app: AppTest) -> str:
    assert not app.exception
    return " ".join(text.value for text in [*app.markdown, *app.error])


def bars(app: AppTest) -> list[str]:
    return [bar.proto.text for bar in app.get("progress")]


def test_it_offers_waits_shows_progress_can_be_cancelled_and_gives_way_to_the_result() -> None:
    app = AppTest.from_function(page).run()
    assert "Map: not computed yet for this network. Computing takes about ten seconds" in said(app)
    app.button(key=f"ask_{WANTED.name}").click().run()
    assert bars(app) == ["Map: next in the queue."]

    other = AppTest.from_function(page).run()
    assert bars(other) == bars(app), "another session waits for the same job"

    with Store() as store:
        job = store.jobs.claim(1)
        assert job is not None
        store.jobs.begin(job)
        store.runs.exchange(job, [], 1, 4)
        app.run()
        assert bars(app) == ["Map: computing … 25%"]
        app.button(key=f"cancel_{WANTED.name}").click().run()
        assert bars(app) == ["Map: cancelling … 25%"]
        store.jobs.end(job, "stopped")
        app.run()
        assert "the computation was cancelled" in said(app)

        app.button(key=f"ask_{WANTED.name}").click().run()
        job = store.jobs.claim(1)
        assert job is not None
        store.jobs.end(job, "failed", reason=Message("The model is gone."))
        app.run()
        assert "Map: the computation failed. The model is gone." in said(app)

    results.keep(WANTED, Result({"places": np.zeros(7)}))
    app.run()
    assert "There are 7 places." in said(app)
    assert not app.button


def test_what_begins_by_itself_is_asked_for_once_and_never_again_when_it_was_cancelled() -> None:
    with Store() as store:
        measuring = store.jobs.submit(OPERATOR, "speed", {}, priority=LOW, preemptible=True)  # keeps nobody waiting
    for _ in range(2):
        app = AppTest.from_function(page_that_begins_by_itself).run()
        assert bars(app) == ["Map: next in the queue."]
    with Store() as store:
        job, _ = store.jobs.all()
        store.jobs.stop(OPERATOR, job.id)
        app.run()
        assert "the computation was cancelled" in said(app)
        assert [one.id for one in store.jobs.all()] == [job.id, measuring.id]


def test_nothing_begins_by_itself_while_a_run_waits_for_its_turn() -> None:
    with Store() as store:
        run = store.jobs.submit(OPERATOR, TRAINING, {})
        app = AppTest.from_function(page_that_begins_by_itself).run()
        assert "not computed yet" in said(app)
        assert store.jobs.all() == [run]
