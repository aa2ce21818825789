"""Parts of a page that open and close."""

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer


def folded(title: str, icon: str, key: str) -> ExpanderContainer:
    """A part with a title; its `open` says whether it is open, and what is in it is made only then.

    The part stays open when its title changes, with the language or a number in it. To Streamlit a part with another
    title is another one, which would begin closed.

    Args:
        title: what the part is called, as Markdown.
        icon: the name of a Material symbol.
        key: which part this is.
    """
    if key in st.session_state:
        st.session_state[key] = bool(st.session_state[key])
    return st.expander(title, icon=f":material/{icon}:", key=key, on_change="rerun")
