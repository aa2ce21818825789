"""The section "My digits": what this browser or account kept, to see, relabel, share, download and delete."""

import html
from collections.abc import Callable

import streamlit as st

from digitlab.data import drawn
from digitlab.errors import DigitLabError
from digitlab.jobs.limits import limits
from digitlab.networks.zoo import Model
from digitlab.server.store import store
from digitlab.store.drawings import Card
from digitlab.ui.shared import visitor
from digitlab.ui.shared.foreign import complain
from digitlab.ui.shared.learning import offer_to_learn
from digitlab.words import _, message, plural

PER_PAGE = 12
SHARED_PER_PAGE = 60
_CARD = 165  # pixels: two beside each other on a phone
_PROBLEM = "mine_problem"  # session: why something could not be changed

EMPTY = message("No drawings yet. Draw a digit on the Draw page and save your correction.")
WHOSE = message(
    "Saved on this server under a random number in a cookie of this browser. Other visitors see only what you share. "
    "Deleting is permanent, also in the training sets of runs. A trained network keeps what it has learned."
)
WHOSE_ACCOUNTS = message(
    "Saved on this server for your account. Other visitors see only what you share. "
    "Deleting is permanent, also in the training sets of runs. A trained network keeps what it has learned."
)


def show_my_digits(model: Model) -> None:
    """Everything that this browser kept, and what others share."""
    browser = visitor.browser()
    if browser is None:
        st.caption(str(visitor.NO_COOKIE))
        return
    if problem := st.session_state.pop(_PROBLEM, None):
        complain(problem)
    count, right = store().drawings.counts(browser)
    with st.container(key="mine"):
        if not count:
            st.caption(str(EMPTY))
        else:
            ours = store().classes.settings_for(visitor.person())
            most = ours.drawings if ours else limits().drawings
            st.markdown(
                _(
                    "{count} of at most {most} drawings. The networks read {right} of them correctly.",
                    count=count,
                    most=round(most),
                    right=right,
                )
            )
            _show_page(count, browser)
            _show_downloads(count, browser)
            offer_to_learn(count, model)
            st.caption(str(WHOSE_ACCOUNTS if visitor.is_logged_in() else WHOSE))
    _show_shared()


def _show_page(count: int, browser: str) -> None:
    pages = -(-count // PER_PAGE)
    page = min(st.session_state.get("mine_page") or 1, pages)
    with st.container(horizontal=True, gap="small"):
        for kept in store().drawings.cards(browser, (page - 1) * PER_PAGE, PER_PAGE):
            _show_one(kept, browser)
    if pages > 1:
        st.pagination(pages, key="mine_page")


def _show_one(kept: Card, browser: str) -> None:
    with st.container(border=True, gap="xsmall", width=_CARD, key=f"mine_{kept.id}"):
        st.html(_picture(kept, _("Your drawing, label {label}", label=kept.label)))
        said = "?" if kept.answered is None else kept.answered
        st.caption(_("Correct") if said == kept.label else _("Read as {digit}", digit=said))
        # The label is part of the key, so that the stored value wins over what a widget remembers.
        key = f"label_{kept.id}_{kept.label}"
        st.selectbox(_("Label"), range(10), kept.label, key=key, on_change=_relabel, args=(kept.id, key))
        share = f"share_{kept.id}_{kept.shared}"
        st.checkbox(_("Share"), kept.shared, key=share, on_change=_share, args=(kept.id, share))
        st.button(
            _("Delete"), icon=":material/delete:", key=f"delete_{kept.id}", on_click=_delete, args=(browser, [kept.id])
        )


def _show_downloads(count: int, browser: str) -> None:
    title, strokes, pictures = _("Download all:"), _("strokes and labels (JSON)"), _("images (PNG)")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(
            f'<p class="dl-downloads">{title} <a href="api/drawings.json" download>{strokes}</a> · '
            f'<a href="api/drawings.zip" download>{pictures}</a></p>',
            width="content",
        )
        with st.popover(_("Delete all"), icon=":material/delete_forever:"):
            st.markdown(plural("Delete your {n} drawing?", "Delete all your {n} drawings?", count))
            st.button(_("Delete all drawings"), type="primary", key="delete_all", on_click=_delete_all, args=(browser,))


def _show_shared() -> None:
    count = store().drawings.count_shared_by_others(visitor.person())
    if not count:
        return
    st.subheader(_("Shared by others"), anchor="shared")
    pages = -(-count // SHARED_PER_PAGE)
    page = min(st.session_state.get("shared_page") or 1, pages)
    shared = store().drawings.shared_by_others(visitor.person(), (page - 1) * SHARED_PER_PAGE, SHARED_PER_PAGE)
    pictures = "".join(
        _picture(kept, _("Drawing of another visitor, label {label}", label=kept.label)) for kept in shared
    )
    st.html(f'<div class="dl-shared">{pictures}</div>')
    if pages > 1:
        st.pagination(pages, key="shared_page")


def _picture(kept: Card, words: str) -> str:
    return f'<img class="dl-kept" src="api/drawings/{kept.id}.png" width="84" height="84" alt="{html.escape(words)}">'


def _relabel(number: int, key: str) -> None:
    _try(lambda: store().drawings.relabel(visitor.person(), number, int(st.session_state[key])))


def _share(number: int, key: str) -> None:
    _try(lambda: store().drawings.share(visitor.person(), number, bool(st.session_state[key])))


def _delete(browser: str, numbers: list[int]) -> None:
    def delete() -> None:
        store().drawings.delete(visitor.person(), numbers)
        drawn.forget(browser, numbers)

    _try(delete)


def _delete_all(browser: str) -> None:
    def delete() -> None:
        drawn.forget(browser, store().drawings.delete_all(visitor.person()))

    _try(delete)


def _try(change: Callable[[], None]) -> None:
    try:
        change()
    except DigitLabError as error:
        st.session_state[_PROBLEM] = error.sentence
