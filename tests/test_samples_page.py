"""The page /samples without a browser: its filters, its sections, and what it says when something is amiss."""

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitlab import cli
from digitlab import home as paths
from digitlab.data import mnist
from digitlab.data.mnist import Part
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.sent import Sent
from digitlab.drawing.strokes import Drawing
from digitlab.errors import ModelError
from digitlab.insight import answers, doubtful, embedding, robustness
from digitlab.insight.answers import Answers
from digitlab.insight.progress import unheard
from digitlab.networks import zoo
from digitlab.networks.imported import import_file
from digitlab.store import Store, results
from digitlab.store.rights import OPERATOR
from digitlab.training.recipes import RECIPES
from digitlab.training.spec import TrainingSpec
from digitlab.ui.samples.choosing import chosen
from digitlab.ui.samples.query import Choice, Order
from digitlab.ui.shared import visitor
from tests.test_pages import PAGES, SHELL, answer, open_page

MODEL = "two-conv-64-dropout"
RUN = TrainingSpec(config=RECIPES["two-conv-128"].config, threads=2).to_record()


@pytest.fixture(scope="session")
def outputs() -> dict[str, Any]:
    """What two models really answer to the test digits."""
    images = mnist.load().x_test
    return {name: answers.compute(zoo.open_model(name), images).arrays["outputs"] for name in (MODEL, "pen")}


@pytest.fixture
def known(outputs: dict[str, Any]) -> Answers:
    """The answers of both are kept in this test's home; gives the first one's."""
    for name, values in outputs.items():
        results.keep(answers.wanted(zoo.find(name), "test"), results.Result({"outputs": values}))
    found = answers.known(zoo.find(MODEL), "test")
    assert found is not None
    return found


def open_samples(**query: str) -> AppTest:
    app = AppTest.from_file(SHELL, default_timeout=60)
    app.switch_page(str(PAGES / "samples.py"))
    for name, value in ({"model": MODEL} | query).items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    assert not app.exception
    parts = [*app.markdown, *app.caption, *app.warning, *app.error]
    return "\n".join(str(part.value) for part in parts)


def shown(app: AppTest) -> int:
    """How many digits pass the filters, as the page says."""
    found = re.search(r"of ([\d,]+)( digits|\.)", said(app))
    assert found, said(app)
    return int(found[1].replace(",", ""))


def counted(app: AppTest, key: str) -> dict[str, int]:
    """The count on each of a filter's values."""
    options = [str(option).split(" · ") for option in app.pills(key=key).options]
    return {name: int(count.replace(",", "")) for name, count in options}


# --- Browse ------------------------------------------------------------------------------------------


def test_the_training_digits_can_be_paged_through_before_any_network_has_read_them(digits: mnist.Mnist) -> None:
    app = open_samples()
    assert "Numbers 0 to 99: 100 of 60,000 digits" in said(app)
    assert counted(app, "only")["3"] == (digits.y_train == 3).sum()
    assert "not computed yet for this network" in said(app)
    app = open_samples(page="600")
    assert "Numbers 59,900 to 59,999" in said(app)


def test_filter_by_label(known: Answers) -> None:
    app = open_samples(part="test")
    before = counted(app, "only")
    app.pills(key="only").set_value(3).run()
    assert shown(app) == before["3"] == (known.labels == 3).sum()
    assert app.query_params["only"] == "3"


def test_filter_by_answer(known: Answers) -> None:
    app = open_samples(part="test", only="9")
    before = counted(app, "answer")
    app.pills(key="answer").set_value(4).run()
    assert shown(app) == before["4"] == ((known.labels == 9) & (known.digits == 4)).sum()
    assert app.query_params["answer"] == "4"


def test_filter_by_right_or_wrong(known: Answers) -> None:
    app = open_samples(part="test")
    before = counted(app, "outcome")
    app.pills(key="outcome").set_value("wrong").run()
    assert shown(app) == before["Wrong"] == (~known.right).sum()
    assert app.query_params["outcome"] == "wrong"
    assert sum(counted(app, "only").values()) == before["Wrong"], "the other filters count what this one leaves"


