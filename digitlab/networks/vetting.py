"""A foreign model file is opened by a process of its own first, with bounds on its memory and its time.

`python -m digitlab.networks.vetting FILE` opens the file as an import does, looks at its weights, and has the model
read a picture. What would take all of the memory, or no end, or ends in a crash of the libraries below, then ends that
process alone. Nothing of the model itself comes back, only whether it can be used.
"""

import contextlib
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digitlab import home
from digitlab.errors import ModelError
from digitlab.networks import opening
from digitlab.words import Message, message, stored

if TYPE_CHECKING:
    import keras

MEMORY = 2_000_000_000  # bytes that opening a model may take, beside what TensorFlow takes by itself
UNPACKED = 500_000_000  # bytes of everything in the file
PATIENCE = 300.0  # seconds; on a busy machine TensorFlow alone takes a minute
_LAST = ("linear", "softmax", "sigmoid")  # activations of the last layer: logits, probabilities, or ten of them
_REFUSED = 3  # exit code with which the process says its sentence


def vet(file: Path) -> None:
    """Find out, in another process, whether a model file can be opened and used here.

    Raises:
        ModelError: it cannot; the sentence says why.
    """
    opening.expect_file(file)  # said at once: the process below takes seconds to start
    command = [sys.executable, "-P", "-m", "digitlab.networks.vetting", str(file.resolve())]
    environment = home.environment() | {"CUDA_VISIBLE_DEVICES": "-1"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=environment)
    except subprocess.TimeoutExpired:
        raise ModelError(
            message(
                "{file} was not open after {seconds:.0f} seconds and cannot be used here.",
                file=file.name,
                seconds=PATIENCE,
            )
        ) from None
    if done.returncode == 0:
        return
    said = done.stdout.splitlines()
    raise ModelError(stored.read(said[-1])) if done.returncode == _REFUSED and said else _too_large(file)


def check(file: Path) -> None:
    """The same in this process, which no bound then protects.

    Raises:
        ModelError: it cannot.
    """
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > UNPACKED:
            raise ModelError(
                message(
                    "{file} holds {size} MB. At most {most} MB are possible.",
                    file=file.name,
                    size=round(unpacked / 1e6),
                    most=UNPACKED // 1_000_000,
                )
            )
    try:
        model, _ = opening.opened(file)
        finite = all(np.isfinite(weight.numpy().astype(np.float64)).all() for weight in model.weights)
        answers = _answers(model)
    except ModelError as error:
        raise (_too_large(file) if isinstance(error.__context__, MemoryError) else error) from None
    except MemoryError:
        raise _too_large(file) from None
    if not finite:
        raise ModelError(message("{file} has weights that are not finite numbers (NaN or infinity).", file=file.name))
    if not all(np.isfinite(answer).all() for answer in answers):
        raise ModelError(message("The answers of {file} are not finite numbers (NaN or infinity).", file=file.name))
    if (activation := _last_activation(model)) not in _LAST:
        raise ModelError(
            message(
                "{file} ends with {activation}. The last layer must give probabilities (softmax) or logits (no "
                "activation).",
                file=file.name,
                activation=activation[:64] if isinstance(activation, str) else activation,
            )
        )


def _last_activation(model: "keras.Model") -> str | Message:
    """The activation that makes the ten numbers; a message for one without a name."""
    from digitlab.backend import keras

    layer: Any = model
    while getattr(layer, "layers", None):  # a model within the model
        layer = layer.layers[-1]
    kind = type(layer).__name__
    if not hasattr(layer, "activation"):
        return {"Softmax": "softmax", "ReLU": "relu"}.get(kind, kind if kind.endswith("ReLU") else "linear")
    activation: Any = keras.activations.serialize(layer.activation)
    return activation if isinstance(activation, str) else message("a custom activation")


def _answers(model: "keras.Model") -> list[NDArray[np.float64]]:
    """The answers to one grey picture; none where the model takes no picture without changes."""
    from digitlab.backend import keras

    try:
        picture = np.full((1, *model.inputs[0].shape[1:]), 0.5, np.float32)
        return [np.asarray(answer, np.float64) for answer in keras.tree.flatten(model(picture, training=False))]
    except MemoryError:
        raise
    except Exception:  # whatever TensorFlow says of a shape, a type or an operation
        return []


def _too_large(file: Path) -> ModelError:
    return ModelError(
        message(
            "{file} cannot be opened within {gigabytes:.0f} GB of memory, or is damaged.",
            file=file.name,
            gigabytes=MEMORY / 1e9,
        )
    )


def _bound_memory() -> None:
    """Let this process take no more than MEMORY from now on, where the system can see to that."""
    if sys.platform != "linux":
        return
    import resource

    from digitlab.backend import keras

    keras.ops.zeros(1)  # what TensorFlow takes for itself is there now
    now = next(
        int(line.split()[1]) * 1024
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        if line.startswith("VmData:")
    )
    with contextlib.suppress(ValueError, OSError):  # a lower bound is set already
        resource.setrlimit(resource.RLIMIT_DATA, (now + MEMORY, now + MEMORY))


if __name__ == "__main__":
    try:
        _bound_memory()
        check(Path(sys.argv[1]))
    except ModelError as error:
        print(stored.written(error.message))
        sys.exit(_REFUSED)
