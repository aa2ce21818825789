"""One training: its figures, its name and note, its settings, code and files, and deleting it."""

from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import streamlit as st

from digitlab import home
from digitlab.errors import InputError
from digitlab.insight.trainings import Training
from digitlab.store.records import Run
from digitlab.training.recipes import RECIPES
from digitlab.ui.friendly import friendly
from digitlab.ui.opened import store
from digitlab.ui.recipe_text import settings
from digitlab.ui.runs.downloads import show_downloads
from digitlab.ui.runs.removing import ask_removal
from digitlab.ui.runs.table import state_text
from digitlab.ui.tables import show_code, show_summary

LONGEST_NAME, LONGEST_NOTE = 80, 2000


def show_training(training: Training) -> None:
    """Everything about one of them."""
    st.markdown(_figures(training))
    if training.run and training.run.job.reason:
        st.markdown(f":material/info: {training.run.job.reason}")
    if training.note:
        st.text(training.note)
    model = training.model()
    for quirk in model.card.get("quirks", []) if model else []:
        st.caption(quirk)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if model and model.file.parent in (home.SHIPPED_MODELS, home.trained_models()):
            st.page_link(
                home.ROOT / "pages/draw.py",
                label="Draw for it",
                icon=":material/draw:",
                query_params={"model": model.name},
            )
        again = {"like": training.key} if training.run else {"recipe": training.recipe}
        if training.run or training.recipe in RECIPES:
            st.page_link(
                home.ROOT / "pages/train.py",
                label="Start again with these settings",
                icon=":material/replay:",
                query_params=again,
            )
        if training.run:
            watch = home.ROOT / "pages/train.py"
            st.page_link(watch, label="Watch", icon=":material/monitoring:", query_params={"run": training.key})
            with st.popover("Name and note", icon=":material/edit:"):
                _edit(training.run)
        if training.removable and st.button("Delete …", icon=":material/delete:", key=f"delete_{training.key}"):
            ask_removal([training])
    if model and "measured" in model.card:
        with st.expander("What was measured", icon=":material/straighten:", key=f"measured_{training.key}"):
            _show_measured(model.card["measured"])
    st.markdown("**Take it along**")
    show_downloads(training)
    with friendly():
        config = training.config()
        left, right = st.columns(2, gap="large")
        rows = [f"| {name} | {value} |" for name, value in settings(config)]
        left.markdown("\n".join(["| Setting | Value |", "|:--|:--|", *rows]))
        with right:
            show_summary(config.network)
        command = _command(training)
        with st.expander("Show the code", icon=":material/code:", key=f"code_{training.key}"):
            show_code(config, training.name, command)
            for sentence in _beyond_the_script(training):
                st.caption(sentence)
        if command:
            st.markdown("**Again**, on the command line:")
            st.code(command, language="bash")


def _figures(training: Training) -> str:
    model = training.model()
    facts = [state_text(training.state)]
    if training.test_accuracy is not None:
        facts.append(f"**{training.test_accuracy:.2%}** of the test digits read right")
    published = model.card.get("published", {}) if model else {}
    facts += [f"its article says {value:.2f} %" for name, value in published.items() if name.startswith("test")]
    if training.best_validation is not None:
        facts.append(f"best validation {training.best_validation:.2%}")
    facts.append(f"{training.parameters:,} parameters")
    if model:
        facts.append(f"{model.card['multiply_adds']:,} multiply-adds a digit")
    if training.seconds is not None:
        facts.append(f"{training.seconds / 60:.1f} minutes on {model.card.get('device', '?') if model else '?'}")
    if training.when:
        facts.append(f"{datetime.fromtimestamp(training.when, UTC):%Y-%m-%d}")
    if model:
        facts.append(f"weights `{model.hash}`")
    return " · ".join(facts)


def _show_measured(measured: dict[str, Any]) -> None:
    """What a card says about reading: under each command the figures that it prints."""
    rows = []
    for command, figures in groupby(measured["figures"], itemgetter("command")):
        rows.append(f"| | `{command}` |")
        rows += [f"| {row['value']:.2%} | {row['what']}{_aim(row)} |" for row in figures]
    st.markdown("\n".join(["| Share | What |", "|--:|:--|", *rows]))
    strokes = measured["strokes"]
    st.caption(
        f"Pen digits: {strokes['set']}, [doi:{strokes['doi']}](https://doi.org/{strokes['doi']}), "
        f"{strokes['clean']:,} of {strokes['drawings']:,} drawings; the others are scribbles and wrong labels. "
        "It never learned from them."
    )


def _aim(row: dict[str, Any]) -> str:
    """What a figure should be, where its model has an aim."""
    if "at_least" in row:
        return f" (aim: at least {row['at_least']:.1%})"
    return f" (aim: at most {row['at_most']:.1%})" if "at_most" in row else ""


def _beyond_the_script(training: Training) -> list[str]:
    """What happened to this run besides its settings."""
    run = training.run
    if run is None:
        return []
    rates = [sent for sent in store().jobs.commands(run.id) if sent.kind == "set-rate" and sent.step is not None]
    said = [f"After step {sent.step:,} somebody set its learning rate to {sent.value:g}." for sent in rates]
    if run.parent_step is not None:
        parent = f"run {run.parent}" if run.parent else "a run that was deleted since"
        said.append(f"It began with the weights of {parent} after step {run.parent_step:,}.")
    if run.state == "stopped":
        said.append(f"It was stopped after step {run.job.done:,.0f}.")
    return [f"{sentence} The script knows nothing of it." for sentence in said]


def _command(training: Training) -> str:
    if training.run:
        return str(training.run.job.spec.get("command", ""))
    model = training.model()
    return str(model.card.get("command", "")) if model else ""


def _edit(run: Run) -> None:
    with st.form(f"edit_{run.id}", border=False):
        name = st.text_input("Name", run.name, max_chars=LONGEST_NAME, key=f"name_{run.id}")
        note = st.text_area("Note", run.note, max_chars=LONGEST_NOTE, key=f"note_{run.id}")
        if st.form_submit_button("Keep", icon=":material/check:"):
            with friendly():
                rename(run.id, name or "", note or "")
                st.rerun()


def rename(run: int, name: str, note: str) -> None:
    """Give a run a name and a note.

    Raises:
        InputError: the name is empty or one of them is too long, or the run is gone.
    """
    name, note = " ".join(name.split()), note.strip()
    if not 1 <= len(name) <= LONGEST_NAME or len(note) > LONGEST_NOTE:
        raise InputError(
            f"A name must have 1 to {LONGEST_NAME} characters and a note at most {LONGEST_NOTE:,}; "
            f"they have {len(name)} and {len(note):,}."
        )
    store().runs.rename(run, name)
    store().runs.annotate(run, note)
