"""Foreign model files: what cannot be used is said, and a process of its own bears what opening one takes."""

import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitlab.errors import ModelError
from digitlab.networks import vetting

VET = vetting.vet  # tests/conftest.py puts another one in its place


def saved(path: Path, *layers: Any, broken: bool = False) -> Path:
    from digitlab.backend import keras

    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10), *layers])
    if broken:
        weights = model.get_weights()
        weights[0][7, 3] = np.nan
        model.set_weights(weights)
    model.save(path)
    return path


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^own\.keras has weights that are not finite numbers .*\.$"):
        vetting.check(saved(tmp_path / "own.keras", broken=True))


@pytest.mark.parametrize("last", ["tanh", "relu", "ReLU", "LeakyReLU", "softmax", "Softmax", "linear"])
def test_the_last_layer_gives_probabilities_or_logits(last: str, tmp_path: Path) -> None:
    from digitlab.backend import keras

    layer = getattr(keras.layers, last)() if last[0].isupper() else keras.layers.Activation(last)
    file = saved(tmp_path / "own.keras", layer)
    if last.lower() in ("softmax", "linear"):
        vetting.check(file)
    else:
        with pytest.raises(ModelError, match=rf"(?i)^own\.keras ends with {last}\. The last layer must give"):
            vetting.check(file)


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "bomb.keras"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("model.weights.h5", "w") as member:
        for _ in range(510):
            member.write(bytes(1_000_000))
    assert file.stat().st_size < 1_000_000
    with pytest.raises(ModelError, match=r"^bomb\.keras holds 510 MB\. At most 500 MB are possible\.$"):
        vetting.check(file)


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((vetting._REFUSED, "a greeting\nown.keras is bad.\n"), "own.keras is bad."),
        ((-9, "own.keras is"), "own.keras cannot be opened within 2 GB of memory, or is damaged."),
        ((1, ""), "own.keras cannot be opened within 2 GB of memory, or is damaged."),
        (None, "own.keras was not open after 300 seconds and cannot be used here."),
    ],
)
def test_however_the_process_ends_there_is_a_sentence(
    ends: tuple[int, str] | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if ends is None:
            raise subprocess.TimeoutExpired(command, options["timeout"])
        return subprocess.CompletedProcess(command, ends[0], ends[1], "")

    monkeypatch.setattr(subprocess, "run", run)
    (tmp_path / "own.keras").touch()
    with pytest.raises(ModelError) as caught:
        VET(tmp_path / "own.keras")
    assert str(caught.value) == said


def test_a_process_of_its_own_opens_the_file_first(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^own\.keras has weights that are not finite numbers"):
        VET(saved(tmp_path / "own.keras", broken=True))


@pytest.mark.parametrize(("name", "said"), [("none.keras", "is missing"), ("0\0", "is missing"), ("", "is a folder")])
def test_without_a_file_no_process_is_started(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", None)
    with pytest.raises(ModelError, match=said):
        VET(tmp_path / name)
