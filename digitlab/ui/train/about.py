"""A recipe: its article, its settings, what to know about them, and its code."""

import streamlit as st

from digitlab.training.recipes import Recipe
from digitlab.ui.shared.recipe_text import settings
from digitlab.ui.shared.tables import show_code, show_summary
from digitlab.words import _


def show_about(recipe: Recipe) -> None:
    """The recipe, with the command that trains it."""
    if recipe.article:
        st.caption(_("After the tutorial “{article}”.", article=recipe.article))
    for quirk in recipe.quirks:
        st.markdown(f":material/info: {quirk}")
    left, right = st.columns(2, gap="large")
    with left:
        rows = [f"| {key} | {value} |" for key, value in settings(recipe.config)]
        setting, value = _("Setting"), _("Value")
        st.markdown("\n".join([f"| {setting} | {value} |", "|:--|:--|", *rows]))
    with right:
        show_summary(recipe.network)
    command = " ".join(("python", "-m", "digitlab", "train", recipe.name))
    st.markdown(_("On the command line:"))
    st.code(command, language="bash")
    show_code(recipe.config, recipe.article or str(recipe.summary), command)
