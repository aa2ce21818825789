"""Digits drawn for the tests."""

import json
from pathlib import Path

from digitlab.drawing.strokes import Drawing, from_json

STROKES = Path(__file__).with_name("drawings")


def drawn(name: str) -> Drawing:
    """A digit drawn for the tests, on the pad's 280×280."""
    return from_json(json.loads((STROKES / f"{name}.json").read_text(encoding="utf-8")))
