"""The piece of a page that stands for what is still being computed."""

import numpy as np
from streamlit.testing.v1 import AppTest

from digitlab.store import Store, results
from digitlab.store.records import SPEED, TRAINING
from digitlab.store.results import Result, Wanted

WANTED = Wanted("map", "0123456789ab", {"n": 1})


def page() -> None:
    import streamlit as st

    from digitlab.ui.waiting import wait_for
    from tests.test_waiting import WANTED

    result = wait_for(WANTED, "The map", "about a minute")
    if result is not None:
        st.markdown(f"There are {len(result.arrays['places'])} places.")


def page_that_begins_by_itself() -> None:
    from digitlab.ui.waiting import wait_for
    from tests.test_waiting import WANTED

    wait_for(WANTED, "The map", "about a minute", by_itself=True)


def said(app: AppTest) -> str:
    assert not app.exception
    return " ".join(text.value for text in [*app.markdown, *app.error])


def bars(app: AppTest) -> list[str]:
    return [bar.proto.text for bar in app.get("progress")]


def test_it_offers_waits_shows_progress_can_be_cancelled_and_gives_way_to_the_result() -> None:
    app = AppTest.from_function(page).run()
    assert "has not been computed for this network yet. It takes about a minute" in said(app)
    app.button(key=f"ask_{WANTED.name}").click().run()
    assert bars(app) == ["The map is in the queue: it is next."]

    other = AppTest.from_function(page).run()
    assert bars(other) == bars(app), "another session waits for the same job"

    with Store() as store:
        job = store.jobs.claim(1)
        assert job is not None
        store.jobs.begin(job)
        store.runs.exchange(job, [], 1, 4)
        app.run()
        assert bars(app) == ["The map is being computed: 25%."]
        app.button(key=f"cancel_{WANTED.name}").click().run()
        assert bars(app) == ["The map is being cancelled: 25%."]
        store.jobs.end(job, "stopped")
        app.run()
        assert "somebody cancelled it" in said(app)

        app.button(key=f"ask_{WANTED.name}").click().run()
        job = store.jobs.claim(1)
        assert job is not None
        store.jobs.end(job, "failed", reason="The model is gone.")
        app.run()
        assert "The map could not be computed. The model is gone." in said(app)

    results.keep(WANTED, Result({"places": np.zeros(7)}))
    app.run()
    assert "There are 7 places." in said(app)
    assert not app.button


def test_what_begins_by_itself_is_asked_for_once_and_never_again_when_it_was_cancelled() -> None:
    with Store() as store:
        measuring = store.jobs.submit(SPEED, {})  # keeps nobody waiting
    for _ in range(2):
        app = AppTest.from_function(page_that_begins_by_itself).run()
        assert bars(app) == ["The map is in the queue: it is next."]
    with Store() as store:
        _, job = store.jobs.all()
        store.jobs.stop(job.id)
        app.run()
        assert "somebody cancelled it" in said(app)
        assert [one.id for one in store.jobs.all()] == [measuring.id, job.id]


def test_nothing_begins_by_itself_while_a_run_waits_for_its_turn() -> None:
    with Store() as store:
        run = store.jobs.submit(TRAINING, {})
        app = AppTest.from_function(page_that_begins_by_itself).run()
        assert "has not been computed" in said(app)
        assert store.jobs.all() == [run]
