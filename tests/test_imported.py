"""Keras models from elsewhere: what is read off them, and what is refused."""

import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitlab import home
from digitlab.data import mnist
from digitlab.errors import ModelError
from digitlab.insight.attribution import explainer, target
from digitlab.insight.overlay import attribution_picture
from digitlab.networks import zoo
from digitlab.networks.found import Found
from digitlab.networks.graph import Network
from digitlab.networks.imported import import_file
from digitlab.networks.layers import LeakyRelu, Other
from digitlab.networks.predictor import Predictor
from digitlab.networks.reading import read_network
from digitlab.networks.rebuilt import checked_code
from digitlab.networks.untrained import untrained
from harness import kept_files
from harness.networks import NETWORKS, pictures, random_model
from tests.test_cli import run
from tests.test_layers_page import opened
from tests.test_pages import errors, open_page


@pytest.mark.parametrize("name", NETWORKS)
def test_a_graph_gives_back_the_records_it_was_built_from(name: str) -> None:
    network, model = random_model(name)
    found = read_network(model)
    assert (found.shapes.keys(), found.parameters) == (network.shapes.keys(), network.parameters)
    # Keras' own order of branches is another one, as right.
    assert {layer.name: layer for layer in found.layers} == {layer.name: layer for layer in network.layers}


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

    model = own_model(keras.layers.PReLU(name="own"), keras.layers.SeparableConv2D(3, 3, name="separable"))
    model.save(tmp_path / "My Own.keras")
    code, out, _ = run(capsys, "import", str(tmp_path / "My Own.keras"), "--json")
    card = json.loads(out)
    assert (code, card["name"], card["parameters"]) == (0, "my-own", model.count_params())
    found = zoo.open_model("my-own")
    assert found.probabilities(pictures(5)) == pytest.approx(model(pictures(5)[..., None]).numpy(), abs=1e-5)
    network = Network.from_records(card["network"])
    assert [layer.name for layer in network.layers if isinstance(layer, Other)] == ["own"]
    assert not network.gives_logits
    app = open_page("layers", model="my-own", layer="own")
    assert not errors(app)
    assert "A layer of the class PReLU" in opened(app)
    assert "The output is probabilities." in app.get("popover")[-1].markdown[0].value
    app.segmented_control(key="part_choice").set_value("why").run()
    assert not app.exception
    assert not errors(app)
    for page in ("draw", "samples", "runs", "train"):
        app = open_page(page, model="my-own")
        assert not errors(app), page
    code, _, err = run(capsys, "import", str(tmp_path / "My Own.keras"))
    assert code == 2
    assert "There is a model 'my-own' already" in err


@lru_cache
def teacher() -> tuple[Any, Any]:
    """Weights [784, 10] and biases [10], found in closed form, of a network that reads some 85 % of the digits."""
    data = mnist.load()
    given = np.pad(data.x_train[:4000].reshape(4000, -1) / 255, ((0, 0), (0, 1)), constant_values=1)
    wanted = np.eye(10)[data.y_train[:4000]]
    found = np.linalg.solve(given.T @ given + 3 * np.eye(785), given.T @ wanted)
    return 20 * found[:-1].astype(np.float32), 20 * found[-1].astype(np.float32)


def last(**settings: Any) -> Any:
    """A dense layer that will have the teacher's weights."""
    from digitlab.backend import keras

    return keras.layers.Dense(10, name="last", **settings)


def taught(model: Any) -> Any:
    model.get_layer("last").set_weights(teacher())
    return model


def sequential(shape: tuple[int, ...], *layers: Any) -> Any:
    from digitlab.backend import keras

    return taught(keras.Sequential([keras.Input(shape), *layers]))


def nested() -> Any:
    from digitlab.backend import keras

    inner = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.ReLU(name="ink")], name="inner")
    return sequential((28, 28, 1), inner, keras.layers.Flatten(), last())


def divided() -> Any:
    from digitlab.backend import keras

    pixels = keras.Input((28, 28, 1))
    return taught(keras.Model(pixels, last()(keras.layers.Flatten()(pixels / 255.0))))


