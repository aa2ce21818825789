"""One training on the Runs page: its figures and files, the way to its page, and deleting it.

A model without a run has no page of its own: its settings and its code stand here.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import streamlit as st

from digitlab.networks.zoo import Model
from digitlab.runs.trainings import Training
from digitlab.store.rights import may
from digitlab.training.recipes import RECIPES
from digitlab.ui.run.describing import show_edit
from digitlab.ui.run.details import show_details
from digitlab.ui.runs.downloads import show_downloads
from digitlab.ui.runs.measured import show_measured
from digitlab.ui.runs.removing import ask_removal
from digitlab.ui.runs.table import state_text
from digitlab.ui.shared import pages, visitor
from digitlab.ui.shared.folding import folded
from digitlab.ui.shared.foreign import plain
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.imports import is_imported, show_found, show_own_code
from digitlab.ui.shared.recipe_text import trained_on
from digitlab.ui.shared.tables import show_summary
from digitlab.ui.shared.times import duration
from digitlab.words import Message, _, message, plural

_DOWNLOADS = message("Downloads")
_FOUND = message("Found in the file")


def show_training(training: Training) -> None:
    """Everything about one training."""
    st.markdown(_figures(training))
    if training.run and training.run.job.reason:
        st.markdown(f":material/info: {plain(str(training.run.job.reason))}")
    if training.note:
        st.text(training.note)
    model = training.model()
    for quirk in _quirks(training, model) if model else ():
        st.caption(str(quirk))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if training.run:
            pages.link(pages.TRAIN, _("Open the run"), {"run": training.key}, icon=":material/monitoring:")
        if model and (model.is_shipped or model.is_trained_here):
            pages.link(pages.DRAW, _("Try this network"), {"model": model.name})
        again = {"like": training.key} if training.run else {"recipe": training.recipe}
        if training.run or training.recipe in RECIPES:
            pages.link(pages.TRAIN, _("New run with these settings"), again, icon=":material/replay:")
        if training.run and may(visitor.person(), "rename", training.thing):
            show_edit(training.run)
        may_delete = training.removable and may(visitor.person(), "delete", training.thing)
        if may_delete and st.button(_("Delete …"), icon=":material/delete:", key=f"delete_{training.key}"):
            ask_removal([training])
    if model and "measured" in model.card:
        with st.expander(_("Measured figures"), icon=":material/straighten:", key=f"measured_{training.key}"):
            show_measured(model.card["measured"])
    st.markdown(f"**{_DOWNLOADS}**")
    show_downloads(training)
    if training.run:
        return  # its settings and its code stand on its own page
    with friendly():
        if model and is_imported(model):
            _show_imported(model)
        else:
            show_details(training)


def _quirks(training: Training, model: Model) -> Iterable[Message]:
    """What to know about a model: its recipe's, in the reader's language, else the texts of its card."""
    recipe = RECIPES.get(training.recipe)
    written: list[str] = model.card.get("quirks", [])
    return recipe.quirks if recipe and written else map(Message, written)


def _show_imported(model: Model) -> None:
    """An imported model, whose settings are not known."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{_FOUND}**")
        show_found(model)
    with right:
        show_summary(model.network)
    code = folded(_("Keras code"), "code", f"code_{model.name}")
    if code.open:
        with code:
            show_own_code(model)


def _figures(training: Training) -> str:
    model = training.model()
    facts = [state_text(training.state)]
    if training.test_accuracy is not None:
        facts.append(_("test accuracy **{share:.2%}**", share=training.test_accuracy))
    published = model.card.get("published", {}) if model else {}
    facts += [
        _("in the article {share:.2%}", share=value / 100)
        for name, value in published.items()
        if name.startswith("test")
    ]
    if training.best_validation is not None:
        facts.append(_("best validation {share:.2%}", share=training.best_validation))
    facts.append(plural("{n} parameter", "{n} parameters", training.parameters))
    if model:
        cost = model.card["multiply_adds"]
        facts.append(plural("{n} multiply-add per digit", "{n} multiply-adds per digit", cost))
    if training.seconds is not None:
        took = duration(training.seconds)
        device = plain(trained_on(model)) if model else ""
        facts.append(_("{time} on {device}", time=took, device=device) if device else took)
    if training.when:
        facts.append(_("{day}", day=datetime.fromtimestamp(training.when, UTC).date()))
    if model:
        facts.append(_("weights `{hash}`", hash=model.hash))
    return " · ".join(facts)
