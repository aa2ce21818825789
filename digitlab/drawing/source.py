"""A file with a digit in it, picture or strokes, as the network's 28×28."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitlab.drawing.picture import prepare_picture
from digitlab.drawing.picture_file import read_picture
from digitlab.drawing.preprocess import prepare
from digitlab.drawing.strokes import from_json
from digitlab.errors import InputError

MAX_STROKE_FILE = 10_000_000  # bytes


def read_file(path: Path) -> NDArray[np.float32]:
    """The network's picture, float32 [28, 28] in 0..1, of a stroke file (JSON) or a picture (PNG, JPEG, WebP …).

    Raises:
        InputError: the file is missing or is neither; the sentence begins with its name.
    """
    try:
        data = path.read_bytes()
    except OSError:
        raise InputError(f"{path.name} cannot be read; give the path of a picture or a stroke file.") from None
    if not data.lstrip().startswith((b"{", b"[")):
        return prepare_picture(read_picture(data, path.name))
    if len(data) > MAX_STROKE_FILE:
        raise InputError(f"{path.name} has more than {MAX_STROKE_FILE // 1_000_000} MB; save one digit to a file.")
    try:
        return prepare(from_json(json.loads(data)))
    except (ValueError, RecursionError):
        raise InputError(f'{path.name} is not valid JSON; a stroke file is {{"strokes": [[[x, y], …], …]}}.') from None
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from None