def test_filter_by_confidence(known: Answers) -> None:
    app = open_samples(part="test")
    app.selectbox(key="sure_to").select(90.0).run()
    (counted,) = [text for text in app.selectbox(key="sure_from").options if text.startswith("50%")]
    app.selectbox(key="sure_from").select(50.0).run()
    expected = ((known.confidence >= 0.5) & (known.confidence < 0.9)).sum()
    assert shown(app) == expected
    assert counted == f"50% · {expected:,}"
    assert app.query_params["sure"] == "50-90"


@pytest.mark.parametrize("order", ["unsure", "sure", "loss"])
def test_orders(known: Answers, order: Order) -> None:
    app = open_samples(part="test", outcome="wrong")
    app.selectbox(key="order").select(order).run()
    assert app.query_params["order"] == order
    values: Any = {"unsure": known.confidence, "sure": -known.confidence, "loss": -known.losses}[order]
    choice = Choice(part="test", outcome="wrong", order=order)
    wrong = np.flatnonzero(~known.right)
    expected = wrong[np.argsort(values[wrong], kind="stable")]
    np.testing.assert_array_equal(chosen(choice, known.labels, known, None), expected)


@pytest.mark.parametrize(("part", "label"), [("test", "7"), ("training", "5")])
def test_an_opened_digit_goes_on_to_the_pad_and_into_the_network(part: Part, label: str) -> None:
    app = open_samples(part=part)
    app.number_input(key="number").set_value(0).run()
    assert f"{part.capitalize()} digit 0" in said(app)
    assert f"label **{label}**" in said(app)
    assert app.query_params["number"] == "0"

    app.button(key="read").click().run()
    assert answer(app).startswith(f"{label} ")
    link = app.query_params["digit"]
    app = open_page("draw", digit=str(link), model=MODEL)
    assert answer(app).startswith(f"{label} "), "the link shows another session the same digit"

    app = open_samples(part=part, number="0")
    app.button(key="inside").click().run()
    assert f"answers **{label}**. The label is {label}." in said(app)
    assert app.number_input(key=f"{part}_digit").value == 0

    app = open_samples(part=part, number="0")
    app.button(key="over").click().run()
    assert answer(app).startswith("Draw a digit"), "the pad is empty, for the digit only lies beneath"
    command = app.session_state["command"]
    assert (command["kind"], command["digit"]["key"], command["digit"]["label"]) == ("beneath", link, int(label))


def test_a_digit_is_pinned_to_the_run_that_is_under_way(
    known: Answers, digits: mnist.Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_samples(part="test", number="3")
    app.button(key="pin_digit").click().run()
    assert "No run is active" in said(app)
    with Store() as store:
        run = store.runs.create(OPERATOR, name="a", recipe="two-conv-128", parameters=1, spec=RUN)
        app.button(key="pin_digit").click().run()
        assert "keeps no cookies" in said(app)
        monkeypatch.setattr(visitor, "browser", lambda: "a" * 64)
        app.button(key="pin_digit").click().run()
        (pin,) = store.pins.of(run.id)
    assert (pin.label, pin.owner, pin.shared) == ("Test digit 3", "a" * 64, False)
    np.testing.assert_array_equal(pin.image, digits.x_test[3].astype(np.float32) / np.float32(255))


def test_a_random_digit_is_one_of_the_part_shown() -> None:
    app = open_samples()
    app.button(key="random").click().run()
    assert 0 <= int(str(app.query_params["number"])) < 60_000
    assert "Training digit" in said(app)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("only", "12"),
        ("part", "train"),
        ("answer", "x"),
        ("outcome", "maybe"),
        ("sure", "90-50"),
        ("order", "size"),
        ("number", "60000"),
        ("page", "0"),
        ("section", "nowhere"),
    ],
)
def test_an_address_that_makes_no_sense_gives_a_sentence_and_all_digits(name: str, value: str) -> None:
    app = open_samples(**{name: value})
    assert f"{name}='{value}' in the address was ignored. Possible values: " in said(app)
    assert "of 60,000 digits" in said(app)
    assert name not in app.query_params
    app.run()
    assert not app.warning


