"""The Search part of the Runs page without a browser."""

from dataclasses import replace
from pathlib import Path

from streamlit.testing.v1 import AppTest

from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from digitlab.training.space import Dimension
from tests.test_pages import open_page
from tests.test_search import SHORT, begin, work


def open_search(**query: str) -> AppTest:
    app = open_page("runs", **query)
    app.segmented_control(key="view_choice").set_value("search").run()
    assert not app.exception
    return app


def test_a_search_is_begun_from_the_form_as_it_says(home: Path) -> None:
    app = open_search()
    app.selectbox(key="search_recipe").set_value("two-conv-128").run()
    app.multiselect(key="search_over").set_value(["learning_rate", "schedule", "augmentation.rotation"]).run()
    app.number_input(key="search_trials").set_value(7)
    app.number_input(key="search_digits").set_value(2000)
    app.button(key="search_start").click().run()
    assert not app.exception
    assert not app.error
    with Store() as store:
        (search,) = store.searches.all(OPERATOR)
        store.searches.advance(1)
        (trial,) = store.searches.trials(search.id)
    assert (search.recipe, search.plan.trials, search.plan.sampler) == ("two-conv-128", 7, "tpe")
    assert [one.name for one in search.plan.space] == ["learning_rate", "schedule", "augmentation.rotation"]
    assert trial.run.spec.config.train_size == 2000
    assert trial.run.spec.config.validation == "last"
    assert app.query_params["search"] == str(search.id)


def test_an_impossible_range_is_refused_with_a_sentence(home: Path) -> None:
    app = open_search()
    app.number_input(key="search_low_learning_rate").set_value(1.0).run()
    assert app.error[0].value.startswith("The range of Learning rate must go from less to more")
    assert app.number_input(key="search_low_batch_size").value == 32, "the other ranges stay"
    assert app.button(key="search_start").disabled
    app.number_input(key="search_low_learning_rate").set_value(1e-3).run()
    assert not app.button(key="search_start").disabled
    app.selectbox(key="search_sampler").set_value("grid").run()
    assert app.selectbox(key="search_pruner").value == "none", "every combination is to be known"
    with Store() as store:
        assert not store.searches.all(OPERATOR)


def listed(app: AppTest) -> set[int]:
    """The numbers of the runs in the table."""
    return {int(name.split()[1]) for name in app.dataframe[0].value["Name"] if name.startswith("Run ")}


def test_trials_are_shown_with_what_mattered_and_the_best_as_a_run(home: Path) -> None:
    config = replace(SHORT, epochs=1)
    space = (Dimension(name="learning_rate", choices=(4e-3, 1e-6)), Dimension(name="batch_size", choices=(500, 1000)))
    with Store() as store:
        search = begin(store, config=config, space=space, sampler="grid")
        work(store)
        trials = store.searches.trials(search.id)
    app = open_search(search=str(search.id))
    assert not app.exception
    assert not app.error
    (table,) = [frame.value for frame in app.dataframe]
    assert list(table["Trial"]) == [1, 2, 3, 4]
    assert set(table["Batch size"]) == {500, 1000}
    assert len(app.get("plotly_chart")) == 2
    best = max(trials, key=lambda trial: trial.run.best_validation or 0)
    opened = open_search(search=str(search.id))
    opened.button(key="search_best").click().run()
    assert not opened.exception
    assert opened.query_params["chosen"] == str(best.run.id)
    accuracy = f"{best.run.test_accuracy:.2%}"
    assert opened.header[0].value == f"Run {best.run.id} · Search {search.id}, trial {best.number + 1} · {accuracy}"
    folded = open_page("runs")
    assert f"Search {search.id} · Search over two-conv-64-logits · 4 trials" in [one.label for one in folded.expander]
    assert not {trial.run.id for trial in trials} & listed(folded), "its trials are in there"
    folded.checkbox(key="trials").check().run()
    assert {trial.run.id for trial in trials} <= listed(folded)
    app.button(key="search_forget").click().run()
    assert not app.exception
    assert {trial.run.id for trial in trials} <= listed(open_page("runs"))
    with Store() as store:
        assert not store.searches.all(OPERATOR)
        assert len(store.runs.all()) == 4


def test_a_running_search_is_stopped_and_goes_on(home: Path) -> None:
    with Store() as store:
        search = begin(store)
        app = open_search()
        app.button(key="search_stop").click().run()
        assert store.searches.get(search.id).state == "stopped"
        app.button(key="search_resume").click().run()
        assert store.searches.get(search.id).state == "running"
        assert not app.exception
