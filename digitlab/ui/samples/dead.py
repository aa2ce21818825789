"""The note where a layer gives the same numbers for every digit, so that no digit is nearer than another."""

import streamlit as st

from digitlab.words import _, together


def say_dead(layer: str, so: str) -> None:
    """The note; `so` is a sentence about what is impossible then."""
    dead = _("`{layer}` gives the same numbers for every digit: its units are dead.", layer=layer)
    st.info(together(dead, so), icon=":material/info:")
