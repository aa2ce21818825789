"""The page of a run without a browser: what it says, where it leads, its report; and its name on other pages."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from streamlit.testing.v1 import AppTest

from digitlab import home
from digitlab.jobs import orders
from digitlab.jobs.describing import described
from digitlab.networks import zoo
from digitlab.runs import removal, trainings
from digitlab.server.store import store as opened_store
from digitlab.store import Store
from digitlab.store.records import Job
from digitlab.store.rights import OPERATOR
from digitlab.store.transitions import Transitions
from digitlab.training import recipes
from digitlab.training.events import Epoch
from digitlab.ui.run.ended import how_it_ended
from digitlab.ui.run.report import report
from digitlab.words import Message
from digitlab.work import performing
from digitlab.work.exchange import Exchange
from tests import trained

SHELL = str(home.ROOT / "digitlab/ui/shell.py")
RECIPE = recipes.find("two-conv-64-dropout")


def open_page(name: str, **query: str) -> AppTest:
    """A page at an address."""
    app = AppTest.from_file(SHELL, default_timeout=60)
    if name != "draw":
        app.run()
        app.switch_page(str(home.ROOT / f"pages/{name}.py"))
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    kinds = (app.title, app.subheader, app.markdown, app.caption, app.warning, app.text)
    return "\n".join(block.value for kind in kinds for block in kind)


def links(app: AppTest) -> dict[str, str]:
    """Every link that says more than a page: its text, and what the page's address then says."""
    found = {link.proto.label: link.proto.query_string for link in app.get("page_link") if link.proto.query_string}
    return {label: unquote(query) for label, query in found.items()}


def options(app: AppTest, key: str) -> list[str]:
    return list(app.selectbox(key=key).options)


# --- the page ---


def test_the_page_of_an_ended_run_says_all_and_leads_on(home_with_runs: Path) -> None:
    with Store() as store:
        store.runs.tag(OPERATOR, 2, ["lesson1"])
        store.runs.annotate(OPERATOR, 2, "Faster, but <b>no</b> better.")
        saved = store.runs.checkpoints(1)[-1]
        fork = orders.submit(OPERATOR, store, trained.CONFIG, name="a branch", parent=(1, saved.step))
        model = store.runs.get(2).model
    app = open_page("train", run="2")
    said = texts(app)
    assert re.search(r"^Run 2 · two-conv-64-logits · \d\d\.\d\d%$", said, re.MULTILINE)
    assert "Faster, but <b>no</b> better." in said
    table = next(block.value for block in app.markdown if block.value.startswith("| Setting | Recipe"))
    assert "| Batch size | 32 | 2500 |" in table
    assert "Optimizer" not in table, "that is the recipe's"
    assert any("import keras" in code.value for code in app.code)
    found = links(app)
    assert "words=lesson1" in found["lesson1"]
    assert {found[page] for page in ("Draw", "Layers")} == {f"model={model}"}
    assert found["Evaluation"] == f"model={model}&section=quality"
    assert found["All runs"] == "chosen=2"
    app = open_page("train", run="1")
    assert links(app)[f"Fork: Run {fork.id} · a branch"] == f"run={fork.id}"
    app = open_page("train", run=str(fork.id))
    assert any(label.startswith("Parent: Run 1 · ") and query == "run=1" for label, query in links(app).items())


def test_what_a_run_was_told_stands_below_its_script(home_with_runs: Path) -> None:
    with Store() as store:
        job = store.jobs.get(1)
        with store.database.write() as connection:
            Transitions(store.clock).send(connection, job.id, "set-rate", 0.002)
            Transitions(store.clock).take(connection, 1, 8)
    app = open_page("train", run="1")
    assert "The learning rate was set to 0.002 after step 8. The script does not contain this." in texts(app)


def test_name_tags_and_note_are_written_before_the_start_and_changed_later() -> None:
    app = open_page("train")
    app.session_state["part_sell"] = True
    app.run()
    app.text_input(key="new_name").set_value(" three   layers ")
    app.text_area(key="new_note").set_value("why")
    app.session_state["new_tags"] = ["Lesson 1"]
    app.run()
    app.button(key="start").click().run()
    assert not app.exception
    (run,) = opened_store().runs.all()
    assert (run.name, run.note, run.tags) == ("three layers", "why", ("lesson-1",))
    app.text_input(key=f"name_{run.id}").set_value("four layers")
    app.button(key=f"save_{run.id}").click().run()
    assert f"Run {run.id} · four layers" in [title.value for title in app.title]
    assert opened_store().runs.get(run.id).tags == ("lesson-1",)


