"""Which model a page works with: the chooser and `?model=` in the URL."""

from contextlib import suppress

import streamlit as st

from digitlab.errors import ModelError
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.ui.run.head import REPLACED
from digitlab.ui.shared import names, pages, visitor
from digitlab.ui.shared.foreign import warn
from digitlab.words import _

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
            found = visitor.model(wanted)
            if found.replaced_by is not None and found.name != st.session_state.get(_CHOSEN):
                pages.go(pages.TRAIN, {"run": found.replaced_by, REPLACED: found.hash})
            st.session_state[_CHOSEN] = found.name
            models.setdefault(found.name, found)
        except ModelError:
            problem = _(
                "There is no network “{wanted}” here that can be opened. This is {first}.",
                wanted=wanted[:64],
                first=first.name,
            )
            del st.query_params["model"]
            st.session_state.pop(_CHOSEN, None)
    elif chosen := st.session_state.get(_CHOSEN):
        if chosen not in models:
            with suppress(ModelError):  # replaced by newer weights of its run, and open here since before
                models[chosen] = visitor.model(chosen)
        if chosen in models:
            st.query_params["model"] = chosen
        else:
            problem = _("The network you had chosen was deleted. This is {first}.", first=first.name)
            del st.session_state[_CHOSEN]
    settings = visitor.class_settings()
    if settings and settings.model in models:
        first = models[settings.model]
    st.session_state[_WIDGET] = st.session_state.get(_CHOSEN, first.name)
    titles = names.of_models(models.values())
    name = st.selectbox(
        _("Network"),
        list(models),
        format_func=titles.__getitem__,
        key=_WIDGET,
        on_change=_choose,
        label_visibility="collapsed",
        filter_mode=None,
    )
    if problem:
        warn(problem)
    return models[name]


def _choose() -> None:
    st.session_state[_CHOSEN] = st.query_params["model"] = st.session_state[_WIDGET]
