"""The trained models there are: finding, checking and opening them.

A model is two files, NAME.keras and NAME.json (its card), among those that the project ships or those that were trained
here. It is identified by the hash of its weights; the name is a label.
"""

import hashlib
import json
import re
import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitlab import home
from digitlab.errors import ModelError
from digitlab.networks.graph import Network

if TYPE_CHECKING:
    import keras

    from digitlab.networks.predictor import Predictor

DEFAULT = "pen"
HASH_LENGTH = 12  # characters of the SHA-256 that stand for a model in URLs and keys
_OPEN_AT_ONCE = 8  # predictors kept in memory; each takes a few megabytes
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class Model:
    """A trained model as its card describes it.

    Attributes:
        name: the label, also the files' name.
        file: the weights.
        card: everything the program that trained it measured and noted.
    """

    name: str
    file: Path
    card: dict[str, Any]

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
    def threshold(self) -> float | None:
        """Energy above which the model says "that is not a digit"; None for a model that always answers."""
        abstain = self.card.get("abstain")
        return float(abstain["threshold"]) if abstain else None


def models() -> list[Model]:
    """Every model whose card can be read, shipped ones first, each group by name."""
    found = []
    for folder in (home.SHIPPED_MODELS, home.trained_models()):
        for path in sorted(folder.glob("*.json"), key=lambda path: path.stem):
            try:
                found.append(read_card(path))
            except ModelError:
                continue  # opening it by name says what is wrong; a list should not fail for one bad file
    return found


def default() -> Model:
    """The model that a newcomer meets.

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
        raise ModelError(f"{name[:64]!r} is not a model's name; `python -m digitlab models` lists them.")
    for folder in (home.SHIPPED_MODELS, home.trained_models()):
        if (folder / f"{name}.json").is_file():
            return read_card(folder / f"{name}.json")
    if len(name) >= HASH_LENGTH:
        for model in models():
            if str(model.card["sha256"]).startswith(name):
                return model
    raise ModelError(
        f"There is no model {name!r}; `python -m digitlab models` lists those there are, `make models` trains the "
        "shipped ones."
    )


def read_card(path: Path) -> Model:
    """The model whose card this is.

    Raises:
        ModelError: the card is missing or damaged.
    """
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        model = Model(path.stem, path.with_suffix(".keras"), card)
        model.hash, model.test_accuracy, model.parameters, model.network  # noqa: B018  all must be there
    except (OSError, ValueError, KeyError, TypeError):
        raise ModelError(f"The card {path.name} is missing or damaged; put it back or train the model again.") from None
    return model


def weights_hash(model: "keras.Model") -> str:
    """SHA-256 over all weights: each one's shape and its float32 bytes, in Keras' order."""
    digest = hashlib.sha256()
    for weight in model.weights:
        array = weight.numpy()
        digest.update(str(array.shape).encode())
        digest.update(array.astype("<f4").tobytes())
    return digest.hexdigest()


def open_model(name: str) -> "Predictor":
    """The model's predictor, warmed up; opened once a process and shared by all sessions.

    Raises:
        ModelError: there is no such model, or its weights are missing, damaged or not the card's.
    """
    model = find(name)
    with _opening:  # two sessions that ask at once should not both load
        return _open(model.file, str(model.card["sha256"]))


_opening = threading.Lock()


@lru_cache(maxsize=_OPEN_AT_ONCE)
def _open(file: Path, sha256: str) -> "Predictor":
    from digitlab.networks.predictor import Predictor

    described = read_card(file.with_suffix(".json"))
    return Predictor(_weights(file, sha256), described.network, described.threshold)


def open_weights(model: Model) -> "keras.Model":
    """The model itself, uncompiled, for whoever wants more than its answers.

    Raises:
        ModelError: its weights are missing, damaged or not the card's.
    """
    return _weights(model.file, str(model.card["sha256"]))


def _weights(file: Path, sha256: str) -> "keras.Model":
    from digitlab.backend import keras

    cure = "put the file back, or train the model again with the command in its card."
    if not file.is_file():
        raise ModelError(f"The weights {file.name} are missing; {cure}")
    try:
        model: keras.Model = keras.saving.load_model(file, compile=False, safe_mode=True)
    except Exception:  # Keras, zipfile and h5py each raise their own kinds for a damaged file
        raise ModelError(f"The weights {file.name} are damaged; {cure}") from None
    if weights_hash(model) != sha256:
        raise ModelError(f"The weights {file.name} are not the ones that their card describes; {cure}")
    return model
