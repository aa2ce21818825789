"""The test digits that the model gets wrong, and which of them every model gets wrong."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.insight import answers
from digitlab.insight.answers import Answers
from digitlab.jobs import asking
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.store.results import Wanted
from digitlab.ui.friendly import friendly
from digitlab.ui.opened import store
from digitlab.ui.samples import address
from digitlab.ui.samples.computing import answers_of
from digitlab.ui.samples.downloads import offer_csv, offer_png
from digitlab.ui.samples.sheet import PER_PAGE, picture, show_sheet, tiles
from digitlab.ui.waiting import wait_for


def show_mistakes(model: Model) -> None:
    found = answers_of(model, "test")
    wrong = found.mistakes
    if not len(wrong):
        st.markdown(
            f"**{model.name} reads all {len(found.labels):,} test digits right.** There is nothing to show here."
        )
        return
    everyone, asked, missing = _by_everyone(model, found)
    marked = everyone[wrong] if asked > 1 else np.zeros(len(wrong), bool)
    st.markdown(
        f"`{model.name}` reads **{len(wrong):,}** of {len(found.labels):,} test digits wrong; here they are, the most "
        "confident first. “4 → 9” is labelled 4 and answered 9."
    )
    if asked > 1:
        st.markdown(
            f"**{int(marked.sum())}** of them, marked with a white corner and a frame, are read wrong by all {asked} "
            "networks whose answers are known. Those may be mislabelled, or be no digit that anybody could read."
        )
    only_marked = False
    if marked.any():
        only_marked = st.toggle("Only those that all networks get wrong", key="only_marked")
    shown, frames = (wrong[marked], marked[marked]) if only_marked else (wrong, marked)
    page = st.pagination(-(-len(shown) // PER_PAGE), key="mistakes_page") if len(shown) > PER_PAGE else 1
    part = slice((page - 1) * PER_PAGE, page * PER_PAGE)
    with st.container(key="mistakes"):
        here = tiles("test", shown[part], found, frames[part])
        show_sheet(
            "test",
            here,
            "mistakes_picture",
            lambda number: address.open_digit("test", number),
        )
    with st.container(horizontal=True, width="content"):
        offer_csv(
            f"mistakes-{model.name}",
            ["number", "label", "answer", "confidence", "all networks wrong"],
            lambda: [
                [
                    int(place),
                    int(found.labels[place]),
                    int(found.digits[place]),
                    f"{found.confidence[place]:.6f}",
                    int(mark),
                ]
                for place, mark in zip(wrong, marked, strict=True)
            ],
            "csv_mistakes",
        )
        offer_png(f"mistakes-{model.name}", lambda: picture("test", here), "png_mistakes")
    with friendly():
        _ask_the_others(missing)


def _by_everyone(model: Model, found: Answers) -> tuple[NDArray[np.bool_], int, list[Model]]:
    """Which digits all known models get wrong, bool [N], how many these models are, and which are not known yet."""
    everyone, asked, missing = ~found.right, 1, []
    for other in zoo.models():
        if other.hash == model.hash:
            continue
        theirs = answers.known(other, "test")
        if theirs is None:
            missing.append(other)
        else:
            everyone, asked = everyone & ~theirs.right, asked + 1
    return everyone, asked, missing


def _ask_the_others(missing: list[Model]) -> None:
    if not missing:
        return
    wanted = {one.name: answers.wanted(one, "test") for one in missing}
    waiting = [name for name in wanted if asking.asked(store(), wanted[name]) is not None]
    if waiting:
        wait_for(wanted[waiting[0]], f"What {waiting[0]} answers to the test digits", "about ten seconds")
        return
    st.markdown(
        f"{len(missing)} other {'network has' if len(missing) == 1 else 'networks have'} not read the test digits yet."
    )
    st.button(
        "Ask them, too", icon=":material/group:", key="ask_others",
        on_click=_ask, args=(list(wanted.values()),),
    )  # fmt: skip


def _ask(wanted: list[Wanted]) -> None:
    with friendly():
        for one in wanted:
            asking.ask(store(), one)
