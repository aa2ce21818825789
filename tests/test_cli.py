import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from digitlab import cli, home
from digitlab.data.mnist import Mnist

STROKES = Path(__file__).with_name("strokes")
README = home.ROOT / "README.md"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_predict_reads_strokes_and_pictures(capsys: pytest.CaptureFixture[str], tmp_path: Path, digits: Mnist) -> None:
    picture = tmp_path / "seven.png"
    Image.fromarray(digits.x_test[0]).save(picture)
    code, out, _ = run(capsys, "predict", str(STROKES / "three.json"), str(picture), "--json")
    results = json.loads(out)
    assert code == 0
    assert [result["digit"] for result in results] == [3, 7]
    assert sum(results[0]["probabilities"]) == pytest.approx(1, abs=1e-4)


def test_predict_prints_a_line_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "predict", str(STROKES / "three.json"))
    assert code == 0
    assert out.startswith("3 ")
    assert out.count("\n") == 1


def test_models_lists_name_and_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "models", "--json")
    assert code == 0
    assert "two-conv-128-dropout" in {row["name"] for row in json.loads(out)}


def test_train_writes_a_model_that_can_be_used(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    code, out, _ = run(
        capsys, "train", "two-conv-64-dropout", "--epochs", "1", "--batch-size", "2000", "--seed", "3", "--json"
    )
    card = json.loads(out)
    assert code == 0
    assert card["command"] == "python -m digitlab train two-conv-64-dropout --batch-size 2000 --epochs 1 --seed 3"
    assert card["settings"]["seed"] == 3
    assert (home / "models" / f"{card['name']}.keras").is_file()
    code, out, _ = run(capsys, "evaluate", "--model", card["name"], "--json")
    assert json.loads(out)["accuracy"] == pytest.approx(card["test"]["accuracy"], abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["predict", "nothing.png"], "nothing.png cannot be read"),
        (["predict", str(README)], "README.md"),
        (["evaluate", "--model", "nobody"], "no model 'nobody'"),
        (["score", "nothing.npz"], "nothing.npz is not there"),
        (["train", "alexnet"], "no recipe 'alexnet'"),
        (["train", "two-conv-128", "--batch-size", "0"], "batch size must be a whole number from 1 to 4,096; it is 0"),
        (["train", "two-conv-128", "--learning-rate", "nan"], "learning rate must be a number"),
    ],
)
def test_bad_input_ends_with_one_line_and_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_damaged_stroke_files_are_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name, content in {"cut.json": '{"strokes": [[[1,', "deep.json": "[" * 100_000, "list.json": "[1]"}.items():
        (tmp_path / name).write_text(content)
        code, _, err = run(capsys, "predict", str(tmp_path / name))
        assert code == 2
        assert name in err


def test_every_command_and_recipe_stands_in_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    from digitlab.training.recipes import RECIPES

    text = README.read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    commands = re.findall(r"^ {4}(\w+)", capsys.readouterr().out, re.MULTILINE)
    assert {"predict", "supervise"} <= set(commands)
    for name in [*RECIPES, *(f"digitlab {command}" for command in commands)]:
        assert name in text


def test_a_picture_can_come_from_any_format(capsys: pytest.CaptureFixture[str], tmp_path: Path, digits: Mnist) -> None:
    image = Image.fromarray(255 - digits.x_test[0]).resize((280, 280)).convert("RGB")
    for extension in ("png", "jpg", "webp"):
        data = io.BytesIO()
        image.save(data, {"jpg": "jpeg"}.get(extension, extension))
        (tmp_path / f"seven.{extension}").write_bytes(data.getvalue())
    files = [str(path) for path in sorted(tmp_path.glob("seven.*"))]
    _, out, _ = run(capsys, "predict", *files, "--json")
    assert [result["digit"] for result in json.loads(out)] == [7, 7, 7]
