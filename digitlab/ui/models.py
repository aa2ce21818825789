"""Which model a page works with: the chooser and `?model=` in the URL."""

import streamlit as st

from digitlab.errors import ModelError
from digitlab.networks import zoo
from digitlab.networks.zoo import Model

_CHOSEN = "model"  # session: the name, kept from page to page
_WIDGET = "model_choice"


def choose_model() -> Model:
    """A chooser of all models; what was chosen stays from page to page and stands in the URL.

    Raises:
        ModelError: the model that everyone starts with is not there.
    """
    models = {model.name: model for model in zoo.models()}
    first = zoo.default()
    problem = None
    if wanted := st.query_params.get("model"):
        try:
            st.session_state[_CHOSEN] = zoo.find(wanted).name
        except ModelError:
            problem = f"There is no network {wanted[:64]!r} here that can be opened. Here is {first.name} instead."
            del st.query_params["model"]
            st.session_state.pop(_CHOSEN, None)
    elif chosen := st.session_state.get(_CHOSEN):
        if chosen in models:
            st.query_params["model"] = chosen
        else:
            problem = f"The model {chosen} was deleted meanwhile. Here is {first.name} instead."
            del st.session_state[_CHOSEN]
    st.session_state[_WIDGET] = st.session_state.get(_CHOSEN, first.name)
    name = st.selectbox(
        "Network",
        list(models),
        format_func=lambda name: label(models[name]),
        key=_WIDGET,
        on_change=_choose,
        label_visibility="collapsed",
        filter_mode=None,
    )
    if problem:
        st.warning(problem)
    return models[name]


def label(model: Model) -> str:
    """Name, accuracy and size in one line."""
    return f"{model.name} · {model.test_accuracy:.2%} · {model.parameters:,} parameters"


def _choose() -> None:
    st.session_state[_CHOSEN] = st.query_params["model"] = st.session_state[_WIDGET]
