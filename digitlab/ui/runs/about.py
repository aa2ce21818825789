"""One training: its figures, its name and note, its settings, code and files, and deleting it."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

import streamlit as st

from digitlab.errors import InputError
from digitlab.networks.zoo import Model
from digitlab.plain_data import text
from digitlab.runs.trainings import Training
from digitlab.server.store import store
from digitlab.store.records import Run
from digitlab.store.rights import may
from digitlab.training.recipes import RECIPES
from digitlab.ui.runs.downloads import show_downloads
from digitlab.ui.runs.measured import show_measured
from digitlab.ui.runs.removing import ask_removal
from digitlab.ui.runs.table import state_text
from digitlab.ui.shared import pages, visitor
from digitlab.ui.shared.foreign import plain
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.imports import is_imported, show_found, show_own_code
from digitlab.ui.shared.recipe_text import settings
from digitlab.ui.shared.tables import show_code, show_summary
from digitlab.ui.shared.times import duration
from digitlab.words import Message, _, message, plural, stored, together

LONGEST_NAME, LONGEST_NOTE = 80, 2000
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
        if model and (model.is_shipped or model.is_trained_here):
            pages.link(pages.DRAW, _("Try this network"), {"model": model.name})
        again = {"like": training.key} if training.run else {"recipe": training.recipe}
        if training.run or training.recipe in RECIPES:
            pages.link(pages.TRAIN, _("New run with these settings"), again, icon=":material/replay:")
        if training.run:
            pages.link(pages.TRAIN, _("Watch"), {"run": training.key}, icon=":material/monitoring:")
        if training.run and may(visitor.person(), "rename", training.thing):
            with st.popover(_("Name and note"), icon=":material/edit:"):
                _edit(training.run)
        may_delete = training.removable and may(visitor.person(), "delete", training.thing)
        if may_delete and st.button(_("Delete …"), icon=":material/delete:", key=f"delete_{training.key}"):
            ask_removal([training])
    if model and "measured" in model.card:
        with st.expander(_("Measured figures"), icon=":material/straighten:", key=f"measured_{training.key}"):
            show_measured(model.card["measured"])
    st.markdown(f"**{_DOWNLOADS}**")
    show_downloads(training)
    if model and is_imported(model):
        with friendly():
            _show_imported(model)
        return
    with friendly():
        config = training.config()
        left, right = st.columns(2, gap="large")
        rows = [f"| {name} | {plain(value)} |" for name, value in settings(config)]
        setting, value = _("Setting"), _("Value")
        left.markdown("\n".join([f"| {setting} | {value} |", "|:--|:--|", *rows]))
        with right:
            show_summary(config.network)
        command = _command(training)
        with st.expander(_("Keras code"), icon=":material/code:", key=f"code_{training.key}"):
            show_code(config, training.name, command)
            for sentence in _beyond_the_script(training):
                st.caption(sentence)
        if command:
            st.markdown(_("On the command line:"))
            st.code(command, language="bash")


def _quirks(training: Training, model: Model) -> Iterable[Message]:
    """What to know about a model: its recipe's, in the reader's language, else the texts of its card."""
    recipe = RECIPES.get(training.recipe)
    written: list[str] = model.card.get("quirks", [])
    return recipe.quirks if recipe and written else map(stored.read, written)


def _show_imported(model: Model) -> None:
    """An imported model, whose settings are not known."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{_FOUND}**")
        show_found(model)
    with right:
        show_summary(model.network)
    code = st.expander(_("Keras code"), icon=":material/code:", key=f"code_{model.name}", on_change="rerun")
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
        device = _device(str(model.card.get("device", ""))) if model else ""
        facts.append(_("{time} on {device}", time=took, device=device) if device else took)
    if training.when:
        facts.append(_("{day}", day=datetime.fromtimestamp(training.when, UTC).date()))
    if model:
        facts.append(_("weights `{hash}`", hash=model.hash))
    return " · ".join(facts)


def _device(written: str) -> str:
    """A card's device, as "CPU, 2 cores"; the name of a graphics card stays as it is."""
    found = re.fullmatch(r"CPU, (\d+) cores?", written)
    return plural("CPU, {n} core", "CPU, {n} cores", int(found[1])) if found else plain(written)


def _beyond_the_script(training: Training) -> list[str]:
    """What happened to this run besides its settings."""
    run = training.run
    if run is None:
        return []
    rates = [sent for sent in store().jobs.commands(run.id) if sent.kind == "set-rate" and sent.step is not None]
    said = [
        _("The learning rate was set to {rate} after step {step}.", rate=f"{sent.value:g}", step=sent.step)
        for sent in rates
    ]
    if run.parent_step is not None and run.parent:
        said.append(_("The run started from run {run} after step {step}.", run=str(run.parent), step=run.parent_step))
    elif run.parent_step is not None:
        said.append(_("The run started from a deleted run after step {step}.", step=run.parent_step))
    if run.state == "stopped":
        said.append(_("The run was stopped after step {step}.", step=int(run.job.done)))
    return [together(sentence, _("The script does not contain this.")) for sentence in said]


def _command(training: Training) -> str:
    if training.run:
        return training.run.spec.command
    model = training.model()
    return str(model.card.get("command", "")) if model else ""


def _edit(run: Run) -> None:
    with st.form(f"edit_{run.id}", border=False):
        name = st.text_input(_("Name"), run.name, max_chars=LONGEST_NAME, key=f"name_{run.id}")
        note = st.text_area(_("Note"), run.note, max_chars=LONGEST_NOTE, key=f"note_{run.id}")
        if st.form_submit_button(_("Save"), icon=":material/check:", key=f"save_{run.id}"):
            with friendly():
                rename(run.id, name or "", note or "")
                st.rerun()


def rename(run: int, name: str, note: str) -> None:
    """Give a run a name and a note; a name that does not change stays a message where the program gave it.

    Raises:
        InputError: the name is empty or one of them is too long, or the run is gone.
    """
    name, note = " ".join(text(name).split()), text(note).strip()
    if not 1 <= len(name) <= LONGEST_NAME or len(note) > LONGEST_NOTE:
        raise InputError(
            message(
                "A name has 1 to {name} characters and a note at most {note}; "
                "these have {given_name} and {given_note}.",
                name=LONGEST_NAME,
                note=LONGEST_NOTE,
                given_name=len(name),
                given_note=len(note),
            )
        )
    if name != store().runs.get(run).name:
        store().runs.rename(visitor.person(), run, name)
    store().runs.annotate(visitor.person(), run, note)
