"""Browse: filters, pages of a hundred digits, and one of them opened."""

import secrets
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.data.mnist import SIZES
from digitlab.insight import answers, features
from digitlab.insight.answers import Answers
from digitlab.networks.zoo import Model
from digitlab.ui.samples import choosing, query
from digitlab.ui.samples.computing import answers_of, wait_for_features
from digitlab.ui.samples.downloads import offer_sheet
from digitlab.ui.samples.one import show_one
from digitlab.ui.samples.query import ALL, MARKS, ORDERS, OUTCOMES, PARTS, Choice
from digitlab.ui.samples.sheet import PER_PAGE, show_sheet, tiles
from digitlab.ui.samples.slices import of_filter, offer_to_save
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.names import in_text
from digitlab.words import _, together


def show_browse(model: Model) -> None:
    choice = query.read()
    labels = mnist.load().of(choice.part)[1]
    _what(choice)
    filters = st.container(key="filters", gap="small")
    one = st.container()
    body = st.container()
    if not choice.asks_the_network:
        with body, friendly():
            _page(model, choice, choosing.chosen(choice, labels, None, None), _known(model, choice))
    if choice.number is not None:
        with one, friendly():
            show_one(model, choice.part, choice.number)
    with filters:
        found = _filters(model, choice, labels)
    if choice.asks_the_network:
        with body, friendly():
            known_features = features.known(model)
            if found is None or (choice.order == "strange" and known_features is None):
                if found is not None:
                    wait_for_features(model)
                st.markdown(_("The digits appear here when the computation has finished."))
                st.button(_("Show all digits"), key="no_filters", on_click=_show_all)
            else:
                _page(model, choice, choosing.chosen(choice, labels, found, known_features), found)