def test_filters_that_leave_nothing_say_so_and_can_be_cleared(known: Answers) -> None:
    app = open_samples(part="test", only="0", answer="1", outcome="right")
    assert "No digit matches these filters" in said(app)
    app.button(key="no_filters").click().run()
    assert shown(app) == 10_000


def test_filters_by_answer_wait_for_the_training_digits_to_be_read() -> None:
    app = open_samples(outcome="wrong")
    assert "when the computation has finished" in said(app)
    app.button(key="no_filters").click().run()
    assert "of 60,000 digits" in said(app)


def test_a_model_that_was_deleted_meanwhile_gives_a_sentence(known: Answers, home: Path) -> None:
    folder = home / "blobs" / "models"
    folder.mkdir(parents=True)
    for kind in ("keras", "json"):
        shutil.copy(paths.SHIPPED_MODELS / f"two-conv-128.{kind}", folder / f"mine.{kind}")
    app = open_samples(model="mine")
    shutil.rmtree(folder)
    app.switch_page(str(PAGES / "samples.py")).run()
    assert "mine" in app.warning[0].value
    assert "This is pen." in app.warning[0].value
    app = open_samples(part="test", model="gone-by-now")
    assert "There is no network “gone-by-now”" in said(app)
    assert shown(app) == 10_000


# --- the other sections ------------------------------------------------------------------------------


def test_the_data_is_shown_as_the_tutorials_print_it(digits: mnist.Mnist) -> None:
    app = open_samples(section="data")
    code = app.code[0].value
    assert "x_train.shape, x_train.dtype\n((60000, 28, 28), dtype('uint8'))" in code
    assert "array([5, 0, 4, 1, 9, 2, 1, 3, 1, 4], dtype=uint8)" in code
    assert "Most frequent training digit: 1 (6,742). Rarest: 5 (5,421)." in said(app)
    app.number_input(key="pixels_of").set_value(7).run()
    assert f"| Mean | {digits.x_train[7].mean():.1f} | {digits.x_train[7].mean() / 255:.3f} |" in said(app)
    for key in ("examples_mean", "examples_spread", "examples_varied"):
        assert app.container(key=key).get("image")


def test_how_good_shows_the_figures_beside_another_models(known: Answers, outputs: dict[str, Any]) -> None:
    app = open_samples(section="quality")
    assert "| Accuracy | **98.85%** |" in said(app)
    app.selectbox(key="beside").select("pen").run()
    text = said(app)
    ours = zoo.find("pen").test_accuracy
    assert f"| Accuracy | **98.85%** | **{ours:.2%}** |" in text
    pen = answers.known(zoo.find("pen"), "test")
    assert pen is not None
    only = int((known.right & ~pen.right).sum()), int((pen.right & ~known.right).sum())
    assert f"Correct only for `{MODEL}`: {only[0]}. Correct only for `pen`: {only[1]}." in text
    assert "pen is better than two-conv-64-dropout" in text
    assert f"{(known.digits != pen.digits).sum()} digits with different answers" in text


