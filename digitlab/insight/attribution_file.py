"""A picture file, explained: the picture that the page shows, as a file."""

from pathlib import Path
from typing import Any

from digitlab import files
from digitlab.drawing.source import read_file
from digitlab.errors import InputError
from digitlab.insight.attribution import METHODS, Method, explainer, target
from digitlab.insight.overlay import attribution_picture
from digitlab.networks import zoo
from digitlab.words import message


def write_map(
    path: Path, method: Method, out: Path, model: str, digit: int | None = None, layer: str | None = None
) -> dict[str, Any]:
    """Write the map of a method over a picture to `out`, a PNG; returns its figures.

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
        raise InputError(message("{file} must end with .png: the picture is written as PNG.", file=out.name))
    if layer is not None and method != "grad-cam":
        raise InputError(message("--layer is for grad-cam. {method} explains the image itself.", method=method))
    image = read_file(path)
    predictor = zoo.open_model(model)
    answer = predictor.read(image).digit
    towards = answer if digit is None else digit
    found = explainer(predictor).explain(method, image, target(towards), layer)
    picture = attribution_picture(found, image)
    if not out.parent.is_dir():
        raise InputError(
            message("{file} cannot be written: there is no folder {folder}.", file=out.name, folder=str(out.parent))
        )
    try:
        with files.appearing(out) as (unfinished,):
            picture.save(unfinished)
    except OSError as error:
        raise InputError(message("{file} cannot be written: {why}.", file=out.name, why=error.strerror)) from None
    return {
        "file": str(path),
        "out": str(out),
        "method": method,
        "title": METHODS[method].title.english,
        "answer": answer,
        "digit": towards,
        "score": round(found.score, 6),
        "largest": round(float(abs(found.map).max()), 6),
        **{name: round(value, 6) for name, value in found.facts.items()},
    }
