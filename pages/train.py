"""Train a network: start a run and watch it learn."""

import streamlit as st

from digitlab.errors import InputError
from digitlab.training.recipes import RECIPES
from digitlab.ui.opened import store as open_store
from digitlab.ui.recipe_text import settings
from digitlab.ui.tables import show_code, show_summary
from digitlab.ui.train.address import wanted_run
from digitlab.ui.train.waiting import PAGE, show_queue
from digitlab.ui.train.watching import heading, show_run

store = open_store()
run = None
try:
    number = wanted_run()
    run = store.runs.get(number) if number is not None else None
except InputError as error:
    st.error(str(error), icon=":material/info:")
    del st.query_params["run"]

if run is not None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(heading(run))
        st.page_link(PAGE, label="Start another run", icon=":material/add:")
    show_run(store, run.id)
    show_queue(store, here=run.id)
    st.stop()

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
show_queue(store)
