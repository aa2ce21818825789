"""What a recipe is: its article, its settings, what to know about them, and its code."""

import streamlit as st

from digitlab.training.recipes import Recipe
from digitlab.ui.recipe_text import settings
from digitlab.ui.tables import show_code, show_summary


def show_about(recipe: Recipe) -> None:
    """All of it, with the command that trains it."""
    if recipe.article:
        st.caption(f"Follows the tutorial “{recipe.article}”.")
    for quirk in recipe.quirks:
        st.markdown(f":material/info: {quirk}")
    left, right = st.columns(2, gap="large")
    with left:
        rows = [f"| {key} | {value} |" for key, value in settings(recipe.config)]
        st.markdown("\n".join(["| Setting | Value |", "|:--|:--|", *rows]))
    with right:
        show_summary(recipe.network)
    command = f"python -m digitlab train {recipe.name}"
    st.markdown("On the command line:")
    st.code(command, language="bash")
    show_code(recipe.config, recipe.article or recipe.summary, command)
