"""The recipes as cards to choose from."""

from dataclasses import replace

import streamlit as st

from digitlab.jobs.draft import Draft
from digitlab.training.recipes import RECIPES, Recipe
from digitlab.ui.shared import visitor
from digitlab.ui.train.drafting import draft_now, put
from digitlab.ui.train.expecting import length
from digitlab.words import _, plural

_COLUMNS = 3


def show_presets(draft: Draft) -> None:
    """A card for each recipe; the chosen one is marked."""
    settings = visitor.class_settings()
    offered = [one for one in RECIPES.values() if not settings or not settings.recipes or one.name in settings.recipes]
    recipes = sorted(offered, key=lambda recipe: recipe.network.multiply_adds * recipe.config.total_steps)
    for start in range(0, len(recipes), _COLUMNS):
        for column, recipe in zip(st.columns(_COLUMNS, gap="small"), recipes[start : start + _COLUMNS], strict=False):
            with column:
                _card(recipe, chosen=draft.like is None and draft.recipe == recipe.name)


def _card(recipe: Recipe, chosen: bool) -> None:
    name = f"card_{'chosen_' if chosen else ''}{recipe.name}"
    with st.container(border=True, key=name, gap="xsmall", height="stretch"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
            st.markdown(f"**{recipe.name}**")
            st.button(
                _("Chosen") if chosen else _("Choose"),
                icon=":material/check:" if chosen else None,
                key=f"choose_{recipe.name}",
                type="primary" if chosen else "secondary",
                on_click=_choose,
                args=(recipe.name,),
            )
        st.markdown(str(recipe.summary))
        network = recipe.network
        size = plural("{n} parameter", "{n} parameters", network.parameters)
        st.caption(f"{size} · {_cost(network.multiply_adds)} · {length(recipe.config)}")


def _choose(name: str) -> None:
    """Take a recipe as it is; what was changed belongs to the one before."""
    put(Draft(recipe=name) if draft_now().recipe != name or draft_now().like is not None else replace(draft_now()))


def _cost(multiply_adds: int) -> str:
    if multiply_adds >= 1e5:
        return _("{millions:.1f} million multiply-adds", millions=multiply_adds / 1e6)
    return plural("{n} multiply-add", "{n} multiply-adds", multiply_adds)
