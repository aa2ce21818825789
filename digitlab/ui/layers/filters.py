"""The filter playground: a filter on the drawing, with stride, padding and pooling."""

import re

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.ui.layers import words
from digitlab.ui.shared.component import Component, floats, sent
from digitlab.ui.shared.foreign import warn
from digitlab.ui.shared.palette import COLOUR_MAPS
from digitlab.words import _

_KEY = "filters"
_NAME = "filter"  # in the URL; digitlab/ui/layers/kernel_presets.js reads and writes it
_CHOICES = re.compile(r"[a-z]{1,16}_[1-7]_[1-3]_(valid|same)_[a-z0-9]{1,5}(_[-0-9.,]{1,500})?")
_component = Component("filters", "layers/filters.js", ("layers/layer.css", "layers/filters.css"), words=words.filters)


def show_filters(image: NDArray[np.float32], begin: str = "") -> None:
    """The playground for a picture, float32 [28, 28]; what was chosen is in the URL.

    Args:
        begin: a filter that takes the place of what was chosen, as the URL writes it; "" for none.
    """
    if begin:
        _keep(begin)
    st.markdown(
        _(
            "A convolution moves a small grid of weights, the kernel, over the image. At each place it multiplies the "
            "pixels by the weights and adds up the products. Choose a filter and move the pointer over the result."
        )
    )
    state = st.session_state
    choices = st.query_params.get(_NAME) or state.get(_NAME, "")
    if choices:
        if not _CHOICES.fullmatch(choices):
            warn(_("The filter in the address is not valid. This is the default filter."))
            choices = ""
        _keep(choices)

    def hear() -> None:
        packed = sent(_KEY, _NAME)
        if isinstance(packed, str) and _CHOICES.fullmatch(packed):
            _keep(packed)

    data = {"input": floats(image[:, :, None]), "filter": choices, "colours": COLOUR_MAPS}
    _component(_KEY, data, on_filter_change=hear)


def _keep(choices: str) -> None:
    st.session_state[_NAME] = choices
    if choices:
        st.query_params[_NAME] = choices
    else:
        st.query_params.pop(_NAME, None)
