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

Floats = NDArray[np.float32]
_KEPT = 256  # results of all sessions together, a few kilobytes each


def explained(
    predictor: Predictor, method: Method, image: Floats, digit: int, other: int | None = None, layer: str | None = None
) -> Attribution:
    """One method on one picture; a visible sign while it computes."""
    with st.spinner("Computing …"):
        return _explained(predictor, method, image.tobytes(), digit, other, layer)


def changed(predictor: Predictor, image: Floats, digit: int) -> Counterfactual:
    """The change that makes the picture another digit; a visible sign while it is looked for."""
    with st.spinner("Looking for the smallest change …"):
        return _changed(predictor, image.tobytes(), digit)


def without_strokes(predictor: Predictor, drawing: Drawing, digit: int, steps: Steps) -> LeftOut:
    """What leaving out each stroke does."""
    with st.spinner("Leaving out each stroke …"):
        return leave_out(explainer(predictor), drawing, target(digit), steps)


@lru_cache(maxsize=_KEPT)
def _explained(
    predictor: Predictor, method: Method, image: bytes, digit: int, other: int | None, layer: str | None
) -> Attribution:
    return explainer(predictor).explain(method, _picture(image), target(digit, other), layer)


@lru_cache(maxsize=_KEPT)
def _changed(predictor: Predictor, image: bytes, digit: int) -> Counterfactual:
    return counterfactual(explainer(predictor), _picture(image), digit)


def _picture(image: bytes) -> Floats:
    return np.frombuffer(image, np.float32).reshape(28, 28)
