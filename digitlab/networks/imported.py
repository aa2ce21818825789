"""A user's own Keras model among the others: opened, rebuilt for a 28×28 picture, measured, and saved beside them."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digitlab import home
from digitlab.data import mnist
from digitlab.errors import ModelError
from digitlab.networks import vetting, zoo
from digitlab.networks.canonical import Canonical, canonical
from digitlab.networks.form import choose_output
from digitlab.networks.found import FEEDS, Feed, Found
from digitlab.networks.graph import Network
from digitlab.networks.layers import Other, Rests
from digitlab.networks.opening import opened
from digitlab.networks.predictor import Predictor
from digitlab.networks.reading import read_network
from digitlab.words import message

if TYPE_CHECKING:
    import keras

Floats = NDArray[np.float32]

IMPORTED = "imported"  # the card's recipe
TRIED_ON = 1000  # training digits by which the range of pixels is chosen
FAR_BETTER = 0.02  # by how much another range must read more of them, of 1
_LEAST = 0.3  # what it must read at all: networks that guess differ by chance
_BATCH = 250


def import_file(path: Path, name: str = "", output: str = "") -> dict[str, Any]:
    """Add a Keras file to the models in DIGITLAB_HOME; returns its card.

    Args:
        path: the file, .keras or H5.
        name: what it is called here; "" for the file's name.
        output: which output answers, where several have ten numbers.

    Raises:
        ModelError: it cannot be opened safely, does not take a picture or give ten numbers, has layers that cannot be
            shown, or the name is taken.
    """
    label = name or re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")
    if not zoo.is_name(label):
        raise ModelError(
            message(
                "{name} is not a valid model name. Give --name with small letters, digits and hyphens.",
                name=repr(label[:64]),
            )
        )
    if any(zoo.is_there(place, label) for place in (home.SHIPPED_MODELS, zoo.TRAINED)):
        raise ModelError(message("There is a model {name} already. Give another name with --name.", name=repr(label)))
    vetting.vet(path)
    model, network, found = _read(path, output)
    predictor = Predictor(model, network)
    data = mnist.load()
    probabilities = predictor.probabilities(mnist.scaled(data.x_test))
    right = np.maximum(probabilities[np.arange(len(data.y_test)), data.y_test], 1e-7)
    card = {
        "name": label,
        "recipe": IMPORTED,
        "summary": message("Imported from {file}", file=path.name).english,
        "article": "",
        "published": {},
        "quirks": [message("Trained elsewhere, on unknown data.").english],
        "command": f"python -m digitlab import {path.name}" + (f" --output {output}" if output else ""),
        "parameters": network.parameters,
        "multiply_adds": network.multiply_adds,
        "test": {
            "accuracy": float((probabilities.argmax(axis=1) == data.y_test).mean()),
            "loss": float(-np.log(right).mean()),
        },
        "epochs": [],
        "settings": {},
        "abstain": None,
        "trained": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {package: version(package) for package in ("tensorflow", "keras", "numpy")},
        "sha256": zoo.weights_hash(model),
        "found": found.to_card(),
        "network": network.to_records(),
    }
    zoo.write(zoo.TRAINED, label, model, card)
    return card


def _read(path: Path, output: str) -> tuple["keras.Model", Network, Found]:
    """The rebuilt model, its layers, and what was found."""
    file = path.name
    given, form = opened(path)
    chosen, outputs = choose_output(given, file, output)
    plain = canonical(given, file, chosen, Feed())
    feed, tried = _best_feed(plain)
    made = plain if feed.as_it_is else canonical(given, file, chosen, feed)
    network = _with_answer(read_network(made.model, file, made.shared), made.model)
    found = Found(
        form=form,
        input=made.form.shape,
        padded=made.form.padded,
        feed=feed,
        tried=tried,
        answers="logits"
        if network.gives_logits
        else "sigmoids"
        if network.last_activation == "sigmoid"
        else "probabilities",
        flattened=made.flattened,
        shared=made.shared,
        resting=tuple(layer.name for layer in network.layers if isinstance(layer, Rests)),
        output=chosen if len(outputs) > 1 else "",
        outputs=outputs,
        channels_first=made.channels_first,
    )
    return made.model, network, found


def _best_feed(made: Canonical) -> tuple[Feed, tuple[float, ...]]:
    """The range of pixels that reads best, and what each reads of TRIED_ON training digits.

    Pixels from 0 to 1 stay unless another range reads far more.
    """
    data = mnist.load()
    every = len(data.x_train) // TRIED_ON
    images, labels = mnist.scaled(data.x_train[::every][:TRIED_ON]), data.y_train[::every][:TRIED_ON]
    half = made.form.padded // 2
    rest = made.form.padded - half
    images = np.pad(images, ((0, 0), (half, rest), (half, rest)))[..., None]
    tried = []
    for feed in FEEDS:
        answers = _answers(made.core, images * np.float32(feed.scale) + np.float32(feed.offset))
        tried.append(float((answers.argmax(axis=1) == labels).mean()))
    best = int(np.argmax(tried))
    far = tried[best] >= max(tried[0] + FAR_BETTER, _LEAST)
    return FEEDS[best if far else 0], tuple(tried)


def _answers(model: Callable[..., Any], images: Floats) -> Floats:
    parts = [
        np.asarray(model(images[start : start + _BATCH], training=False)) for start in range(0, len(images), _BATCH)
    ]
    return np.concatenate(parts)


def _with_answer(network: Network, model: "keras.Model") -> Network:
    """The network; its last layer is marked as softmax where the answers are probabilities."""
    last = network.layers[-1]
    if not network.gives_logits or not isinstance(last, Other):
        return network
    answers = _answers(model, mnist.scaled(mnist.load().x_train[:100])[..., None])
    shares = bool((answers >= 0).all()) and bool(np.allclose(answers.sum(axis=1), 1, atol=1e-3))
    return Network((*network.layers[:-1], replace(last, activation="softmax"))) if shares else network