def test_the_command_line_prints_every_metric_of_the_page(known: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", "--model", MODEL, "--beside", "pen", "--json"]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    app = open_samples(section="quality", beside="pen")
    text = said(app)
    cells = {
        row[0].strip("* "): [cell.strip("* ") for cell in row[1:]]
        for line in text.splitlines()
        if line.startswith("| ") and (row := line.strip("| ").split("|"))
    }
    figures = {name: column[0] for name, column in cells.items()}
    assert figures["Accuracy"] == f"{printed['accuracy']:.2%}"
    assert figures["95% interval"] == f"{printed['accuracy_low']:.2%} to {printed['accuracy_high']:.2%}"
    assert figures["Correct"] == f"{printed['right']:,} of {printed['n']:,}"
    assert figures["Top-2 accuracy"] == f"{printed['top_2']:.2%}"
    assert figures["Loss (cross-entropy)"] == f"{printed['loss']:.4f}"
    assert figures["Calibration error"] == f"{printed['calibration_error']:.4f}"
    assert figures["Answers “?”"] == f"{printed['refused']:,}"
    assert f"mean confidence {printed['confidence']:.2%}" in text
    for row in printed["per_class"]:
        shown = [f"{row['n']:,}", *(f"{row[name]:.2%}" for name in ("precision", "recall", "f1"))]
        assert cells[str(row["digit"])][:4] == shown

    confusion, reliability = (json.loads(chart.proto.spec)["data"] for chart in app.get("plotly_chart"))
    assert [int(n.replace(",", "") or 0) for n in confusion[1]["text"]] == [
        n for row in printed["confusion"] for n in row
    ]
    (drawn,) = [trace for trace in reliability if trace["name"] == MODEL]
    bins = [row for row in printed["reliability"] if row["n"]]
    for axis, name in (("x", "confidence"), ("y", "accuracy"), ("customdata", "n")):
        assert plain(drawn[axis]) == pytest.approx([row[name] for row in bins])

    beside = printed["beside"]
    assert f"only for `{MODEL}`: {beside['only_first']}. Correct only for `pen`: {beside['only_second']}." in text
    assert f"(McNemar's test, p = {beside['p']:.2g})" in text
    assert f"{beside['differ']:,} digits with different answers" in text


def plain(values: Any) -> list[float]:
    """Numbers of a plotly figure, which come as a list or packed."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()  # type: ignore[no-any-return]
    return list(values)


def test_held_out_digits_are_offered_where_the_card_names_them(known: Answers) -> None:
    app = open_samples(section="quality", beside="pen")
    app.segmented_control(key="on").set_value("held-out").run()
    assert "of 6,000" in said(app)
    assert any("pen cannot be compared on these digits" in info.value for info in app.info), "it held out others"
    app = open_samples(section="quality", model="pen", on="nothing")
    assert "on='nothing' in the address was ignored." in said(app)


def test_a_cell_of_the_confusion_matrix_shows_its_digits(known: Answers) -> None:
    app = open_samples(section="quality", cell="9-4")
    n = int(((known.labels == 9) & (known.digits == 4)).sum())
    assert f"**Label 9, answer 4**: {n} digits" in said(app)
    app.button(key="close_cell").click().run()
    assert "Label 9" not in said(app)
    assert "cell='9' in the address was ignored." in said(open_samples(section="quality", cell="9"))


def test_the_other_numbers_of_the_matrix_stay_when_a_cell_is_opened(known: Answers) -> None:
    app = open_samples(section="quality", cell="9-4")
    matrix = json.loads(app.get("plotly_chart")[0].proto.spec)
    numbers, clicks = matrix["data"]
    assert numbers["type"] == "heatmap", "numbers of a scatter fade where another point is chosen"
    assert numbers["text"][9][4] == str(((known.labels == 9) & (known.digits == 4)).sum())
    assert clicks["mode"] == "markers"
    (frame,) = matrix["layout"]["shapes"]
    assert (frame["x0"], frame["y0"]) == (3.5, 8.5)


def test_who_comes_back_from_another_page_finds_the_section_as_it_was(known: Answers) -> None:
    app = open_samples(section="quality", cell="9-4")
    app.switch_page(str(PAGES / "runs.py")).run()
    app.query_params.clear()
    app.switch_page(str(PAGES / "samples.py")).run()
    assert "**Label 9, answer 4**" in said(app)
    assert app.query_params["section"] == "quality"
    app.query_params.clear()
    app.query_params["number"] = "12"
    app.switch_page(str(PAGES / "runs.py")).run()
    app.query_params["number"] = "12"
    app.switch_page(str(PAGES / "samples.py")).run()
    assert "Training digit 12" in said(app), "a link to a digit opens that"


def test_a_filter_is_saved_with_a_name_and_evaluated_like_the_whole(
    known: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "browser", lambda: "a" * 64)
    app = open_samples(part="test", only="7", outcome="right", sure="0-60")
    app.text_input(key="slice_name_browse").input("right but below 60 %")
    app.button(key="slice_save_browse").click().run()
    assert "**Saved.**" in said(app)
    app.button(key="slice_open_browse").click().run()
    mine = (known.labels == 7) & known.right & (known.confidence < 0.6)
    assert f"right but below 60 %**: {mine.sum()} test digit" in said(app)
    assert f"Test · Label 7 · Correct · Confidence 0% to 60% · {MODEL}" in said(app)
    assert f"{MODEL} reads 0 of {mine.sum()} test digits wrong." in said(app)
    app.selectbox(key="beside").select("pen").run()
    pen = answers.known(zoo.find("pen"), "test")
    assert pen is not None
    assert f"| Correct | {mine.sum()} of {mine.sum()} | {pen.right[mine].sum()} of {mine.sum()} |" in said(app)
    app.button(key="delete_slice").click().run()
    assert f"reads {(~known.right).sum()} of 10,000" in said(app)
    assert "slice" not in app.query_params


def test_doubtful_labels_are_a_slice_with_the_evidence(known: Answers) -> None:
    assert "More networks must read the test digits first" in said(open_samples(section="quality", slice="doubtful"))
    app = open_samples(section="mistakes", view="doubtful")
    assert "need the answers of at least 3 networks" in said(app)
    third = zoo.find("two-conv-128")
    pen = answers.known(zoo.find("pen"), "test")
    assert pen is not None
    results.keep(answers.wanted(third, "test"), results.Result({"outputs": known.probabilities}))
    if third.network.gives_logits:
        pytest.fail("this network is expected to give probabilities")
    app.run()
    found = doubtful.doubts([known, pen, known])
    assert found
    assert f"**{len(found)} test digit" in said(app)
    table = app.dataframe[0].value
    assert table["Number"].tolist() == [one.number for one in found]
    assert table["Networks that agree"].tolist() == [f"{one.agree} of 3" for one in found]
    app.button(key="doubtful_on").click().run()
    assert f"**Doubtful labels**: {len(found)} test digit" in said(app)
    app.selectbox(key="slice").select("clean").run()
    assert f"of {10_000 - len(found):,} test digits wrong." in said(app)


def test_mistakes_mark_what_all_networks_get_wrong(known: Answers) -> None:
    app = open_samples(section="mistakes")
    pen = answers.known(zoo.find("pen"), "test")
    assert pen is not None
    both = int((~known.right & ~pen.right).sum())
    assert f"reads **{(~known.right).sum()}** of 10,000 test digits wrong" in said(app)
    assert f"**{both}** of them" in said(app)
    assert "by all 2 networks" in said(app)
    app.button(key="ask_others").click().run()
    assert not app.exception
    assert app.get("progress"), "the others are asked in the queue"


def test_would_you_have_known_compares_visitor_network_and_label(known: Answers) -> None:
    app = open_samples(section="game")
    game = app.session_state["game"]
    right = int(known.labels[game.numbers[0]])
    app.button(key=f"guess_{right}").click().run()
    assert f"**Correct**: label {right}." in said(app)
    assert "**2 of 10**, 1 correct so far." in said(app)
    theirs, label = known.digits[game.numbers[1]], known.labels[game.numbers[1]]
    app.button(key=f"guess_{theirs}").click().run()
    assert f"**Wrong**: you answered {theirs}, the label is {label}." in said(app)
    assert "**3 of 10**, 1 correct so far." in said(app)
    app.button(key="enough").click().run()
    assert "**You read 1 of 2 correctly.**" in said(app)
    assert "Same answer as the network: 1 time." in said(app)
    first = game.numbers[0]
    assert f"| {first:,} | {right} | {known.digits[first]} ✗ | **{right}** |" in said(app)
    app.button(key="again").click().run()
    assert "**1 of 10**" in said(app)


def test_robustness_shows_examples_at_once_and_curves_once_they_are_known() -> None:
    app = open_samples(section="robustness")
    assert "Robustness of two-conv-64-dropout: not computed yet" in said(app)
    assert len(app.container(key="examples_noise").get("image")) == 1
    wanted = robustness.wanted(zoo.find(MODEL))
    right = {way.name: [990, 980, 950, 890, 500, 100] for way in robustness.WAYS}
    results.keep(wanted, results.Result(facts={"digits": 1000, "right": right}))
    app.run()
    assert "two-conv-64-dropout falls below 90% at 0.35 (89%)" in said(app)


def chart(app: AppTest) -> dict[str, Any]:
    (found,) = app.get("plotly_chart")
    spec: dict[str, Any] = json.loads(found.proto.spec)
    return spec


def numbers(sent: Any) -> Any:
    """A trace's numbers, which plotly packs."""
    return np.frombuffer(base64.b64decode(sent["bdata"]), sent["dtype"])


def test_the_map_shows_mistakes_and_the_drawing_with_a_trail_of_its_strokes(known: Answers, seven: Drawing) -> None:
    app = open_samples(section="map")
    text = said(app)
    assert "5,000 test digits in layer `dense_1` of two-conv-64-dropout, by PCA" in text
    assert "appears on the map as a star" in text
    names = [trace["name"] for trace in chart(app)["data"]]
    assert sorted(set(names)) == [str(digit) for digit in range(10)]
    found = embedding.known(zoo.find(MODEL), "dense_1", "pca")
    assert found is not None

    two = Drawing((*seven.strokes, *seven.strokes), (*seven.widths, *seven.widths))
    app.session_state["held"] = Sent(1, True, two, None, "")
    app.run()
    (mine,) = [trace for trace in chart(app)["data"] if trace["name"] == "Your drawing"]
    assert mine["marker"]["symbol"] == ["circle"] * (len(two.strokes) - 1) + ["star"]
    assert mine["text"][-1] == "Your drawing"
    assert chart(app)["data"][-1] == mine, "it lies on top"
    assert {trace["type"] for trace in chart(app)["data"]} == {"scattergl"}, "other kinds lie below those of WebGL"
    rays, *_ = [trace for trace in chart(app)["data"] if trace["name"] == "Most similar digits"]
    drawn = prepare(two)[None]
    _, near = embedding.put(zoo.open_model(MODEL), found, drawn, 8)
    ends = found.places[near[0]]
    assert np.allclose(numbers(rays["x"])[1::3], ends[:, 0])
    assert np.allclose(numbers(rays["y"])[0::3], numbers(mine["y"])[-1])
    assert "not computed yet for this network" in said(app), "its neighbours are a job"


def test_a_layer_without_variation_gets_a_sentence_and_no_map(tmp_path: Path) -> None:
    from digitlab.backend import keras

    dead = keras.layers.Dense(8, activation="relu", bias_initializer=keras.initializers.Constant(-100), name="hidden")
    keras.Sequential([keras.Input((784,)), dead, keras.layers.Dense(10)]).save(tmp_path / "dead.keras")
    import_file(tmp_path / "dead.keras")
    for method in ("pca", "t-sne"):
        app = open_samples(section="map", model="dead", layer="hidden", method=method)
        assert not app.exception
        assert "`hidden` gives the same numbers for every digit: its units are dead. " in app.info[0].value
        assert "nan" not in said(app)
    with pytest.raises(ModelError, match="same numbers for every digit"):
        embedding.job(embedding.wanted(zoo.find("dead"), "hidden", "t-sne"), unheard)


def test_a_map_that_is_not_there_yet_is_waited_for_beside_the_one_that_is(known: Answers) -> None:
    app = open_samples(section="map", method="t-sne")
    assert "t-SNE map: not computed yet for this network" in said(app)
    assert "by PCA" in said(app)
    assert "layer='conv_9' in the address was ignored." in said(open_samples(section="map", layer="conv_9"))
