"""What explains an answer, remembered until drawing, model or class changes."""

from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.drawing.preprocess import Steps
from digitlab.drawing.strokes import Drawing
from digitlab.insight.attribution import Attribution, Method, explainer, target
from digitlab.insight.counterfactual import Counterfactual, counterfactual
from digitlab.insight.left_out import LeftOut, leave_out
from digitlab.networks.predictor import Predictor
from digitlab.words import _

Floats = NDArray[np.float32]
_KEPT = 256  # results of all sessions together, a few kilobytes each


def attributed(
    predictor: Predictor, method: Method, image: Floats, digit: int, other: int | None = None, layer: str | None = None
) -> Attribution:
    """One method on one picture; a visible sign during the computation."""
    with st.spinner(_("Computing …")):
        return _attributed(predictor, method, image.tobytes(), digit, other, layer)


def changed(predictor: Predictor, image: Floats, digit: int) -> Counterfactual:
    """The change that makes the picture another digit; a visible sign during the search."""
    with st.spinner(_("Searching for the smallest change …")):
        return _changed(predictor, image.tobytes(), digit)


def without_strokes(predictor: Predictor, drawing: Drawing, digit: int, steps: Steps) -> LeftOut:
    """What leaving out each stroke does."""
    with st.spinner(_("Leaving out each stroke …")):
        return leave_out(explainer(predictor), drawing, target(digit), steps)


@lru_cache(maxsize=_KEPT)
def _attributed(
    predictor: Predictor, method: Method, image: bytes, digit: int, other: int | None, layer: str | None
) -> Attribution:
    return explainer(predictor).explain(method, _picture(image), target(digit, other), layer)


@lru_cache(maxsize=_KEPT)
def _changed(predictor: Predictor, image: bytes, digit: int) -> Counterfactual:
    return counterfactual(explainer(predictor), _picture(image), digit)


def _picture(image: bytes) -> Floats:
    return np.frombuffer(image, np.float32).reshape(28, 28)
