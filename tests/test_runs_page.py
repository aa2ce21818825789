"""The Runs page without a browser."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from digitlab.store import Store
from digitlab.store.rights import OPERATOR
from tests.test_pages import open_page


def names(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["Name"])


def texts(app: AppTest) -> str:
    return "\n".join(block.value for block in (*app.markdown, *app.caption, *app.header, *app.subheader))


def test_an_empty_database_shows_the_shipped_models_and_their_curves() -> None:
    app = open_page("runs")
    assert {"pen", "two-conv-128-dropout"} <= set(names(app))
    assert set(app.dataframe[0].value["State"]) == {"◆ shipped"}
    assert len(app.get("vega_lite_chart")) == 2


def test_table_has_runs_first_and_the_filter_narrows_it(home_with_runs: Path) -> None:
    with Store() as store:
        store.runs.rename(OPERATOR, 1, "slow one")
        store.runs.annotate(OPERATOR, 1, "only to compare")
    app = open_page("runs")
    assert names(app)[:2] == ["Run 2 · two-conv-64-logits", "Run 1 · slow one"]
    app.text_input(key="words").set_value("COMPARE").run()
    assert names(app) == ["Run 1 · slow one"]
    app.text_input(key="words").set_value("two-conv-64-logits").run()
    assert names(app) == ["Run 2 · two-conv-64-logits", "Run 1 · slow one", "two-conv-64-logits"]
    app.pills(key="states").set_value(["shipped"]).run()
    assert names(app) == ["two-conv-64-logits"]
    app.text_input(key="words").set_value("nothing like it").run()
    assert not app.dataframe
    assert "No row matches the filter." in texts(app)


def test_columns_are_chosen_and_stand_in_the_address(home_with_runs: Path) -> None:
    app = open_page("runs", columns="rate,nothing,owner")
    table = app.dataframe[0].value
    assert next(iter(table)) == "Name", "which begins with the run's number"
    assert list(table)[-2:] == ["rate", "owner"]
    with Store() as store:
        rates = {run.id: run.spec.config.learning_rate for run in store.runs.all()}
    shown = table[table["Name"].str.startswith("Run ")]
    numbers = shown["Name"].str.split().str[1].astype(int)
    assert dict(zip(numbers, shown["rate"], strict=True)) == rates
    app.pills(key="columns").set_value(["batch", "digits"]).run()
    assert app.query_params["columns"] == "batch,digits"
    assert list(app.dataframe[0].value)[-2:] == ["batch", "digits"]
    app.pills(key="columns").set_value([]).run()
    assert "columns" not in app.query_params


def test_two_compared_runs_show_their_results_and_only_the_settings_that_differ(home_with_runs: Path) -> None:
    app = open_page("runs", chosen="1,2")
    (table,) = [text.value for text in app.markdown if text.value.startswith("| Name | Run 1")]
    rows = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    assert rows == [
        "Name",
        "Test accuracy",
        "Best validation",
        "Parameters",
        "Time of training",
        "Learning rate",
        "Epochs",
    ]
    with Store() as store:
        results = [f"{store.runs.get(run).test_accuracy:.2%}" for run in (1, 2)]
    assert f"| Test accuracy | {' | '.join(results)} |" in table.replace("\\", "")
    assert "other settings are the same" in texts(app)
    assert app.query_params["chosen"] == "1,2"


def legend(app: AppTest) -> str:
    texts = [str(getattr(block, "value", "")) for block in app.get("html")]
    (found,) = [text for text in texts if 'class="dl-legend"' in text]
    return found


def test_compared_runs_stand_in_the_legend_by_their_whole_names_as_text(home_with_runs: Path) -> None:
    name = "<b>a name</b> of *eighty* signs " + "that goes on " * 3
    with Store() as store:
        store.runs.rename(OPERATOR, 1, name.strip())
    shown = legend(open_page("runs", chosen="1,2"))
    assert f"Run 1 · &lt;b&gt;a name&lt;/b&gt; of *eighty* signs {' '.join(['that goes on'] * 3)} · " in shown
    assert "Run 2 · two-conv-64-logits · " in shown


def test_axis_is_in_the_address_and_each_has_a_chart_of_its_own(home_with_runs: Path) -> None:
    by_time, by_step = (open_page("runs", chosen="2", by=axis) for axis in ("time", "step"))
    titles = [
        [json.loads(chart.proto.spec)["layer"][0]["encoding"]["x"]["axis"]["title"] for chart in charts(app)]
        for app in (by_time, by_step)
    ]
    assert titles == [["Minutes of training"] * 2, ["Step"] * 2]
    assert {chart.proto.id for chart in charts(by_time)}.isdisjoint(chart.proto.id for chart in charts(by_step)), (
        "a zoom into the one would hide the other's curves"
    )


def test_both_pages_draw_a_run_with_the_same_numbers(home_with_runs: Path) -> None:
    drawn = []
    for page, query in (("runs", {"chosen": "2", "by": "Step", "whole": "true"}), ("train", {"run": "2"})):
        by_title = {json.loads(chart.proto.spec)["title"]["text"]: chart for chart in charts(open_page(page, **query))}
        drawn.append([points(by_title[title]) for title in ("Loss", "Accuracy")])
    assert drawn[0] == drawn[1]
    assert {kind for kind, *_ in drawn[0][0]} == {"batch", "smooth", "epochs", "best"}


def charts(app: AppTest) -> list[Any]:
    return list(app.get("vega_lite_chart"))


def points(chart: Any) -> list[tuple[object, ...]]:
    """What a chart has to draw: kind, line, step, epoch, minutes, value, text."""
    (rows,) = chart.proto.datasets
    table = pa.ipc.open_stream(rows.data.data).read_all()
    return [tuple(row.values()) for row in table.to_pylist() if row["kind"] != "seen"]


def test_what_was_measured_of_a_model_is_shown_with_its_commands_and_the_digits_source() -> None:
    app = open_page("runs", chosen="pen")
    by_folds = r"\| `python -m benchmarks.folds STROKES.npz.*\n\| \d\d\.\d\d% \| Pen digits read correctly.*clean"
    on_scans = r"\| `python -m digitlab evaluate --model pen` \|\n\| \d\d\.\d\d% \| MNIST test digits read correctly"
    assert re.search(by_folds, texts(app))
    assert re.search(on_scans, texts(app))
    assert "each without the writers of its own test" in texts(app)
    assert "https://doi.org/10.5281/zenodo.1195803" in texts(app)


def test_a_link_to_what_is_gone_says_so_and_shows_the_rest(home_with_runs: Path) -> None:
    app = open_page("runs", chosen="1,99,no-such-model")
    assert "not here" in app.warning[0].value
    assert app.query_params["chosen"] == "1"


def test_a_run_is_renamed_and_gets_a_note(home_with_runs: Path) -> None:
    app = open_page("runs", chosen="1")
    app.text_input(key="name_1").set_value("  my   run ")
    app.text_area(key="note_1").set_value("a **note**")
    app.button(key="save_1").click().run()
    assert not app.exception
    with Store() as store:
        assert (store.runs.get(1).name, store.runs.get(1).note) == ("my run", "a **note**")
    assert "Run 1 · my run" in names(app)


def test_an_empty_name_is_refused_with_a_sentence(home_with_runs: Path) -> None:
    app = open_page("runs", chosen="1")
    app.text_input(key="name_1").set_value("   ")
    app.button(key="save_1").click().run()
    assert "has 1 to 80 characters" in app.error[0].value
    with Store() as store:
        assert store.runs.get(1).name == "two-conv-64-logits"


@pytest.mark.parametrize("with_model", [True, False])
def test_deleting_asks_first_and_then_deletes_what_it_said(home_with_runs: Path, with_model: bool) -> None:
    app = open_page("runs", chosen="1,2")
    app.button(key="delete_chosen").click().run()
    assert "are permanently deleted" in texts(app)
    with Store() as store:
        assert len(store.runs.all()) == 2, "nothing is deleted before it is confirmed"
    if with_model:
        app.checkbox(key="with_model").check()
    app.button(key="confirm_delete").click().run()
    assert not app.exception
    with Store() as store:
        assert not store.runs.all()
    assert len(list((home_with_runs / "blobs" / "models").glob("*.keras"))) == (0 if with_model else 2)
    assert "chosen" not in app.query_params
    assert list(app.dataframe[0].value["State"]).count("◇ model") == (0 if with_model else 2)
    if not with_model:
        left = next(key for key in app.session_state["shown_runs"] if key.startswith("two-conv-64-logits-"))
        app = open_page("runs", chosen=left)
        assert not app.error
        assert "◇ model" in texts(app)


def test_a_shipped_model_tells_what_its_article_says_and_cannot_be_deleted() -> None:
    app = open_page("runs", model="two-conv-128-dropout")
    assert "in the article 99.09%" in texts(app)
    assert not [button for button in app.button if "Delete" in button.label]
    assert any("import keras" in code.value for code in app.code)


def test_the_chosen_states_stand_in_the_address_by_their_names(home_with_runs: Path) -> None:
    app = open_page("runs", states="finished,rubbish")
    assert app.pills(key="states").value == ["finished"]
    assert len(app.dataframe[0].value) == 2
    app.pills(key="states").set_value(["shipped", "finished"]).run()
    assert app.query_params["states"] == "shipped,finished"
    app.pills(key="states").set_value([]).run()
    assert "states" not in app.query_params