def test_tags_are_words_in_small_letters_and_few() -> None:
    assert described("", "", ["A B", "a-b", " ", "数字"]).tags == ("a-b", "数字")
    for tags in (["x" * 25], [str(number) for number in range(9)]):
        with pytest.raises(Exception, match="at most 8 tags of at most 24 characters"):
            described("", "", tags)


def test_deleting_names_number_owner_and_figures_and_leads_back(home_with_runs: Path) -> None:
    app = open_page("train", run="1")
    app.button(key="delete_1").click().run()
    (row,) = [block.value for block in app.markdown if block.value.startswith("- **Run 1")]
    assert re.fullmatch(
        r"- \*\*Run 1 · two-conv-64-logits · \d\d\.\d\d%\*\* · of the server's operator · finished · "
        r"best validation \d\d\.\d\d% · trained for \d+ s",
        row,
    )
    app.button(key="confirm_delete").click().run()
    assert not app.exception
    with Store() as store:
        assert [run.id for run in store.runs.all()] == [2]


# --- how it ended ---


def ended(store: Store, state: str, result: Mapping[str, object], epochs: int, **about: object) -> str:
    """What is said of a run of eight epochs that ended so; the fifth was the best."""
    config = replace(RECIPE.config, epochs=8)
    job = orders.submit(OPERATOR, store, config, recipe=RECIPE.name, threads=1, claimed=True)
    store.jobs.begin(job)
    rows = [
        Epoch(epoch, 844 * epoch, 0.4, 0.9, 0.1, 0.97 if epoch == 5 else 0.9, 12.0) for epoch in range(1, epochs + 1)
    ]
    store.runs.exchange(job, rows, 844 * epochs, config.total_steps)
    store.runs.end(job, state, dict(result), model="m", **about)  # type: ignore[arg-type]
    return how_it_ended(store.runs.get(job.id), config, store.runs.epochs(job.id))


def test_each_way_to_end_is_said_as_it_was() -> None:
    store = opened_store()
    early = {"ended_early": True, "kept_epoch": 5}
    said = "Stopped early after epoch 6: no improvement since epoch 5."
    assert ended(store, "finished", early, 6) == f"{said} Kept: weights of epoch 5."
    assert ended(store, "finished", early | {"kept_epoch": None}, 6) == f"{said} Kept: weights of epoch 6."
    whole = {"ended_early": False, "kept_epoch": None}
    assert ended(store, "finished", whole, 8) == "The training of 8 epochs is complete."
    assert ended(store, "stopped", whole, 3) == "Stopped by hand after step 2,532 of 6,752."


def test_a_cancelled_run_was_not_stopped_early() -> None:
    store = opened_store()
    job = orders.submit(OPERATOR, store, RECIPE.config, recipe=RECIPE.name, threads=1)
    store.jobs.stop(OPERATOR, job.id)
    assert "Cancelled before the training began." in texts(open_page("train", run=str(job.id)))


def test_an_early_end_leaves_no_share_that_is_wrong(home_with_runs: Path) -> None:
    """A run whose patience is over is tested as one that is through, not as one at 60 %."""
    with Store() as store:
        config = replace(trained.CONFIG, epochs=5, patience=1, learning_rate=1e-7)
        shares: list[tuple[float, float | None]] = []

        class Watched(Exchange):
            def put(self, *rows: object, done: float | None = None, total: float | None = None) -> None:
                super().put(*rows, done=done, total=total)  # type: ignore[arg-type]
                if done is not None:
                    shares.append((done, total))

        job = orders.submit(OPERATOR, store, replace(config, learning_rate=10.0), threads=2, claimed=True)
        with Watched(store, job) as exchange:
            performing.perform(store, exchange)
        run = store.runs.get(job.id)
        assert run.job.result is not None
        assert run.job.result["ended_early"], "a rate of 10 does not learn"
        assert shares[-1][0] == shares[-1][1] == run.job.total == run.job.done < config.total_steps


def test_why_a_run_was_interrupted_goes_when_it_goes_on() -> None:
    store = opened_store()
    job = orders.submit(OPERATOR, store, RECIPE.config, recipe=RECIPE.name, threads=1, claimed=True)
    store.jobs.begin(job)
    store.jobs.leave(job, Message("The process was asked to end."))
    again = store.jobs.claim_this(job.id)
    assert again is not None
    assert again.reason is None


