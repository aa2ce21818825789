"""The recipes: what each trains, how, and the command and the code that do it."""

import streamlit as st

from digitlab.training.recipes import RECIPES
from digitlab.ui.recipe_text import settings
from digitlab.ui.tables import show_code, show_summary

st.title("Recipes")
st.markdown("Each recipe is a network with all its settings. Five follow tutorials, so that one can compare.")
name = st.pills("Recipe", list(RECIPES), default=next(iter(RECIPES)), required=True, key="recipe", bind="query-params")
recipe = RECIPES[name]
config = recipe.config
st.subheader(recipe.summary)
if recipe.article:
    st.caption(f"Follows the tutorial “{recipe.article}”.")
left, right = st.columns(2, gap="large")
with left:
    st.markdown(
        "\n".join(["| Setting | Value |", "|:--|:--|", *(f"| {key} | {value} |" for key, value in settings(config))])
    )
    for quirk in recipe.quirks:
        st.markdown(f":material/info: {quirk}")
with right:
    show_summary(config.network)
st.markdown("**Train it** on the command line:")
command = f"python -m digitlab train {recipe.name}"
st.code(command, language="bash")
with st.expander("The same as one Keras script", icon=":material/code:"):
    show_code(config, recipe.article or recipe.summary, command)
