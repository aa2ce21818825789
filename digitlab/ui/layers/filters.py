"""Concepts to play with: a filter of one's own on one's own drawing, with stride, padding and pooling."""

import re

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.ui.layers.component import Component, floats, sent

_KEY = "filters"
_NAME = "filter"  # in the URL; digitlab/ui/layers/kernel_presets.js reads and writes it
_CHOICES = re.compile(r"[a-z]{1,16}_[1-7]_[1-3]_(valid|same)_[a-z0-9]{1,5}(_[-0-9.,]{1,500})?")
_component = Component("filters", styles=("opened",))


def show_filters(image: NDArray[np.float32]) -> None:
    """The playground for a picture, float32 [28, 28]; what was chosen is in the URL."""
    st.markdown(
        "A convolution slides a small grid of weights, the kernel, over the picture. At each place it multiplies what "
        "lies under it and adds up: one number of the result. Choose a filter, or type one, and move the pointer over "
        "the result."
    )
    state = st.session_state
    choices = st.query_params.get(_NAME) or state.get(_NAME, "")
    if choices:
        if not _CHOICES.fullmatch(choices):
            st.warning("The filter in the address is not one that can be made here; this is the first one.")
            choices = ""
        _keep(choices)

    def hear() -> None:
        told = sent(_KEY, _NAME)
        if isinstance(told, str) and _CHOICES.fullmatch(told):
            _keep(told)

    _component(_KEY, {"input": floats(image[:, :, None]), "filter": choices}, on_filter_change=hear)


def _keep(choices: str) -> None:
    st.session_state[_NAME] = choices
    if choices:
        st.query_params[_NAME] = choices
    else:
        st.query_params.pop(_NAME, None)