def _what(choice: Choice) -> None:
    """Which part, one by number, one by chance, and the order."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices_what"):
        _widget("part", choice.part)
        st.segmented_control(
            _("Part"), list(PARTS), format_func=lambda part: f"{PARTS[part]} · {SIZES[part]:,}", required=True,
            key="part", on_change=_changed, args=("part", "number"),
        )  # fmt: skip
        _widget("number", choice.number)
        st.number_input(
            _("Digit number (0 to {last})", last=SIZES[choice.part] - 1), 0, SIZES[choice.part] - 1, value=None,
            key="number", on_change=_changed, args=("number",), width=200,
        )  # fmt: skip
        st.button(_("Random"), icon=":material/casino:", on_click=_random, args=(choice,), key="random")
        _widget("order", choice.order)
        st.selectbox(
            _("Order"), list(ORDERS), format_func=lambda order: str(ORDERS[order]), key="order", width=240,
            filter_mode=None, on_change=_changed, args=("order",),
            help=_(
                "Confidence is the probability of the answer. “Least typical first” sorts by the distance to the mean "
                "of the class in the network's last hidden layer."
            ),
        )  # fmt: skip


def _filters(model: Model, choice: Choice, labels: NDArray[np.uint8]) -> Answers | None:
    """The filters with how many digits each would leave; gives the network's answers, where they are known."""
    first_row = st.container(horizontal=True, vertical_alignment="bottom", gap="large", key="choices_label")
    found = None
    with friendly():
        found = _known(model, choice) or (answers_of(model, "test") if choice.part == "test" else None)
    counts = choosing.counts(choice, labels, found)
    with first_row:
        _digit_pills("only", _("Label"), choice.only, counts.only)
    if found is None:
        with st.expander(_("Filter by answer"), expanded=choice.asks_the_network, key="by_answer"):
            wait_for_features(model)
        return None
    assert counts.answer is not None
    assert counts.outcome is not None
    assert counts.sure is not None
    with first_row:
        shown = dict(zip(("right", "wrong"), counts.outcome, strict=True))
        _widget("outcome", choice.outcome)
        st.pills(
            _("Result"), list(shown), format_func=lambda name: f"{OUTCOMES[name]} · {shown[name]:,}", key="outcome",
            on_change=_changed, args=("outcome",), width="content",
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large", key="choices_answer"):
        _digit_pills("answer", _("Answer of {model}", model=in_text(model)), choice.answer, counts.answer)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small", width="content"):
            _confidence(choice, counts.sure)
    return found


def _page(model: Model, choice: Choice, numbers: NDArray[np.int64], found: Answers | None) -> None:
    """One page of the digits, and where it stands among the others."""
    if not len(numbers):
        st.markdown(_("**No digit matches these filters.**"))
        st.button(
            _("Show all digits"), icon=":material/filter_alt_off:", key="no_filters", on_click=query.clear_filters
        )
        return
    pages = -(-len(numbers) // PER_PAGE)
    page = min(choice.page, pages)
    here = numbers[(page - 1) * PER_PAGE : page * PER_PAGE]
    shown = tiles(choice.part, here, found)
    with st.container(key="sheet"):
        show_sheet(choice.part, shown, "sheet_picture", lambda number: query.write(number=number))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        if choice.order == "number":
            where = _(
                "Numbers {first} to {last}: {shown} of {total} digits.",
                first=int(here[0]),
                last=int(here[-1]),
                shown=len(here),
                total=len(numbers),
            )
        else:
            before = (page - 1) * PER_PAGE
            where = _(
                "Digits {first} to {last} of {total}.", first=before + 1, last=before + len(here), total=len(numbers)
            )
        wrong = found is not None and any("→" in tile.text for tile in shown)
        st.caption(together(where, _("4 → 9: label 4, answer 9.") if wrong else _("Press a digit to open it.")))
        offer_sheet(choice.part, here, found)
        offer_to_save(choice.part, numbers, of_filter(choice, model), "browse")
        key = f"page_{page}"  # one widget a page: if its value were set, Streamlit would warn of its default
        st.pagination(pages, default=page, key=key, on_change=lambda: query.write(page=st.session_state[key]))


def _known(model: Model, choice: Choice) -> Answers | None:
    return answers.known(model, choice.part)


def _digit_pills(name: str, label: str, value: int | None, counts: tuple[int, ...]) -> None:
    _widget(name, value)
    st.pills(
        label, list(range(10)), format_func=lambda digit: f"{digit} · {counts[digit]:,}", key=name,
        on_change=_changed, args=(name,), width="content",
    )  # fmt: skip


def _confidence(choice: Choice, counts: tuple[int, ...]) -> None:
    """Where the range of confidence begins and ends, each choice with how many digits it would leave."""
    low, high = (MARKS.index(mark) for mark in choice.sure)
    left = {mark: sum(counts[at:high]) for at, mark in enumerate(MARKS[:high])}
    left_below = {MARKS[at]: sum(counts[low:at]) for at in range(low + 1, len(MARKS))}
    _widget("sure_from", choice.sure[0])
    st.selectbox(
        _("Confidence from"), list(left), format_func=lambda mark: f"{mark:g}% · {left.get(mark, 0):,}",
        key="sure_from", on_change=_range_changed, width=150, filter_mode=None,
    )  # fmt: skip
    _widget("sure_to", choice.sure[1])
    st.selectbox(
        _("Confidence to"), list(left_below), format_func=lambda mark: f"{mark:g}% · {left_below.get(mark, 0):,}",
        key="sure_to", on_change=_range_changed, width=150, filter_mode=None,
    )  # fmt: skip


def _widget(name: str, value: Any) -> None:
    """Have a widget show what the address says, whatever it showed before."""
    if st.session_state.get(name, ALL) != value:
        st.session_state[name] = value


def _changed(name: str, *forget: str) -> None:
    """Put what a widget says into the address; but for an opened digit, the pages start at 1."""
    value = st.session_state[name]
    first_page: dict[str, Any] = {} if name == "number" else {"page": 1}
    query.write(**first_page | dict.fromkeys(forget) | {name: value})


def _range_changed() -> None:
    query.write(page=1, sure=(st.session_state["sure_from"], st.session_state["sure_to"]))


def _random(choice: Choice) -> None:
    query.write(number=secrets.randbelow(SIZES[choice.part]))


def _show_all() -> None:
    query.clear_filters()
    query.write(order=ALL.order)
