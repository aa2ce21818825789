"""The trained models there are: finding, checking, opening and writing them.

A model is two files, NAME.keras and NAME.json (its card): in a folder, as those that the project ships, or blobs with
keys, as those that were trained here. It is identified by the hash of its weights; the name is a label.
"""

import json
import re
import tempfile
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitlab import blobs, files, home
from digitlab.errors import BlobMissingError, ModelError
from digitlab.kept import Kept
from digitlab.networks import weights_file
from digitlab.networks.graph import Network
from digitlab.networks.weights_file import Weights
from digitlab.words import Message, message

if TYPE_CHECKING:
    import keras

    from digitlab.networks.predictor import Predictor

DEFAULT = "pen"
HASH_LENGTH = 12  # characters of the SHA-256 that stand for a model in URLs and keys
_OPEN_BYTES = 256_000_000  # of the weights of predictors that are kept open: the shipped models take 18 MB together
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


Place = Path | str
"""Where models lie: a folder, or the beginning of their blobs' keys, without the slash at its end."""

TRAINED = "models"
"""Where those lie that were trained here."""


@dataclass(frozen=True)
class Model:
    """A trained model as its card describes it.

    Attributes:
        name: the label, also the files' name.
        place: where its files lie.
        card: everything the program that trained it measured and noted.
    """

    name: str
    place: Place
    card: dict[str, Any]

    @property
    def file(self) -> Path:
        """The weights, as a file of this machine.

        Raises:
            ModelError: they are missing.
        """
        if isinstance(self.place, Path):
            return self.place / f"{self.name}.keras"
        try:
            return blobs.stored().get(f"{self.place}/{self.name}.keras")
        except BlobMissingError:
            raise ModelError(_missing(f"{self.name}.keras")) from None

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with the project."""
        return self.place == home.SHIPPED_MODELS

    @property
    def is_trained_here(self) -> bool:
        """Whether it lies where runs leave their models."""
        return self.place == TRAINED

    @property
    def hash(self) -> str:
        return str(self.card["sha256"])[:HASH_LENGTH]

    @cached_property
    def network(self) -> Network:
        return Network.from_records(self.card["network"])

    @property
    def test_accuracy(self) -> float:
        return float(self.card["test"]["accuracy"])

    @property
    def parameters(self) -> int:
        return int(self.card["parameters"])

    @property
    def replaced_by(self) -> int | None:
        """The run that has newer weights in this model's place; None for a model that is in the list."""
        run = self.card.get("replaced_by")
        return run if isinstance(run, int) else None

    @property
    def threshold(self) -> float | None:
        """Energy above which the model says "that is not a digit"; None for a model that always answers."""
        abstain = self.card.get("abstain")
        return float(abstain["threshold"]) if abstain else None


def models() -> list[Model]:
    """Every model whose card can be read and that was not replaced, shipped ones first, each group by name."""
    return [model for model in _all() if model.replaced_by is None]


def replaced(run: int) -> list[Model]:
    """The models that a run had before it trained for more epochs."""
    return [model for model in _all() if model.replaced_by == run]


def _all() -> list[Model]:
    found = []
    places: tuple[tuple[Place, set[str]], ...] = (
        (home.SHIPPED_MODELS, {path.stem for path in home.SHIPPED_MODELS.glob("*.json")}),
        (TRAINED, {Path(key).stem for key in blobs.stored().list(f"{TRAINED}/") if key.endswith(".json")}),
    )
    for place, names in places:
        for name in sorted(names):
            try:
                found.append(read_card(place, name))
            except ModelError:
                continue  # opening it by name says what is wrong; a list should not fail for one bad file
    return found


def default() -> Model:
    """The model that is chosen at first.

    Raises:
        ModelError: it is not there.
    """
    return find(DEFAULT)


def is_name(name: str) -> bool:
    """Whether a model can be called so."""
    return bool(_NAME.fullmatch(name))


def find(name: str) -> Model:
    """The model with this name, or whose hash begins with it (at least 12 characters).

    Raises:
        ModelError: there is none, or its card cannot be read.
    """
    if not _NAME.fullmatch(name):
        raise ModelError(
            message(
                "{name} is not a valid model name. `python -m digitlab models` lists all models.", name=repr(name[:64])
            )
        )
    for place in (home.SHIPPED_MODELS, TRAINED):
        if is_there(place, name):
            return read_card(place, name)
    if len(name) >= HASH_LENGTH:
        for model in _all():
            if str(model.card["sha256"]).startswith(name):
                return model
    raise ModelError(
        message(
            "There is no model {name}. `python -m digitlab models` lists all models; `make models` trains the shipped "
            "ones.",
            name=repr(name),
        )
    )


