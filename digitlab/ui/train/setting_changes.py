"""What a draft changes in its recipe, in the form's words."""

from digitlab.jobs.draft import Draft
from digitlab.training.settings import SETTINGS
from digitlab.words import _


def names_of_changes(draft: Draft) -> list[str]:
    """A label for each changed setting, for the network and for the variations."""
    names = [_("Network")] if draft.blocks is not None else []
    names += [str(SETTINGS[name].label) for name in draft.changes]
    return names + ([_("Data augmentation")] if draft.variation is not None else [])
