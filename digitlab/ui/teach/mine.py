"""The section "My digits": what this browser kept, to see, relabel, share, download and delete."""

from collections.abc import Callable

import streamlit as st

from digitlab.errors import DigitLabError
from digitlab.networks.zoo import Model
from digitlab.store.drawings import MOST, Kept
from digitlab.training import drawn
from digitlab.ui import visitor
from digitlab.ui.opened import store
from digitlab.ui.teach.learning import offer_to_learn

PER_PAGE = 12
_CARD = 165  # pixels: two beside each other on a phone
_PROBLEM = "mine_problem"  # session: why something could not be changed

NO_COOKIE = "This browser keeps no cookies, so DigitLab cannot tell which drawings are yours."
EMPTY = "Nothing here yet. Draw a digit on the Draw page and say what it is: it appears here."
WHOSE = (
    "Kept on this server under a random number in a cookie of this browser. Other visitors see only what you share. "
    "What you delete is gone for good, also from the sets that runs learn from; what a network has learned stays in it."
)


def show_my_digits(model: Model) -> None:
    """Everything that this browser kept, and what others share."""
    browser = visitor.browser()
    if browser is None:
        st.caption(NO_COOKIE)
        return
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(problem, icon=":material/info:")
    mine = store().drawings.of(browser)
    with st.container(key="mine"):
        if not mine:
            st.caption(EMPTY)
        else:
            right = sum(kept.answered == kept.label for kept in mine)
            st.markdown(f"{len(mine):,} of at most {MOST:,}; the networks read {right:,} of them right.")
            _show_page(mine, browser)
            _show_downloads(mine, browser)
            offer_to_learn(mine, model, browser)
            st.caption(WHOSE)
    _show_shared(store().drawings.shared_by_others(browser))


def _show_page(mine: list[Kept], browser: str) -> None:
    pages = -(-len(mine) // PER_PAGE)
    page = min(st.session_state.get("mine_page") or 1, pages)
    with st.container(horizontal=True, gap="small"):
        for kept in mine[(page - 1) * PER_PAGE : page * PER_PAGE]:
            _show_one(kept, browser)
    if pages > 1:
        st.pagination(pages, key="mine_page")


def _show_one(kept: Kept, browser: str) -> None:
    with st.container(border=True, gap="xsmall", width=_CARD, key=f"mine_{kept.id}"):
        st.html(_picture(kept, f"A {kept.label} that you drew"))
        said = "?" if kept.answered is None else kept.answered
        st.caption("read right" if said == kept.label else f"read as {said}")
        # The label is part of the key, so that the store's word goes before what a widget remembers.
        key = f"label_{kept.id}_{kept.label}"
        st.selectbox("It is a", range(10), kept.label, key=key, on_change=_relabel, args=(browser, kept.id, key))
        share = f"share_{kept.id}_{kept.shared}"
        st.checkbox("Share", kept.shared, key=share, on_change=_share, args=(browser, kept.id, share))
        st.button(
            "Delete", icon=":material/delete:", key=f"delete_{kept.id}", on_click=_delete, args=(browser, [kept.id])
        )


def _show_downloads(mine: list[Kept], browser: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(
            '<p class="dl-downloads">Download all: <a href="api/drawings.json" download>strokes and labels (JSON)</a>, '
            '<a href="api/drawings.zip" download>pictures (PNG)</a></p>',
            width="content",
        )
        with st.popover("Delete all", icon=":material/delete_forever:"):
            st.markdown(f"Delete all {len(mine):,} drawings of this browser?")
            everything = [kept.id for kept in mine]
            st.button(
                "Yes, delete them", type="primary", key="delete_all", on_click=_delete, args=(browser, everything)
            )


def _show_shared(shared: list[Kept]) -> None:
    if not shared:
        return
    st.subheader("Shared by others", anchor="shared")
    pictures = "".join(_picture(kept, f"A {kept.label} that another visitor shares") for kept in shared[:200])
    st.html(f'<div class="dl-shared">{pictures}</div>')


def _picture(kept: Kept, words: str) -> str:
    return f'<img class="dl-kept" src="api/drawings/{kept.id}.png" width="84" height="84" alt="{words}">'


def _relabel(browser: str, number: int, key: str) -> None:
    _try(lambda: store().drawings.relabel(browser, number, int(st.session_state[key])))


def _share(browser: str, number: int, key: str) -> None:
    _try(lambda: store().drawings.share(browser, number, bool(st.session_state[key])))


def _delete(browser: str, numbers: list[int]) -> None:
    def delete() -> None:
        store().drawings.delete(browser, numbers)
        drawn.forget(browser, numbers)

    _try(delete)


def _try(change: Callable[[], None]) -> None:
    try:
        change()
    except DigitLabError as error:
        st.session_state[_PROBLEM] = str(error)
