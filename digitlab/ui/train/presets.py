"""The recipes as cards to choose from: the chosen one first, the others small below."""

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.jobs.draft import Draft
from digitlab.server.store import store
from digitlab.training.recipes import RECIPES, Recipe
from digitlab.ui.shared import visitor
from digitlab.ui.train.drafting import draft_now, put
from digitlab.ui.train.expecting import length
from digitlab.ui.train.setting_changes import names_of_changes
from digitlab.words import _, listed, plural

_ASKED = "recipe_asked"  # session: the recipe that was pressed while settings of another were changed


def show_presets(draft: Draft) -> None:
    """A card for each recipe; the chosen one is marked."""
    settings = visitor.class_settings()
    offered = [one for one in RECIPES.values() if not settings or not settings.recipes or one.name in settings.recipes]
    recipes = sorted(offered, key=lambda recipe: recipe.network.multiply_adds * recipe.config.total_steps)
    chosen = next((one for one in recipes if one.name == draft.recipe), None)
    if chosen is not None:
        _chosen(chosen)
    if not names_of_changes(draft):
        _ask(None)
    with st.container(key="other_recipes"):
        st.caption(_("Other recipes, the quickest first:"))
        with st.container(gap="small", key="recipes"):
            for recipe in recipes:
                if recipe is not chosen:
                    _small(recipe, draft)


def _chosen(recipe: Recipe) -> None:
    with st.container(border=True, key=f"card_chosen_{recipe.name}", gap="xsmall"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{recipe.name}**", width="content")
            st.badge(_("Chosen"), icon=":material/check:", color="green")
        st.markdown(str(recipe.summary))
        if recipe.article:
            st.caption(_("After the tutorial “{article}”.", article=recipe.article))
        network = recipe.network
        size = plural("{n} parameter", "{n} parameters", network.parameters)
        st.caption(f"{size} · {_cost(network.multiply_adds)} · {length(recipe.config)}")


def _small(recipe: Recipe, draft: Draft) -> None:
    """A recipe that can be chosen; where that would drop changed settings, the card asks first."""
    with st.container(border=True, key=f"card_{recipe.name}", gap="xsmall"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
            st.markdown(f"**{recipe.name}**", width="content")
            st.button(
                _("Choose"),
                key=f"choose_{recipe.name}",
                help=str(recipe.summary),
                on_click=_choose,
                args=(recipe.name,),
            )
        st.caption(recipe.article or str(recipe.summary))
        st.caption(length(recipe.config))
        if st.session_state.get(_ASKED) != recipe.name:
            return
        changes = listed(*names_of_changes(draft))
        st.markdown(_("You have changed: {settings}. Keep the changes with this recipe?", settings=changes))
        with st.container(horizontal=True, gap="small", key="recipe_question"):
            st.button(_("Keep"), type="primary", key="keep_changes", on_click=_take, args=(recipe.name, True))
            st.button(_("Discard"), key="drop_changes", on_click=_take, args=(recipe.name, False))
            st.button(_("Cancel"), key="stay", type="tertiary", on_click=_ask, args=(None,))


def _choose(name: str) -> None:
    """Take a recipe as it is, or first ask what becomes of changed settings."""
    if names_of_changes(draft_now()):
        _ask(name)
    else:
        put(Draft(recipe=name))


def _ask(name: str | None) -> None:
    st.session_state[_ASKED] = name


def _take(name: str, keep: bool) -> None:
    _ask(None)
    before = draft_now()
    draft = Draft(recipe=name)
    if keep:
        try:
            base = draft.base(store(), visitor.person())
        except DigitLabError:
            return
        draft = Draft(recipe=name, blocks=before.blocks, variation=before.variation)
        for setting, value in before.changes.items():
            draft = draft.with_change(base, setting, value)
    put(draft)


def _cost(multiply_adds: int) -> str:
    if multiply_adds >= 1e5:
        return _("{millions:.1f} million multiply-adds", millions=multiply_adds / 1e6)
    return plural("{n} multiply-add", "{n} multiply-adds", multiply_adds)
