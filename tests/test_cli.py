import io
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from digitlab import cli, home
from digitlab.data.mnist import Mnist
from harness.drawn import STROKES

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


def test_predict_answers_for_the_good_file_and_names_the_bad_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good, bad = str(STROKES / "three.json"), tmp_path / "notes.png"
    bad.write_text("no picture")
    code, out, err = run(capsys, "predict", good, str(bad), "nothing.png")
    assert code == 2
    assert out.startswith("3 ")
    assert out.count("\n") == 1
    assert [line.split()[1] for line in err.splitlines()] == ["notes.png", "nothing.png"]

    code, out, _ = run(capsys, "predict", str(bad), good, "--json")
    first, second = json.loads(out)
    assert code == 2
    assert set(first) == {"file", "error"}
    assert first["error"].startswith("notes.png is not a PNG")
    assert second["digit"] == 3


def test_predict_reads_every_digit_of_a_picture_in_its_order(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, digits: Mnist
) -> None:
    page = Image.new("L", (700, 200), 255)
    for number in range(4):  # MNIST's test digits begin 7, 2, 1, 0
        page.paste(Image.fromarray(255 - digits.x_test[number]).resize((112, 112)), (40 + 150 * number, 40))
    page.save(tmp_path / "number.png")
    code, out, _ = run(capsys, "predict", str(tmp_path / "number.png"), "--json")
    results = json.loads(out)
    assert code == 0
    assert [row["digit"] for row in results] == [7, 2, 1, 0]
    for number, row in enumerate(results):
        left, top, right, bottom = row["box"]
        assert 40 + 150 * number < left < right < 152 + 150 * number
        assert 40 < top < bottom < 152
    _, out, _ = run(capsys, "predict", str(tmp_path / "number.png"))
    assert [line[0] for line in out.splitlines()] == ["7", "2", "1", "0"]


def test_the_command_line_speaks_the_language_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ["models", "--json"]
    english = run(capsys, *model)
    monkeypatch.setenv("LC_ALL", "zh_TW.UTF-8")
    assert "個參數" in run(capsys, "models")[1]
    assert "个参数" in run(capsys, "models", "--lang", "zh-Hans")[1]
    assert " parameters" in run(capsys, "models", "--lang", "en")[1]
    assert run(capsys, *model) == run(capsys, *model, "--lang", "zh-Hans") == english
    for arguments, heading, wrong in (
        (["--lang", "zh-Hans"], "用法：", "缺少必需的参数：FILE"),
        ([], "用法：", "缺少必要的引數：FILE"),
        (["--lang", "en"], "usage: ", "the following arguments are required: FILE"),
    ):
        with pytest.raises(SystemExit):
            cli.main(["predict", *arguments])
        said = capsys.readouterr().err
        assert said.startswith(heading)
        assert wrong in said


def test_every_command_explains_itself_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("app", "predict", "evaluate", "score", "search", "runs", "storage", "import"):
        with pytest.raises(SystemExit):
            cli.main([command, "--lang", "zh-Hant", "--help"])
        help_texts = [line for line in capsys.readouterr().out.splitlines() if re.match(r" {2}\S+.* {2,}\S", line)]
        assert all(re.search("[\u4e00-\u9fff]", line) for line in help_texts), command


def test_models_lists_name_and_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "models", "--json")
    assert code == 0
    assert "two-conv-128-dropout" in {row["name"] for row in json.loads(out)}


def test_whoever_reads_may_have_read_enough() -> None:
    command = [sys.executable, "-m", "digitlab", "models"]
    with subprocess.Popen(command, cwd=home.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.close()
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, b"")


def test_train_writes_a_model_that_can_be_used(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    code, out, _ = run(
        capsys, "train", "two-conv-64-dropout", "--epochs", "1", "--train-size", "4000", "--seed", "3", "--json"
    )
    card = json.loads(out)
    assert code == 0
    assert card["command"] == "python -m digitlab train two-conv-64-dropout --epochs 1 --train-size 4000 --seed 3"
    assert card["settings"]["seed"] == 3
    assert (home / "blobs" / "models" / f"{card['name']}.keras").is_file()
    code, out, _ = run(capsys, "evaluate", "--model", card["name"], "--json")
    assert json.loads(out)["accuracy"] == pytest.approx(card["test"]["accuracy"], abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["predict", "nothing.png"], "nothing.png cannot be read"),
        (["predict", str(README)], "README.md"),
        (["app", "--port", "65536"], "port must be a whole number from 1 to 65535; it is 65536"),
        (["app", "--address", "192.0.2.1"], "cannot listen on 192.0.2.1, port 8501"),
        (["evaluate", "--model", "nobody"], "no model 'nobody'"),
        (["score", "nothing.npz"], "nothing.npz is not there"),
        (["train", "alexnet"], "no recipe “alexnet”"),
        (["train", "two-conv-128", "--batch-size", "0"], "Batch size must be a whole number from 1 to 4,096, not “0”"),
        (["train", "two-conv-128", "--learning-rate", "nan"], "Learning rate must be a number"),
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


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        code, _, err = run(capsys, "app", "--port", port, "--address", "127.0.0.1")
    assert code == 2
    assert err == (
        f"digitlab: The server cannot listen on 127.0.0.1, port {port}: address already in use; "
        "choose another with --port or --address.\n"
    )


def test_damaged_stroke_files_are_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name, content in {"cut.json": '{"strokes": [[[1,', "deep.json": "[" * 100_000, "list.json": "[1]"}.items():
        (tmp_path / name).write_text(content)
        code, _, err = run(capsys, "predict", str(tmp_path / name))
        assert code == 2
        assert name in err


def test_what_has_no_end_or_is_too_large_is_named_at_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.png")
    Path("far.json").write_text('{"strokes": [[[1' + "0" * 400 + ", 1]]]}")
    with Path("large.png").open("wb") as large:
        large.truncate(5_000_000_000)  # takes no room on the disk
    for name, said in {
        "pipe.png": "cannot be read",
        "far.json": "far.json: Stroke 1 is not a list of",
        "large.png": "has more than 20 MB",
        "/dev/zero": "cannot be read",
        "nul\0.png": "cannot be read",
    }.items():
        code, out, err = run(capsys, "predict", name)
        assert (code, out, err.count("\n")) == (2, "", 1), name
        assert said in err


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
