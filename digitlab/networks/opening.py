"""Opening a model file from elsewhere by what it holds, whatever it is called.

A model file can hold code. Keras' safe mode refuses to run it, and files are opened from the
command line alone, never from the page.
"""

import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py

from digitlab.errors import ModelError
from digitlab.words import Message, message

if TYPE_CHECKING:
    import keras

_HDF5, _ZIP = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"
_ENOUGH = 16  # bytes that show a file's form


def expect_file(path: Path) -> None:
    """See that there is a file.

    Raises:
        ModelError: there is none, or a folder.
    """
    if path.is_dir():
        raise ModelError(
            message(
                "{file} is a folder, as TensorFlow's SavedModel is. Open it with keras.models.load_model where it was "
                "made, and save it with model.save('NAME.keras').",
                file=path.name,
            )
        )
    if not path.is_file():
        raise ModelError(message("{file} is missing. Give the path of a .keras or .h5 file.", file=path.name))


def opened(path: Path) -> tuple["keras.Model", str]:
    """The model in a file, and what wrote the file: "H5", or the version of Keras.

    Raises:
        ModelError: the file is no Keras model, is damaged, holds code, or was written by a Keras that this one cannot
            follow; the sentence says which and what to do.
    """
    expect_file(path)
    with path.open("rb") as file:
        beginning = file.read(_ENOUGH)
    if beginning.startswith(_HDF5):
        return _load(path, ".h5", _h5_classes(path)), "H5"
    if beginning.startswith(_ZIP):
        written, classes = _zip_facts(path)
        try:
            return _load(path, ".keras", classes), written
        except ModelError:
            if written.startswith("2."):
                raise ModelError(_of_keras_2(path, written)) from None
            raise
    if beginning[4:8] == b"TFL3":
        raise ModelError(
            message(
                "{file} is a .tflite file, whose layers cannot be read. Import the Keras model behind that file.",
                file=path.name,
            )
        )
    raise ModelError(
        message("{file} is not a Keras model. Save the model with model.save('NAME.keras').", file=path.name)
    )


def _of_keras_2(path: Path, written: str) -> Message:
    return message(
        "{file} was written by Keras 2 ({version}), whose .keras files Keras 3 cannot read. Open the file with that "
        "Keras, save the model as H5, and import the new file: {code}",
        file=path.name,
        version=written,
        code=f"model = keras.models.load_model('{path.name}'); model.save('{path.stem}.h5')",
    )


def _load(path: Path, suffix: str, classes: list[str]) -> "keras.Model":
    """Open a copy whose name ends as Keras expects of this form."""
    from digitlab.backend import keras

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"model{suffix}"
        shutil.copyfile(path, copy)
        try:
            model: keras.Model = keras.saving.load_model(copy, compile=False, safe_mode=True)
        except Exception:  # Keras, zipfile and h5py each raise their own kinds
            raise ModelError(_reason(path.name, classes)) from None
    return model


def _reason(file: str, classes: list[str]) -> Message:
    from digitlab.backend import keras

    if "Lambda" in classes:
        return message(
            "{file} cannot be opened safely: a Lambda layer is code, and DigitLab runs no code from a file.", file=file
        )
    own = next((name for name in classes if not hasattr(keras.layers, name) and not hasattr(keras, name)), "")
    if own:
        return message(
            "{file} cannot be opened safely: the code of its layer class {name} is not in the file.",
            file=file,
            name=repr(own[:64]),
        )
    return message(
        "{file} cannot be opened safely: the file is damaged, or its version of Keras does not fit.", file=file
    )


def _damaged(path: Path) -> ModelError:
    return ModelError(message("{file} cannot be opened safely: the file is damaged.", file=path.name))


def _zip_facts(path: Path) -> tuple[str, list[str]]:
    """Which Keras wrote a zip, and the classes of its layers."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if any(name.endswith("data.pkl") for name in names):
                raise ModelError(
                    message("{file} is a PyTorch file. Only Keras models can be imported.", file=path.name)
                )
            if "config.json" not in names:
                raise ModelError(message("{file} is a zip archive, but not a Keras model.", file=path.name))
            config = json.loads(archive.read("config.json"))
            written = str(json.loads(archive.read("metadata.json"))["keras_version"])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        raise _damaged(path) from None
    return written[:16], _classes(config)


def _h5_classes(path: Path) -> list[str]:
    try:
        with h5py.File(path) as file:
            config = file.attrs.get("model_config")
    except OSError:
        raise _damaged(path) from None
    if config is None:
        raise ModelError(
            message(
                "{file} holds weights without layers. Save the whole model with model.save('NAME.keras').",
                file=path.name,
            )
        )
    try:
        return _classes(json.loads(config))
    except ValueError:
        raise _damaged(path) from None


def _classes(config: Any) -> list[str]:
    """Class names of all layers in a model's configuration, nested ones too."""
    found: list[str] = []
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if (
                isinstance(part.get("class_name"), str)
                and "layers" not in part
                and "name" in (part.get("config") or ())
            ):
                found.append(part["class_name"])
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return found