# --- one name ---


def test_a_new_name_of_a_run_is_its_networks_name_in_every_picker(home_with_runs: Path) -> None:
    with Store() as store:
        accuracy = store.runs.get(1).test_accuracy
        store.runs.rename(OPERATOR, 1, "three layers")
    name = f"Run 1 · three layers · {accuracy:.2%}"
    for page in ("draw", "layers", "samples"):
        shown = options(open_page(page), "model_choice")
        assert name in shown
        assert not [one for one in shown if "two-conv-64-logits-" in one], "no hashes"
    app = open_page("train", recipe="two-conv-64-logits")
    app.session_state["part_start"] = True
    app.run()
    app.radio(key="begin").set_value("trained").run()
    assert name in options(app, "begin_model")
    legend = "".join(str(getattr(block, "value", "")) for block in open_page("runs", chosen="1,2").get("html"))
    assert name in legend


# --- more epochs ---


def go_on(store: Store, run: int, epochs: int) -> Job:
    orders.lengthen(OPERATOR, store, run, epochs)
    job = store.jobs.claim_this(run)
    assert job is not None
    with Exchange(store, job) as exchange:
        performing.perform(store, exchange)
    return job


def test_more_epochs_replace_the_model_and_the_old_one_stays_where_it_is_open(home_with_runs: Path) -> None:
    with Store() as store:
        old = zoo.find(str(store.runs.get(1).model))
        open_before = open_page("draw", model=old.name)
        go_on(store, 1, 3)
        new = zoo.find(str(store.runs.get(1).model))
        assert new.name != old.name
        assert old.name not in {model.name for model in zoo.models()}
        assert [one.name for one in trainings.trainings(store, OPERATOR) if one.state == trainings.KEPT] == []
    open_before.run()
    assert open_before.selectbox(key="model_choice").value == old.name, "it stays where it is open"
    app = open_page("draw", model=old.hash)
    assert app.query_params["run"] == "1"
    assert f"The link names the weights {old.hash}. Run 1 has trained for more epochs since" in texts(app)
    assert open_page("runs", model=old.name).query_params["chosen"] == "1"
    with Store() as store:
        everything = trainings.trainings(store, OPERATOR)
        removal.remove(OPERATOR, store, trainings.find(everything, "1"), with_model=True)
        assert not zoo.is_there(zoo.TRAINED, old.name), "with the run goes what it had before"


# --- the report ---


def test_the_report_is_one_file_with_everything_computed_from_the_run(home_with_runs: Path) -> None:
    with Store() as store:
        store.runs.annotate(OPERATOR, 1, "A <script>note</script>")
        training = trainings.of_run(store.runs.get(1))
    page = report(training, "en")
    assert "A &lt;script&gt;note&lt;/script&gt;" in page
    assert f"{training.test_accuracy:.2%}" in page
    table = re.search(r'<table class="dl-confusion">.*?</table>', page, re.DOTALL)
    assert table is not None
    counts = [int(count) for count in re.findall(r"<td class=.*?>(\d+)</td>", table[0])]
    assert sum(counts) == 10_000
    right = sum(int(count) for count in re.findall(r'<td class="dl-right".*?>(\d+)</td>', table[0]))
    assert right == round((training.test_accuracy or 0) * 10_000)
    assert page.count("<svg") == 2
    assert re.search(r"<tr><td>1</td><td>\d\.\d{4}</td><td>0\.\d{4}</td>", page), "the log has the first epoch"
    assert "@media print" in page
    assert not re.findall(r'(?:src|href)="(?!data:)', page), "nothing is asked of any server"
    assert "混淆矩陣" in report(training, "zh-Hant")


def test_the_report_of_a_run_at_work_leaves_out_what_is_not_there_yet() -> None:
    store = opened_store()
    job = orders.submit(OPERATOR, store, RECIPE.config, recipe=RECIPE.name, threads=1, claimed=True)
    store.jobs.begin(job)
    rows = [Epoch(1, 844, 0.4, 0.88, 0.06, 0.981, 12.0)]
    store.runs.exchange(job, rows, 844, RECIPE.config.total_steps)
    page = report(trainings.of_run(store.runs.get(job.id)), "en")
    assert "98.10%" in page
    assert "Confusion matrix" not in page