def turned() -> Any:
    """A number less the pixels: 1 − x."""
    from digitlab.backend import keras

    pixels = keras.Input((28, 28, 1))
    return taught(keras.Model(pixels, last()(keras.layers.Flatten()(1.0 - pixels))))


def shared() -> Any:
    """One dense layer reads the picture twice; the sum of both is halved."""
    from digitlab.backend import keras

    pixels = keras.Input((28, 28))
    row, reads = keras.layers.Flatten()(pixels), last(activation="linear")
    both = keras.layers.Add()([reads(row), reads(keras.layers.Dropout(0.5)(row))])
    return taught(keras.Model(pixels, keras.layers.Rescaling(0.5)(both)))


def two_outputs() -> Any:
    from digitlab.backend import keras

    pixels = keras.Input((784,))
    return taught(keras.Model(pixels, [last()(pixels), keras.layers.Dense(10, name="other")(pixels)]))


def forms() -> dict[str, tuple[Callable[[], Any], tuple[str, ...]]]:
    """Models that read as the teacher does once they are fed as they want it, with what is said of each."""
    from digitlab.backend import keras

    layers = keras.layers
    flat, maps = layers.Flatten, (28, 28, 1)
    mean = layers.Conv2D(1, 1, kernel_initializer="ones", use_bias=False)
    return {
        "row": (lambda: sequential((784,), last(activation="softmax")), ("784 numbers", "The output is probabilities")),
        "rows": (lambda: sequential((28, 28), flat(), last()), ("The input is 28×28.", "The output is logits")),
        "first": (lambda: sequential((1, 28, 28), flat(), last(activation="sigmoid")), ("1×28×28", "do not add up")),
        "wide": (lambda: sequential((32, 32, 1), layers.Cropping2D(2), flat(), last()), ("32×32 with a border of 2",)),
        "bytes": (lambda: sequential(maps, layers.Rescaling(1 / 255), flat(), last()), ("Input pixels: 0 to 255",)),
        "dark": (
            lambda: sequential(maps, layers.Rescaling(-1 / 255, 1), flat(), last()),
            ("255, dark ink on a light",),
        ),
        "divided": (divided, ("Input pixels: 0 to 255",)),
        "turned": (turned, ("dark ink on a light ground",)),
        "square": (lambda: sequential((784,), last(), layers.Softmax(), layers.Reshape((1, 10))), ("probabilities",)),
        "nested": (nested, ("nested models are listed among the others: inner",)),
        "varied": (
            lambda: sequential(maps, layers.RandomRotation(0.1), layers.GaussianNoise(0.2), flat(), last()),
            ("only during training: random_rotation, gaussian_noise",),
        ),
        "shared": (shared, ("last is used more than once. last_2 has the same weights",)),
        "coloured": (lambda: sequential((28, 28, 3), mean, layers.Rescaling(1 / 3), flat(), last()), ("28×28×3.",)),
    }


def test_whatever_a_model_takes_it_is_fed_and_reads_as_it_should(tmp_path: Path) -> None:
    kernel, bias = teacher()
    data = mnist.load()
    answers = mnist.scaled(data.x_test).reshape(-1, 784) @ kernel + bias
    wanted = float((answers.argmax(axis=1) == data.y_test).mean())
    assert wanted > 0.8
    for name, (make, said) in forms().items():
        make().save(tmp_path / f"{name}.keras")
        card = import_file(tmp_path / f"{name}.keras")
        assert card["test"]["accuracy"] == pytest.approx(wanted, abs=2e-4), name
        text = " ".join(map(str, Found.from_card(json.loads(json.dumps(card["found"]))).sentences()))
        for part in said:
            assert part in text, (name, text)
        assert card["parameters"] == 7850 + 3 * (name == "coloured"), name
        predictor = zoo.open_model(name)
        assert checked_code(predictor) is not None, name