def is_there(place: Place, name: str) -> bool:
    """Whether there is a card of this name."""
    card = f"{name}.json"
    return (place / card).is_file() if isinstance(place, Path) else blobs.stored().exists(f"{place}/{card}")


def read_card(place: Place, name: str) -> Model:
    """The model of this name.

    Raises:
        ModelError: its card is missing or damaged.
    """
    text = f"{name}.json"
    try:
        file = place / text if isinstance(place, Path) else blobs.stored().get(f"{place}/{text}")
        return _parsed(name, place, file.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, BlobMissingError):
        raise ModelError(
            message("The card {file} is missing or damaged. Restore the file or train the model again.", file=text)
        ) from None


@lru_cache(maxsize=256)  # a page reads the cards of all models with each run
def _parsed(name: str, place: Place, card: str) -> Model:
    model = Model(name, place, json.loads(card))
    model.hash, model.test_accuracy, model.parameters, model.network  # noqa: B018  all must be there
    return model


def write(place: Place, name: str, model: "keras.Model", card: dict[str, Any]) -> None:
    """Write NAME.keras and then NAME.json, each whole or not at all: a model is there once its card is."""
    text = _written(card)
    if isinstance(place, Path):
        with files.appearing(place / f"{name}.keras", place / f"{name}.json") as (new_weights, new_text):
            model.save(new_weights)
            new_text.write_bytes(text)
        return
    with tempfile.TemporaryDirectory() as scratch:
        model.save(Path(scratch) / "model.keras")
        content = (Path(scratch) / "model.keras").read_bytes()
    blobs.stored().put(f"{place}/{name}.keras", content)
    blobs.stored().put(f"{place}/{name}.json", text)


def replace(model: Model, run: int) -> None:
    """Have a model that was trained here give way to newer weights of its run.

    It leaves the list, and stays for those who have it open and for links to it.
    """
    card = model.card | {"replaced_by": run}
    blobs.stored().put(f"{TRAINED}/{model.name}.json", _written(card))


def _written(card: dict[str, Any]) -> bytes:
    return (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode()


def remove(model: Model) -> None:
    """Delete a model that was trained here, the card first."""
    if model.is_trained_here:
        blobs.stored().delete(f"{TRAINED}/{model.name}.json", f"{TRAINED}/{model.name}.keras")


def weights_hash(model: "keras.Model") -> str:
    """SHA-256 over all weights: each one's shape and its float32 bytes, in Keras' order."""
    return weights_file.hash_of(weight.numpy() for weight in model.weights)


def open_model(name: str) -> "Predictor":
    """The model's predictor, warmed up; opened once a process and shared by all sessions.

    Raises:
        ModelError: there is no such model, or its weights are missing, damaged or not the card's.
    """
    model = find(name)
    sha256 = str(model.card["sha256"])
    return _predictors.get((model.place, model.name, sha256), lambda: _open(model))


def _open(model: Model) -> "Predictor":
    from digitlab.networks.predictor import Predictor

    return Predictor(open_weights(model), model.network, model.threshold)


def _bytes_of(predictor: "Predictor") -> int:
    return 4 * predictor.network.parameters


_predictors: Kept["Predictor"] = Kept(_OPEN_BYTES, _bytes_of)


def read_weights(model: Model) -> Weights:
    """Every layer's numbers.

    They are read without TensorFlow, unless the file is unusual: then Keras reads it, or says what is wrong.

    Raises:
        ModelError: the weights are missing, damaged or not the card's.
    """
    try:
        weights = weights_file.read(model.file)
        found = weights_file.hash_of(array for layer in weights.values() for array in layer.arrays)
        if found == model.card["sha256"]:
            return weights
    except ValueError:
        pass
    return weights_file.of_model(open_weights(model))


def open_weights(model: Model) -> "keras.Model":
    """The model itself, uncompiled, for callers that need more than its answers.

    Raises:
        ModelError: its weights are missing, damaged or not the card's.
    """
    return _weights(model.file, str(model.card["sha256"]))


def _weights(file: Path, sha256: str) -> "keras.Model":
    from digitlab.backend import keras

    if not file.is_file():
        raise ModelError(_missing(file.name))
    try:
        model: keras.Model = keras.saving.load_model(file, compile=False, safe_mode=True)
    except Exception:  # Keras, zipfile and h5py each raise their own kinds for a damaged file
        raise ModelError(
            message(
                "The weights {file} are damaged. Restore the file or train the model again with the command in its "
                "card.",
                file=file.name,
            )
        ) from None
    if weights_hash(model) != sha256:
        raise ModelError(
            message(
                "The weights {file} do not match their card. Restore the file or train the model again with the "
                "command in its card.",
                file=file.name,
            )
        )
    return model


def _missing(file: str) -> Message:
    return message(
        "The weights {file} are missing. Restore the file or train the model again with the command in its card.",
        file=file,
    )
