"""A trained model as a .tflite file for phones and small devices, checked against Keras before a download.

The conversion works in a process of its own, `python -m digitlab.networks.litert CARD FOLDER`: it takes seconds and
much memory, and prints much on the way. What was made is kept in DIGITLAB_HOME/exports.
"""

import json
import subprocess
import sys
import tempfile
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab import blobs, home
from digitlab.data import mnist
from digitlab.errors import BlobMissingError, ModelError
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.words import message

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
    """The file, if made and found correct before."""
    try:
        said = json.loads(blobs.stored().read(_key(model, "json"), cached=True))
        return LiteRT(blobs.stored().get(_key(model, "tflite")), float(said["difference"]))
    except (BlobMissingError, ValueError, KeyError, TypeError):
        return None


def make(model: Model) -> LiteRT:
    """Make the file in another process, unless it is there; takes some ten seconds.

    Raises:
        ModelError: the conversion failed, or the result does not answer as the Keras model does.
    """
    with _one_at_a_time:
        if there := made(model):
            return there
        place = "" if isinstance(model.place, str) else str(model.place)
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "digitlab.networks.litert", model.name, place],
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                env=home.environment(),
            )
        except subprocess.TimeoutExpired:
            raise ModelError(
                message(
                    "The conversion of {model} to .tflite did not end within {seconds:.0f} seconds.",
                    model=model.name,
                    seconds=PATIENCE,
                )
            ) from None
        there = made(model)
        if there is None:
            said = (done.stderr.strip().splitlines() or [str(done.returncode)])[-1]
            raise ModelError(message("{model} could not be converted to .tflite: {why}", model=model.name, why=said))
        return there


def forget(model: Model) -> None:
    """Remove the file."""
    blobs.stored().delete(_key(model, "json"), _key(model, "tflite"))


def convert(model: Model) -> None:
    """Convert in this process, compare, and keep the file and how far it is off; whole or not at all.

    Raises:
        ModelError: the weights cannot be used, or the outputs differ by more than TOLERANCE.
    """
    keras_model = zoo.open_weights(model)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "model.tflite"
        keras_model.export(str(file), format="litert", verbose=False)
        images = mnist.scaled(mnist.load().x_test[:DIGITS, ..., None])
        difference = float(np.abs(answers(file, images) - keras_model(images, training=False).numpy()).max())
        if not difference <= TOLERANCE:
            raise ModelError(
                message(
                    "The answers of the .tflite file differ from Keras' by {difference}. The file was discarded.",
                    difference=f"{difference:.2g}",
                )
            )
        blobs.stored().put(_key(model, "tflite"), file.read_bytes())
    said = {"difference": difference, "digits": DIGITS}
    blobs.stored().put(_key(model, "json"), json.dumps(said).encode())  # last: the file is there once this is


def answers(file: Path, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a .tflite file makes of pictures, float32 [N, 28, 28, 1], one after the other: float32 [N, 10]."""
    from digitlab.backend import tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TensorFlow recommends another package with the same interpreter
        interpreter = tf.lite.Interpreter(model_path=str(file))
    interpreter.allocate_tensors()
    (given,), (taken,) = interpreter.get_input_details(), interpreter.get_output_details()
    rows = []
    for image in images:
        interpreter.set_tensor(given["index"], image[None])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(taken["index"])[0])
    return np.stack(rows)


def _key(model: Model, kind: str) -> str:
    return f"exports/{model.hash}.{kind}"


if __name__ == "__main__":
    convert(zoo.read_card(Path(sys.argv[2]) if sys.argv[2] else zoo.TRAINED, sys.argv[1]))
