"""A picture file, explained: the picture that the page shows, as a file."""

import tempfile
from pathlib import Path
from typing import Any

from digitlab.drawing.source import read_file
from digitlab.errors import InputError
from digitlab.insight.attribution import METHODS, Method, explainer, target
from digitlab.insight.overlay import attribution_picture
from digitlab.networks import zoo


def explain_file(
    path: Path, method: Method, out: Path, model: str, digit: int | None = None, layer: str | None = None
) -> dict[str, Any]:
    """Write the map of a method over a picture to `out`, a PNG; returns what it says in numbers.

    Args:
        path: a picture or a stroke file.
        method: which.
        out: ends with .png.
        model: name or hash.
        digit: which digit's score is explained; None for the answer.
        layer: for Grad-CAM; None for the usual one.

    Raises:
        InputError: a file cannot be read or written, or the network has no such layer.
        ModelError: there is no such model.
    """
    if out.suffix.lower() != ".png":
        raise InputError(f"{out.name} must end with .png: the picture is written as PNG.")
    if layer is not None and method != "grad-cam":
        raise InputError(f"--layer is for grad-cam; {method} looks at the picture itself.")
    image = read_file(path)
    predictor = zoo.open_model(model)
    answer = predictor.read(image).digit
    explained = answer if digit is None else digit
    found = explainer(predictor).explain(method, image, target(explained), layer)
    picture = attribution_picture(found, image)
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".writing-") as scratch:
            unfinished = Path(scratch) / out.name
            picture.save(unfinished)
            unfinished.replace(out)
    except OSError as error:
        raise InputError(f"{out.name} cannot be written: {error.strerror}.") from None
    return {
        "file": str(path),
        "out": str(out),
        "method": method,
        "title": METHODS[method].title,
        "answer": answer,
        "digit": explained,
        "score": round(found.score, 6),
        "largest": round(float(abs(found.map).max()), 6),
        **{name: round(value, 6) for name, value in found.facts.items()},
    }