def test_a_model_with_several_outputs_is_asked_which(tmp_path: Path) -> None:
    two_outputs().save(tmp_path / "two.keras")
    with pytest.raises(ModelError, match="several outputs with ten numbers: last, other"):
        import_file(tmp_path / "two.keras")
    with pytest.raises(ModelError, match="no output 'third'"):
        import_file(tmp_path / "two.keras", output="third")
    card = import_file(tmp_path / "two.keras", output="last")
    assert card["test"]["accuracy"] > 0.8
    assert "2 outputs. last is shown; other are left out." in " ".join(
        map(str, Found.from_card(card["found"]).sentences())
    )


def test_a_file_is_known_by_what_it_holds(tmp_path: Path) -> None:
    sequential((784,), last()).save(tmp_path / "old.h5")
    shutil.copyfile(tmp_path / "old.h5", tmp_path / "renamed.keras")
    assert import_file(tmp_path / "renamed.keras")["found"]["form"] == "H5"


@pytest.mark.parametrize("name", NETWORKS)
def test_code_is_shown_that_makes_the_very_network(name: str) -> None:
    network, model = random_model(name)
    code = checked_code(Predictor(model, network))
    assert code is not None
    assert code == network.code(named=True)


def test_code_that_makes_another_network_is_not_shown() -> None:
    from digitlab.backend import keras

    model = own_model(keras.layers.Rescaling(-1.0), keras.layers.LeakyReLU(0.5, name="leaky"))
    right = read_network(model)
    assert checked_code(Predictor(model, right)) is not None
    wrong = [replace(layer, slope=0.1) if isinstance(layer, LeakyRelu) else layer for layer in right.layers]
    assert checked_code(Predictor(model, Network(tuple(wrong)))) is None


def refused(tmp_path: Path) -> dict[str, str]:
    from digitlab.backend import keras

    layers = keras.layers
    keras.Sequential([keras.Input((20, 20, 3)), layers.Flatten(), layers.Dense(10)]).save(tmp_path / "small.keras")
    keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(9)]).save(tmp_path / "nine.keras")
    own_model(layers.Lambda(lambda x: x + 1)).save(tmp_path / "code.keras")
    (tmp_path / "damaged.keras").write_bytes((tmp_path / "nine.keras").read_bytes()[:900])
    (tmp_path / "text.h5").write_bytes(b"x")
    own_model().save_weights(tmp_path / "alone.weights.h5")
    with zipfile.ZipFile(tmp_path / "keras2.keras", "w") as file:
        file.writestr("metadata.json", json.dumps({"keras_version": "2.15.0"}))
        file.writestr("config.json", json.dumps({"class_name": "Sequential", "config": {"layers": []}}))
    with zipfile.ZipFile(tmp_path / "torch.pt", "w") as file:
        file.writestr("model/data.pkl", b"")
    (tmp_path / "saved").mkdir()
    return {
        "small.keras": "takes 20×20×3. A model must take an image of 28×28 to 64×64",
        "nine.keras": "must give 10 numbers, one for each digit. Sizes of its outputs: 9",
        "code.keras": "cannot be opened safely: a Lambda layer is code",
        "damaged.keras": "cannot be opened safely: the file is damaged",
        "text.h5": "is not a Keras model",
        "alone.weights.h5": "holds weights without layers",
        "keras2.keras": "was written by Keras 2 (2.15.0)",
        "torch.pt": "is a PyTorch file",
        "saved": "is a folder, as TensorFlow's SavedModel is",
        "nothing.keras": "is missing",
    }


def test_what_cannot_be_imported_is_said_in_one_line_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name, said in refused(tmp_path).items():
        code, out, err = run(capsys, "import", str(tmp_path / name))
        assert (code, out) == (2, ""), name
        assert said in err, name
        assert err.count("\n") == 1
    assert not list(kept_files.models().glob("*"))


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
    (tmp_path / "three.json").write_text((home.ROOT / "harness/drawings/three.json").read_text())
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
    assert "Answer: **7**, confidence >" in left.markdown[0].value
    assert "`conv_2` 11×11×64" in right.markdown[1].value
    app.selectbox(key="second_choice").select("pen").run()
    assert not app.exception
    assert "Answer: **7**" in app.container(key="two_right").markdown[0].value
