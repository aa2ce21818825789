"""The page /layers, without a browser: what the server makes of links and of what the components send."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from digitlab.drawing.strokes import Drawing
from digitlab.insight.attribution import METHODS
from digitlab.networks import zoo
from digitlab.networks.graph import Network
from digitlab.networks.layers import Conv, Dense, Flatten, MaxPool
from digitlab.ui.layers.layer import origin
from digitlab.ui.layers.plan import Cell, cells
from harness.networks import NETWORKS
from tests.test_pages import PAGES, draw, errors, open_page


def opened(app: AppTest) -> str:
    return str(app.container(key="opened_layer").markdown[0].value)


def test_link_opens_a_layer_and_a_channel_and_says_its_arithmetic() -> None:
    app = open_page("layers", model="two-conv-128", layer="conv_2", channel="5")
    assert "`conv_2` 11×11×64" in opened(app)
    assert "11 = (13 + 2·0 − 3)/1 + 1" in opened(app)
    assert (app.query_params["layer"], app.query_params["channel"]) == ("conv_2", "5")
    assert not app.warning


@pytest.mark.parametrize("channel", ["64", "-1", "x", "²", "9" * 400])
def test_channel_that_is_not_there_gives_a_sentence_and_the_first_one(channel: str) -> None:
    app = open_page("layers", model="two-conv-128", layer="conv_2", channel=channel)
    assert "numbered from 0 to 63" in app.warning[0].value
    assert app.query_params["channel"] == "0"


def test_layer_that_is_not_there_gives_a_sentence_and_another() -> None:
    app = open_page("layers", model="two-conv-128", layer="conv_9")
    assert "no layer 'conv_9'" in app.warning[0].value
    assert "`conv_1`" in opened(app)


def test_another_model_keeps_quiet_about_a_layer_it_has_not(three: Drawing) -> None:
    app = draw(open_page(model="pen"), three)
    app.switch_page(str(PAGES / "layers.py")).run()
    app.query_params["layer"] = "batch_norm_2"
    app.run()
    assert "`batch_norm_2`" in opened(app)
    app.selectbox(key="model_choice").select("two-conv-128").run()
    assert not app.exception
    assert "`conv_1`" in opened(app)
    assert not app.warning


def test_every_layer_of_every_shipped_model_opens() -> None:
    for model in zoo.models():
        app = open_page("layers", model=model.name)
        for name in ("input", model.network.layers[0].name, model.network.layers[-1].name):
            app.query_params["layer"] = name
            app.run()
            assert not app.exception
            assert not errors(app)
            assert f"`{name}`" in opened(app)


def test_chain_is_one_row_and_a_shortcut_stands_below() -> None:
    chain = cells(Network(NETWORKS["tutorial"]))
    assert [(cell.column, cell.row) for cell in chain.values()] == [(k, 0) for k in range(len(chain))]
    branching = cells(Network(NETWORKS["residual"]))
    assert branching["shortcut"] == Cell(branching["third"].column, 1)
    assert branching["last_sum"].column == branching["third_norm"].column + 1
    assert len(set(branching.values())) == len(branching), "no two tiles lie on one another"


def test_numbers_of_a_dense_layer_are_traced_back_to_the_maps() -> None:
    network = Network(
        (Conv(filters=4, kernel=3), MaxPool(), Flatten(), Dense(units=20, activation="relu"), Dense(units=10))
    )
    found = {layer.name: origin(network, layer) for layer in network.layers}
    assert found["flatten_1"] == found["dense_1"] == (13, 13, 4)
    assert found["dense_2"] is None


def test_only_what_changes_each_number_by_itself_follows_a_layer() -> None:
    network = Network(NETWORKS["residual"])
    assert [layer.name for layer in network.followers("first")] == ["first_norm", "first_relu"]
    assert [layer.name for layer in network.followers("conv_1")] == ["batch_norm_1", "relu_1"]
    assert network.followers("relu_1") == [], "two layers read it"
    assert [layer.name for layer in network.followers("last_sum")] == ["dropout_1", "relu_4"]


def test_the_drawing_and_its_answer_are_named(three: Drawing) -> None:
    app = draw(open_page(), three)
    app.switch_page(str(PAGES / "layers.py")).run()
    assert any(re.search(r"answers \*\*3\*\*", text.value) for text in app.markdown)


def test_every_question_about_the_answer_is_answered(three: Drawing) -> None:
    app = draw(open_page(model="two-conv-64-dropout"), three)
    app.switch_page(str(PAGES / "layers.py")).run()
    app.segmented_control(key="part_choice").set_value("why").run()
    assert not errors(app)
    for method in METHODS:
        assert len(app.container(key=f"method_{method}").get("image")) == 1
    assert "Sum of the map" in app.container(key="method_integrated-gradients").markdown[1].value
    for question, key, said in (
        ("stroke", "why_stroke", "left out in turn"),
        ("rather", "why_rather", "evidence for **3** rather than"),
        ("change", "why_change", "local minimum"),
    ):
        app.segmented_control(key="why_choice").set_value(question).run()
        assert not app.exception
        assert not errors(app)
        assert any(said in text.value for text in app.container(key=key).markdown), question


def test_a_test_digit_has_no_strokes_to_leave_out_whatever_words_the_address_has() -> None:
    app = open_page("layers", part="Why this answer", why="Which stroke did it")
    assert "Only a drawing has strokes" in app.info[0].value
    assert "Only a drawing has strokes" in open_page("layers", part="why", why="stroke").info[0].value


def test_channel_is_climbed_and_switched_off_where_a_panel_is_open() -> None:
    app = open_page("layers", model="two-conv-64-dropout", layer="conv_1", channel="3")
    assert not app.get("multiselect"), "a closed panel computes nothing"
    app.session_state["channel_seeks"] = app.session_state["channels_off"] = True
    app.run()
    assert not app.exception
    assert not errors(app)
    assert len(app.container(key="ascent").get("image")) == 7
    assert "next in the queue" in app.get("progress")[0].proto.text, "the favourites are asked for without a click"
    (table,) = [text.value for text in app.markdown if "Accuracy on 1,000" in text.value]
    before, after = [float(cell.strip(" %")) for cell in table.splitlines()[-1].split("|")[2:4]]
    assert 90 < after <= before <= 100
    app.multiselect[0].set_value([]).run()
    assert any("at least one" in text.value for text in app.caption)


def test_filter_in_the_address_is_kept_or_named_as_wrong() -> None:
    app = open_page("layers", part="Try a filter", filter="blur_5_1_same_none")
    assert not errors(app)
    assert app.query_params["filter"] == "blur_5_1_same_none"
    app = open_page("layers", part="filter", filter="<script>")
    assert "is not valid" in app.warning[0].value
