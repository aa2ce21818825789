"""A trained model as a .tflite file for phones and small devices, checked against Keras before anybody gets it.

The conversion works in a process of its own, `python -m digitlab.networks.litert CARD FOLDER`: it takes seconds and
much memory, and what it says on the way is nobody's concern. What was made is kept in DIGITLAB_HOME/exports.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab import home
from digitlab.data import mnist
from digitlab.errors import ModelError
from digitlab.networks import zoo
from digitlab.networks.zoo import Model

DIGITS = 100  # test digits that both answer
TOLERANCE = 1e-4  # by how much any of their outputs may differ
PATIENCE = 300.0  # seconds for one conversion

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class LiteRT:
    """A file that answers as the Keras model does.

    Attributes:
        file: NAME.tflite.
        difference: the largest between both models' outputs on the first DIGITS test digits.
    """

    file: Path
    difference: float


def made(model: Model) -> LiteRT | None:
    """The file, if it was made and found right before."""
    file = _file(model)
    try:
        return LiteRT(file, float(json.loads(_check(file).read_text(encoding="utf-8"))["difference"]))
    except (OSError, ValueError, KeyError):
        return None


def make(model: Model) -> LiteRT:
    """Make the file in another process, unless it is there; takes some ten seconds.

    Raises:
        ModelError: the conversion failed, or the result does not answer as the Keras model does.
    """
    with _one_at_a_time:
        if there := made(model):
            return there
        card = model.file.with_suffix(".json")
        paths = os.pathsep.join([str(home.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        try:
            done = subprocess.run(
                [sys.executable, "-m", "digitlab.networks.litert", str(card), str(_file(model).parent)],
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                env=os.environ | {"DIGITLAB_HOME": str(home.path()), "PYTHONPATH": paths},
            )
        except subprocess.TimeoutExpired:
            raise ModelError(f"{model.name} could not be made a .tflite file within {PATIENCE:.0f} seconds.") from None
        there = made(model)
        if there is None:
            said = (done.stderr.strip().splitlines() or ["no word"])[-1]
            raise ModelError(f"{model.name} could not be made a .tflite file: {said}")
        return there


def forget(model: Model) -> None:
    """Remove the file."""
    for file in (_check(_file(model)), _file(model)):
        file.unlink(missing_ok=True)


def convert(model: Model, folder: Path) -> LiteRT:
    """Convert in this process, compare, and write HASH.tflite and how far it is off; whole or not at all.

    Raises:
        ModelError: the weights cannot be used, or the outputs differ by more than TOLERANCE.
    """
    keras_model = zoo.open_weights(model)
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"{model.hash}.tflite"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as scratch:
        file = Path(scratch) / final.name
        keras_model.export(str(file), format="litert", verbose=False)
        images = mnist.scaled(mnist.load().x_test[:DIGITS, ..., None])
        difference = float(np.abs(answers(file, images) - keras_model(images, training=False).numpy()).max())
        if not difference <= TOLERANCE:
            raise ModelError(f"the .tflite file's answers differ from Keras' by {difference:.2g}; nothing was kept.")
        result = LiteRT(final, difference)
        check = _check(file)
        check.write_text(json.dumps(asdict(result) | {"file": final.name, "digits": DIGITS}), encoding="utf-8")
        os.replace(file, final)
        os.replace(check, _check(final))  # last: the file is there once this is
    return result


def answers(file: Path, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a .tflite file makes of pictures, float32 [N, 28, 28, 1], one after the other: float32 [N, 10]."""
    from digitlab.backend import tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would rather have us install a package that holds the same interpreter
        interpreter = tf.lite.Interpreter(model_path=str(file))
    interpreter.allocate_tensors()
    (given,), (taken,) = interpreter.get_input_details(), interpreter.get_output_details()
    rows = []
    for image in images:
        interpreter.set_tensor(given["index"], image[None])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(taken["index"])[0])
    return np.stack(rows)


def _file(model: Model) -> Path:
    return home.path() / "exports" / f"{model.hash}.tflite"


def _check(file: Path) -> Path:
    return file.with_suffix(".json")


if __name__ == "__main__":
    convert(zoo.read_card(Path(sys.argv[1])), Path(sys.argv[2]))
