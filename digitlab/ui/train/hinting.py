"""What the curves of a run show, in plain words, with a click that changes the next run."""

from dataclasses import fields

import streamlit as st

from digitlab.data.augmentation import Augmentation
from digitlab.training.config import TrainingConfig
from digitlab.training.hints import Hint, hints
from digitlab.ui.train.address import to_query
from digitlab.ui.train.draft import Draft
from digitlab.ui.train.following import Followed
from digitlab.ui.train.waiting import PAGE

_TITLES = {
    "divergence": "It does not learn: it diverges.",
    "overfitting": "It learns by heart.",
    "slow": "It learns slowly.",
    "dead": "Some of its units are dead.",
}


def show_hints(followed: Followed, config: TrainingConfig) -> None:
    """One box a hint; nothing where the curves show nothing known."""
    run = followed.run
    for hint in hints(config, followed.steps, followed.epochs, failed=run.state == "failed"):
        with st.container(border=True, key=f"hint_{hint.seen}", gap="xsmall"):
            st.markdown(f":material/lightbulb: **{_TITLES[hint.seen]}** {hint.text}")
            st.page_link(
                PAGE,
                label="Start another run with this change",
                icon=":material/tune:",
                query_params=to_query(draft_of(run.id, hint)),
            )


def draft_of(run: int, hint: Hint) -> Draft:
    """The run's settings with the hint's changes."""
    changes = dict(hint.changes)
    varied: Augmentation | None = changes.pop("augmentation", None)
    plain = Augmentation()
    variation = None
    if varied is not None:
        amounts = {field.name: getattr(varied, field.name) for field in fields(varied)}
        variation = {name: amount for name, amount in amounts.items() if amount != getattr(plain, name)}
    return Draft(like=run, changes=changes, variation=variation)
