"""Every state of the pages, without a browser: what the server makes of what a browser would send."""

import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from streamlit.runtime.scriptrunner.script_runner import _clean_problem_modules
from streamlit.testing.v1 import AppTest
from tensorflow.python.eager import context

from benchmarks.nondigits import generate
from digitlab import home
from digitlab.drawing.link_text import pack
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import Drawing
from digitlab.networks import zoo
from digitlab.networks.predictor import energies
from harness.canvas import to_canvas
from harness.drawn import drawn

SHELL = str(home.ROOT / "digitlab/ui/shell.py")
PAGES = home.ROOT / "pages"


def open_page(name: str = "draw", **query: str) -> AppTest:
    app = AppTest.from_file(SHELL, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    if name != "draw":
        app.switch_page(str(PAGES / f"{name}.py")).run()
    assert not app.exception
    return app


def draw(app: AppTest, drawing: Drawing | dict[str, Any]) -> AppTest:
    """Send what the canvas sends after a stroke."""
    raw = to_canvas(drawing, "#ffffff") if isinstance(drawing, Drawing) else drawing
    app.session_state["pad"] = {"drawing": {"raw": raw, "data": None}, "backgroundFit": None}
    app.run()
    assert not app.exception
    return app


def answer(app: AppTest) -> str:
    """The answer's text; it begins with the digit, with "?", or with the invitation."""
    return " ".join(re.sub(r"<[^>]+>", " ", app.container(key="answer").html[0].value).split())


def pictures(app: AppTest, key: str) -> int:
    return len(app.container(key=key).get("image"))


def errors(app: AppTest) -> list[str]:
    return [error.value for error in app.error]


# --- the Draw page -----------------------------------------------------------------------------------


def test_empty_pad_invites_to_draw() -> None:
    app = open_page()
    assert answer(app).startswith("Draw a digit")
    assert pictures(app, "maps") == 0


def test_drawn_digit_is_read_with_bars_and_every_layers_maps(three: Drawing) -> None:
    app = draw(open_page(model="two-conv-128-dropout"), three)
    assert answer(app).startswith("3 ")
    bars = app.container(key="bars").html[0].value
    assert [int(digit) for digit in re.findall(r'data-digit="(\d)"', bars)] == list(range(10))
    assert sum(float(share) for share in re.findall(r"--share:([\d.]+)", bars)) == pytest.approx(1, abs=1e-3)
    layers = [layer for layer in zoo.find("two-conv-128-dropout").network.layers if layer.kind != "dropout"]
    assert pictures(app, "maps") == len(layers)


def test_first_layers_sentence_has_its_own_numbers(three: Drawing) -> None:
    app = draw(open_page(model="two-conv-128-dropout"), three)
    assert "26 = (28 + 2·0 − 3)/1 + 1" in app.container(key="layer_conv_1").html[0].value


def test_drawing_survives_another_page_and_another_model(three: Drawing) -> None:
    app = draw(open_page(), three)
    app.switch_page(str(PAGES / "samples.py")).run()
    app.switch_page(str(PAGES / "draw.py")).run()
    assert answer(app).startswith("3 ")
    app.selectbox(key="model_choice").select("two-conv-64-dropout").run()
    assert answer(app).startswith("3 ")
    assert app.query_params["model"] == "two-conv-64-dropout"


@pytest.mark.parametrize("name", ["two-conv-64-dropout", "hash"])
def test_model_in_the_url_is_chosen_by_name_or_hash(name: str) -> None:
    model = zoo.find("two-conv-64-dropout")
    app = open_page(model=model.hash if name == "hash" else name)
    assert app.selectbox(key="model_choice").value == model.name


def test_unknown_model_in_the_url_gives_a_sentence_and_another_model() -> None:
    app = open_page(model="no-such-model")
    assert "no-such-model" in app.warning[0].value
    assert "python" not in app.warning[0].value  # a reader of a link has no command line
    assert app.selectbox(key="model_choice").value


def test_no_model_at_all_gives_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(home, "SHIPPED_MODELS", tmp_path)
    (error,) = errors(open_page())
    assert error.startswith("There is no model 'pen'")
    assert "`make models`" in error


def test_link_shows_the_same_drawing(seven: Drawing) -> None:
    app = open_page(drawing=pack(seven))
    assert answer(app).startswith("7 ")
    assert app.query_params["drawing"] == pack(seven)


def test_link_leaves_the_address_when_the_drawing_changes(three: Drawing, seven: Drawing) -> None:
    app = draw(open_page(drawing=pack(seven)), three)
    assert answer(app).startswith("3 ")
    assert "drawing" not in app.query_params


def test_damaged_link_gives_a_sentence_and_an_empty_pad() -> None:
    app = open_page(drawing="damaged")
    assert errors(app) == ["The drawing in this link is damaged; ask for the link again."]
    assert answer(app).startswith("Draw")


def test_test_digit_in_the_url_is_shown() -> None:
    app = open_page(digit="0")
    assert answer(app).startswith("7 ")


@pytest.mark.parametrize("number", ["10000", "-1", "x", "²"])
def test_wrong_test_digit_in_the_url_gives_a_sentence(number: str) -> None:
    app = open_page(digit=number)
    assert "Their numbers are 0 to 9,999" in errors(app)[0]
    assert answer(app).startswith("Draw")


STRANGE = {
    "a dot": Drawing.of([[[140, 140]]], 18),
    "a scribble": Drawing.of([np.random.default_rng(0).uniform(0, 280, (3_000, 2))], 18),
    "two thousand strokes": Drawing.of(np.random.default_rng(1).uniform(0, 280, (2_000, 2, 2)), 18),
    "strokes outside": Drawing.of([[[-900, -900], [-300, 5_000]], [[5_000, 100], [5_100, 4_000]]], 18),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_drawing_gets_an_answer(name: str) -> None:
    app = draw(open_page(), STRANGE[name])
    assert re.match(r"[\d?] ", answer(app))
    assert not app.error


@pytest.mark.parametrize(
    "raw",
    [
        {"objects": [{"type": "Path", "path": [["X", 1]]}]},
        {"objects": [{"type": "Path", "path": [["M", 1, 1], ["L", 1e9, 1]]}]},
        {"objects": [{"type": "Path", "path": [["M", 1, 1], ["L", 2, 2]]}] * 6_000},
    ],
    ids=["no pen's path", "far away", "too many"],
)
def test_canvas_that_cannot_be_read_gives_a_sentence(raw: dict[str, Any]) -> None:
    app = draw(open_page(), raw)
    assert len(errors(app)) == 1
    assert answer(app).startswith("Draw")


def test_stages_are_shown_with_an_answer_each_and_every_step_can_be_switched_off(three: Drawing) -> None:
    app = draw(open_page(), three)
    app.session_state["becoming"] = True
    app.run()
    assert pictures(app, "stages") == 5
    assert all(re.search(r"read as|closest", text.value) for text in app.container(key="stages").markdown)
    for step in ("crop", "scale", "pen", "centre"):
        app.toggle(key=f"step_{step}").set_value(False)
    app.run()
    assert pictures(app, "stages") == 1
    assert "steps off: 4" in app.container(key="seen").caption[0].value


def test_the_slider_moves_the_line_between_a_digit_and_a_question_mark_in_the_panel_too() -> None:
    model = zoo.find(zoo.DEFAULT)
    cuts = [row["threshold"] for row in model.card["abstain"]["table"]]
    drawings = generate("letters C to p", 50, np.random.default_rng(0))
    found = energies(zoo.open_model(model.name).outputs(np.stack([prepare(drawing) for drawing in drawings])))
    between = drawings[int(np.flatnonzero((found > cuts[0]) & (found < cuts[-1]))[0])]
    app = draw(open_page(), between)
    app.session_state["becoming"] = True
    app.select_slider(key=f"cut_{model.hash}").set_value(cuts[-1]).run()
    assert not answer(app).startswith("?")
    assert "read as" in app.container(key="stages").markdown[-1].value
    app.select_slider(key=f"cut_{model.hash}").set_value(cuts[0]).run()
    assert answer(app).startswith("?")
    assert "**?**, closest" in app.container(key="stages").markdown[-1].value
    assert any("that this network reads correctly after each stage" in text.value for text in app.markdown)


def test_failure_in_a_part_of_the_page_is_logged_and_never_shown(
    three: Drawing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(zoo, "open_model", lambda name: 1 / 0)
    app = draw(open_page(), three)
    assert len(errors(app)) == 1
    assert "ZeroDivisionError" not in errors(app)[0]
    assert "ZeroDivisionError" in caplog.text


# --- the other pages ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["layers", "samples", "train", "runs"])
def test_page_opens(name: str) -> None:
    app = open_page(name)
    assert app.title[0].value
    assert not app.error


def test_layers_show_the_pads_drawing(three: Drawing) -> None:
    app = draw(open_page(), three)
    app.switch_page(str(PAGES / "layers.py")).run()
    assert any("answers **3**" in text.value for text in app.markdown)


def test_every_recipe_has_its_command() -> None:
    from digitlab.training.recipes import RECIPES

    app = open_page("train")
    app.session_state["part_menu_book"] = True
    for name in RECIPES:
        app.button(key=f"choose_{name}").click().run()
        assert not app.exception
        assert app.query_params["recipe"] == name
        assert f"python -m digitlab train {name}" in [code.value for code in app.code]


def test_a_script_run_leaves_the_network_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    draw(open_page(), drawn("three"))
    emptied: list[str] = []
    monkeypatch.setattr(context.context(), "clear_kernel_cache", lambda: emptied.append("kernels"))
    _clean_problem_modules()  # what Streamlit does after every run
    assert emptied == [], "the compiled kernels stay"
    keras.utils.clear_session(free_memory=False)
    assert emptied == ["kernels"], "this is what would have been done"
