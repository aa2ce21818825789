"""What a training is made of: the settings that differ from its recipe's, the network, the code that does the same."""

import streamlit as st

from digitlab.runs.trainings import Training
from digitlab.server.store import store
from digitlab.training.config import TrainingConfig
from digitlab.training.recipes import RECIPES
from digitlab.training.setting import Setting
from digitlab.ui.shared import names
from digitlab.ui.shared.foreign import plain
from digitlab.ui.shared.recipe_text import settings
from digitlab.ui.shared.setting_facts import NONE, differing, facts
from digitlab.ui.shared.setting_text import choice_text
from digitlab.ui.shared.tables import show_code, show_summary
from digitlab.words import _, together


def show_details(training: Training) -> None:
    """Settings, network and code.

    Raises:
        DigitLabError: another version of the project wrote the settings.
    """
    config = training.config()
    left, right = st.columns(2, gap="large")
    with left, st.container(key=f"settings_{training.key}"):
        st.subheader(_("Settings"), anchor=False)
        _show_settings(config, training)
    with right, st.container(key=f"network_{training.key}"):
        st.subheader(_("Network"), anchor=False)
        show_summary(config.network)
    command = _command(training)
    with st.expander(_("Keras code"), icon=":material/code:", key=f"code_{training.key}"):
        show_code(config, names.of_training(training, figure=False), command)
        for sentence in beyond_the_settings(training):
            st.caption(together(sentence, _("The script does not contain this.")))
    if command:
        st.markdown(_("On the command line:"))
        st.code(command, language="bash")


def changes(config: TrainingConfig, recipe: str) -> list[tuple[str, str, str]] | None:
    """The settings that are not its recipe's: label, the recipe's value, this one's; None where there is no recipe."""
    known = RECIPES.get(recipe)
    if known is None:
        return None
    nothing = {NONE, Setting.write(0), _("no"), choice_text("none")}  # what is off is as if it were not there
    return [row for row in differing(facts(known.config), facts(config)) if not {row[1], row[2]} <= nothing]


def _show_settings(config: TrainingConfig, training: Training) -> None:
    recipe = training.recipe
    different = changes(config, recipe)
    if different:
        st.markdown(_rows((_("Setting"), _("Recipe {recipe}", recipe=recipe), _("This run")), different))
    elif different is not None:
        st.markdown(_("All settings are those of the recipe {recipe}.", recipe=recipe))
    key = f"all_settings_{training.key}"  # with a key the part stays as it is in another language
    with st.expander(_("All settings"), icon=":material/tune:", expanded=not different, key=key):
        st.markdown(_rows((_("Setting"), _("Value")), settings(config)))


def _rows(head: tuple[str, ...], rows: list[tuple[str, str]] | list[tuple[str, str, str]]) -> str:
    lines = [" | ".join(plain(cell) for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in (" | ".join(head), "|".join([":--"] * len(head)), *lines))


def beyond_the_settings(training: Training) -> list[str]:
    """What happened to a run besides its settings."""
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
    if run.state == "stopped" and run.job.done:
        said.append(_("The run was stopped after step {step}.", step=int(run.job.done)))
    return said


def _command(training: Training) -> str:
    if training.run:
        return training.run.spec.command
    model = training.model()
    return str(model.card.get("command", "")) if model else ""
