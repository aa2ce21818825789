"""What people write of a run: its name, tags and a note, before it starts and later."""

import streamlit as st

from digitlab.jobs.describing import LONGEST_NAME, LONGEST_NOTE, MOST_TAGS, Description, describe, described
from digitlab.server.store import store
from digitlab.store.records import Run
from digitlab.ui.shared import visitor
from digitlab.ui.shared.friendly import friendly
from digitlab.words import _

_NAME, _TAGS, _NOTE = "new_name", "new_tags", "new_note"  # widgets of the form of a run that has not started


def ask_description(otherwise: str) -> None:
    """The fields for the next run, kept from page to page; a name that is left empty is `otherwise`."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.text_input(_("Name"), key=_NAME, max_chars=LONGEST_NAME, placeholder=otherwise, persist_state="session")
        st.multiselect(
            _("Tags"),
            _known(st.session_state.get(_TAGS, [])),
            key=_TAGS,
            accept_new_options=True,
            max_selections=MOST_TAGS,
            placeholder=_("Choose or type"),
            help=_("Runs are found by their tags on the Runs page."),
            persist_state="session",
        )
    with right:
        st.text_area(_("Note"), key=_NOTE, max_chars=LONGEST_NOTE, height=124, persist_state="session")


def asked() -> Description:
    """What the fields say.

    Raises:
        InputError: something is too long, or there are too many tags.
    """
    values = (st.session_state.get(name) for name in (_NAME, _NOTE, _TAGS))
    name, note, tags = values
    return described(name or "", note or "", tags or [])


def forget() -> None:
    """The run has started: the next one begins without a description."""
    for name in (_NAME, _TAGS, _NOTE):
        st.session_state.pop(name, None)


def show_edit(run: Run) -> None:
    """Change them."""
    with st.popover(_("Name, tags, note"), icon=":material/edit:"), st.form(f"edit_{run.id}", border=False):
        name = st.text_input(_("Name"), run.name, max_chars=LONGEST_NAME, key=f"name_{run.id}")
        tags = st.multiselect(
            _("Tags"),
            _known(run.tags),
            list(run.tags),
            key=f"tags_{run.id}",
            accept_new_options=True,
            max_selections=MOST_TAGS,
            placeholder=_("Choose or type"),
        )
        note = st.text_area(_("Note"), run.note, max_chars=LONGEST_NOTE, key=f"note_{run.id}")
        if st.form_submit_button(_("Save"), icon=":material/check:", key=f"save_{run.id}"):
            with friendly():
                describe(visitor.person(), store(), run.id, described(name or "", note or "", tags))
                st.rerun()


def _known(own: object) -> list[str]:
    """The tags there are, and one's own."""
    return sorted({*store().runs.tags(visitor.person()), *(own if isinstance(own, list | tuple) else ())})
