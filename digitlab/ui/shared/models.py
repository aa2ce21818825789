"""Which model a page works with: the chooser and `?model=` in the URL."""

import streamlit as st

from digitlab.errors import ModelError
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.ui.shared import visitor
from digitlab.ui.shared.foreign import warn
from digitlab.words import _, plural

_CHOSEN = "model"  # session: the name, kept from page to page
_WIDGET = "model_choice"


def choose_model() -> Model:
    """A chooser of all models; what was chosen stays from page to page and stands in the URL.

    Raises:
        ModelError: the model that everyone starts with is not there.
    """
    models = {model.name: model for model in visitor.models()}
    first = zoo.default()
    problem = None
    if wanted := st.query_params.get("model"):
        try:
            st.session_state[_CHOSEN] = visitor.model(wanted).name
        except ModelError:
            problem = _(
                "There is no network “{wanted}” here that can be opened. This is {first}.",
                wanted=wanted[:64],
                first=first.name,
            )
            del st.query_params["model"]
            st.session_state.pop(_CHOSEN, None)
    elif chosen := st.session_state.get(_CHOSEN):
        if chosen in models:
            st.query_params["model"] = chosen
        else:
            problem = _("The model {chosen} was deleted. This is {first}.", chosen=chosen, first=first.name)
            del st.session_state[_CHOSEN]
    settings = visitor.class_settings()
    if settings and settings.model in models:
        first = models[settings.model]
    st.session_state[_WIDGET] = st.session_state.get(_CHOSEN, first.name)
    name = st.selectbox(
        _("Network"),
        list(models),
        format_func=lambda name: label(models[name]),
        key=_WIDGET,
        on_change=_choose,
        label_visibility="collapsed",
        filter_mode=None,
    )
    if problem:
        warn(problem)
    return models[name]


def label(model: Model) -> str:
    """Name, accuracy and size in one line."""
    return plural(
        "{name} · {accuracy:.2%} · {n} parameter",
        "{name} · {accuracy:.2%} · {n} parameters",
        model.parameters,
        name=model.name,
        accuracy=model.test_accuracy,
    )


def _choose() -> None:
    st.session_state[_CHOSEN] = st.query_params["model"] = st.session_state[_WIDGET]
