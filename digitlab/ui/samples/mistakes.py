"""The test digits that the model gets wrong, and which of them every model gets wrong."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.insight import answers
from digitlab.insight.answers import Answers
from digitlab.jobs import asking
from digitlab.networks.zoo import Model
from digitlab.server.store import store
from digitlab.store.results import Wanted
from digitlab.ui.samples import query
from digitlab.ui.samples.computing import answers_of
from digitlab.ui.samples.doubtful import show_doubtful
from digitlab.ui.samples.downloads import offer_csv, offer_png
from digitlab.ui.samples.sheet import PER_PAGE, picture, show_sheet, tiles
from digitlab.ui.shared import visitor
from digitlab.ui.shared.choice import one_of
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.names import in_text
from digitlab.ui.shared.results import wait_for
from digitlab.words import _, message, plural

_VIEWS = {"all": message("Mistakes of this network"), "doubtful": message("Doubtful labels")}


def show_mistakes(model: Model) -> None:
    found = answers_of(model, "test")
    wrong = found.mistakes
    if not len(wrong):
        st.markdown(
            _("**{model} reads all {count} test digits correctly.**", model=in_text(model), count=len(found.labels))
        )
        return
    everyone, asked, missing = _by_everyone(model, found)
    if one_of("view", _VIEWS, _("View"), default="all", hidden=True) == "doubtful":
        with friendly():
            show_doubtful(model, asked)
            _ask_the_others(missing)
        return
    marked = everyone[wrong] if asked > 1 else np.zeros(len(wrong), bool)
    st.markdown(
        _(
            "`{model}` reads **{wrong}** of {total} test digits wrong. The most confident mistakes come first. 4 → 9: "
            "label 4, answer 9.",
            model=in_text(model),
            wrong=len(wrong),
            total=len(found.labels),
        )
    )
    if asked > 1:
        st.markdown(
            _(
                "**{count}** of them, marked with a white corner and a frame, are read wrong by all {networks} "
                "networks with known answers. Their labels may be wrong, or the digits unreadable.",
                count=int(marked.sum()),
                networks=asked,
            )
        )
    only_marked = False
    if marked.any():
        only_marked = st.toggle(_("Only mistakes of all networks"), key="only_marked")
    shown, frames = (wrong[marked], marked[marked]) if only_marked else (wrong, marked)
    page = st.pagination(-(-len(shown) // PER_PAGE), key="mistakes_page") if len(shown) > PER_PAGE else 1
    part = slice((page - 1) * PER_PAGE, page * PER_PAGE)
    with st.container(key="mistakes"):
        here = tiles("test", shown[part], found, frames[part])
        show_sheet(
            "test",
            here,
            "mistakes_picture",
            lambda number: query.open_digit("test", number),
        )
    with st.container(horizontal=True, width="content"):
        offer_csv(
            f"mistakes-{model.name}",
            ["number", "label", "answer", "confidence", "all_wrong"],
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
    for other in visitor.models():
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
        wait_for(
            wanted[waiting[0]],
            _("Answers of {model} to the test digits", model=waiting[0]),
            message("about ten seconds"),
        )
        return
    st.markdown(
        plural(
            "{n} other network has not read the test digits yet.",
            "{n} other networks have not read the test digits yet.",
            len(missing),
        )
    )
    st.button(
        _("Compute their answers"), icon=":material/group:", key="ask_others",
        on_click=_ask, args=(list(wanted.values()),),
    )  # fmt: skip


def _ask(wanted: list[Wanted]) -> None:
    with friendly():
        for one in wanted:
            asking.ask(visitor.person(), store(), one)
