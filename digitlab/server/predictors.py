"""Opening a model inside the server, and keeping Streamlit from emptying Keras after every script run.

Streamlit 1.67 calls `keras.backend.clear_session()` when a script run ends (`_clean_problem_modules` in its
script_runner.py), for apps that build a new model in every run. Ours builds each once and shares it: the call throws
away its compiled kernels, so that the next answer takes 60 ms in the place of 2, and collects garbage for 200 ms while
all sessions wait.
"""

from digitlab.networks import zoo
from digitlab.networks.predictor import Predictor


def open_predictor(name: str) -> Predictor:
    """`zoo.open_model`; what it opens stays warm.

    Raises:
        ModelError: there is no such model, or its weights are missing, damaged or not the card's.
    """
    from digitlab.backend import keras

    keras.backend.clear_session = _keep_session
    return zoo.open_model(name)


def _keep_session(free_memory: bool = True) -> None:
    """Does nothing in the place of `keras.backend.clear_session`, which has the same parameter."""
