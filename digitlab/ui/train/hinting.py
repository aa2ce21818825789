"""What the curves of a run show, with a link that changes the next run."""

import streamlit as st

from digitlab.data.augmentation import Augmentation, differences
from digitlab.jobs.draft import Draft
from digitlab.jobs.draft_query import to_query
from digitlab.runs.following import Followed
from digitlab.training.config import TrainingConfig
from digitlab.training.hints import Hint, Seen, leading_hint
from digitlab.ui.shared import pages
from digitlab.words import Message, _, message, together

_TITLES: dict[Seen, Message] = {
    "divergence": message("Divergence"),
    "overfitting": message("Overfitting"),
    "slow": message("Slow learning"),
    "dead": message("Dead units"),
}


def show_hint(followed: Followed, config: TrainingConfig) -> None:
    """One line with the numbers, what to do behind its title; nothing where the curves show nothing known."""
    run = followed.run
    hint = leading_hint(config, followed.steps, followed.epochs, failed=run.state == "failed")
    if hint is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"hint_{hint.seen}"):
        with st.popover(str(_TITLES[hint.seen]), icon=":material/lightbulb:"):
            st.markdown(together(*hint.text))
            query = to_query(draft_of(run.id, hint))
            pages.link(pages.TRAIN, _("New run with this change"), query, icon=":material/tune:")
        with st.container(key="hint_numbers"):
            st.markdown(str(hint.text[0]))


def draft_of(run: int, hint: Hint) -> Draft:
    """The run's settings with the hint's changes."""
    changes = dict(hint.changes)
    varied: Augmentation | None = changes.pop("augmentation", None)
    return Draft(like=run, changes=changes, variation=None if varied is None else differences(varied))
