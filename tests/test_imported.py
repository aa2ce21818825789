"""Keras models from elsewhere: what is read off them, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitlab import home
from digitlab.insight.attribution import explainer, target
from digitlab.insight.overlay import attribution_picture
from digitlab.networks import zoo
from digitlab.networks.graph import Network
from digitlab.networks.imported import read_network
from digitlab.networks.layers import Other
from digitlab.networks.untrained import untrained
from tests.networks import NETWORKS, pictures, random_model
from tests.test_cli import run
from tests.test_layers_page import opened
from tests.test_pages import errors, open_page


@pytest.mark.parametrize("name", NETWORKS)
def test_a_graph_gives_back_the_records_it_was_built_from(name: str) -> None:
    network, model = random_model(name)
    found = read_network(model)
    assert [layer.kind for layer in found.layers] == [layer.kind for layer in network.layers]
    assert (found.shapes, found.parameters) == (network.shapes, network.parameters)
    assert [layer.inputs for layer in found.layers] == [layer.inputs for layer in network.layers]
    assert found == network


def own_model(*middle: Any) -> Any:
    from digitlab.backend import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(4, 3, activation="relu", name="first"),
            *middle,
            layers.Flatten(),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )


def test_an_imported_model_is_read_shown_and_explained(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from digitlab.backend import keras

    model = own_model(keras.layers.LeakyReLU(name="leaky"), keras.layers.SeparableConv2D(3, 3, name="separable"))
    model.save(tmp_path / "My Own.keras")
    code, out, _ = run(capsys, "import", str(tmp_path / "My Own.keras"), "--json")
    card = json.loads(out)
    assert (code, card["name"], card["parameters"]) == (0, "my-own", model.count_params())
    found = zoo.open_model("my-own")
    assert found.probabilities(pictures(5)) == pytest.approx(model(pictures(5)[..., None]).numpy(), abs=1e-5)
    network = Network.from_records(card["network"])
    assert [layer.name for layer in network.layers if isinstance(layer, Other)][:2] == ["leaky", "separable"]
    assert not network.gives_logits
    app = open_page("layers", model="my-own", layer="separable")
    assert not errors(app)
    assert "A SeparableConv2D, which this project does not describe" in opened(app)
    app.segmented_control(key="part").set_value("Why this answer").run()
    assert not app.exception
    assert not errors(app)
    for page in ("draw", "samples", "runs", "train"):
        app = open_page(page, model="my-own")
        assert not errors(app), page
    code, _, err = run(capsys, "import", str(tmp_path / "My Own.keras"))
    assert code == 2
    assert "There is a model 'my-own' already" in err


def refused(tmp_path: Path) -> dict[str, str]:
    from digitlab.backend import keras

    layers = keras.layers
    keras.Sequential([keras.Input((32, 32, 3)), layers.Flatten(), layers.Dense(10)]).save(tmp_path / "big.keras")
    own_model(layers.Lambda(lambda x: x + 1)).save(tmp_path / "code.keras")
    (tmp_path / "damaged.keras").write_bytes((tmp_path / "big.keras").read_bytes()[:900])
    (tmp_path / "model.h5").write_bytes(b"x")
    return {
        "big.keras": "it has 32×32×3 and 10",
        "code.keras": "cannot be opened safely",
        "damaged.keras": "cannot be opened safely",
        "model.h5": "is not a .keras file",
        "nothing.keras": "is not there",
    }


def test_what_cannot_be_imported_is_said_in_one_line_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name, said in refused(tmp_path).items():
        code, out, err = run(capsys, "import", str(tmp_path / name))
        assert (code, out) == (2, ""), name
        assert said in err, name
        assert err.count("\n") == 1
    assert not list(home.trained_models().glob("*"))


def test_explain_writes_the_very_picture_of_the_page(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    Image.fromarray((pictures(1)[0] * 255).astype(np.uint8)).save(tmp_path / "seven.png")
    from digitlab.drawing.source import read_file

    image = read_file(tmp_path / "seven.png")
    made = explainer(zoo.open_model("two-conv-64-dropout"))
    for method in ("grad-cam", "integrated-gradients"):
        out = tmp_path / f"{method}.png"
        options = ["--method", method, "--model", "two-conv-64-dropout", "--digit", "7", "--out", str(out)]
        code, _, _ = run(capsys, "explain", str(tmp_path / "seven.png"), *options)
        assert code == 0
        wanted = attribution_picture(made.explain(method, image, target(7)), image)
        assert (np.asarray(Image.open(out)) == np.asarray(wanted)).all()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["nothing.png", "--out", "x.png"], "nothing.png cannot be read"),
        (["three.json", "--out", "x.jpg"], "must end with .png"),
        (["three.json", "--out", "no/such/x.png"], "x.png cannot be written"),
        (["three.json", "--out", "x.png", "--layer", "dense_1"], "needs a layer with maps"),
        (["three.json", "--out", "x.png", "--layer", "conv_1", "--method", "occlusion"], "--layer is for grad-cam"),
    ],
)
def test_what_cannot_be_explained_is_said_in_one_line(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "three.json").write_text((Path(__file__).parent / "strokes/three.json").read_text())
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "explain", *options)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".png"] == []


def test_an_untrained_network_is_the_same_each_time_and_knows_nothing() -> None:
    model = zoo.find("two-conv-64-dropout")
    first = untrained(model)
    second = model.network.build()
    assert first.network == model.network
    assert not np.allclose(first.model.get_weights()[0], second.get_weights()[0])
    untrained.__globals__["_untrained"].cache_clear()
    again = untrained(model)
    assert all((a == b).all() for a, b in zip(first.model.get_weights(), again.model.get_weights(), strict=True))


def test_two_networks_stand_side_by_side() -> None:
    app = open_page("layers", model="two-conv-64-dropout", part="Two networks", layer="conv_2")
    assert not errors(app)
    left, right = (app.container(key=f"two_{side}") for side in ("left", "right"))
    assert "reads **7**, >" in left.markdown[0].value
    assert "`conv_2` 11×11×64" in right.markdown[1].value
    app.selectbox(key="second").select("pen").run()
    assert not app.exception
    assert "reads **7**" in app.container(key="two_right").markdown[0].value
