"""What stands in the address of the page: the section, and which digits are shown in which order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import streamlit as st

from digitlab.data.mnist import SIZES, Part
from digitlab.errors import InputError
from digitlab.ui.shared import visitor
from digitlab.ui.shared.foreign import warn
from digitlab.words import Message, _, message, together

Section = Literal["browse", "data", "quality", "mistakes", "game", "map", "robustness", "mine"]
Order = Literal["number", "unsure", "sure", "loss", "strange"]
Outcome = Literal["right", "wrong"]

SECTIONS: dict[Section, Message] = {
    "browse": message("Browse"),
    "data": message("Data"),
    "quality": message("Evaluation"),
    "mistakes": message("Mistakes"),
    "game": message("Quiz"),
    "map": message("Map"),
    "robustness": message("Robustness"),
    "mine": message("My digits"),
}
ORDERS: dict[Order, Message] = {
    "number": message("Number"),
    "unsure": message("Least confident first"),
    "sure": message("Most confident first"),
    "loss": message("Largest loss first"),
    "strange": message("Least typical first"),
}
PARTS: dict[Part, Message] = {"training": message("Training"), "test": message("Test")}
OUTCOMES: dict[str, Message] = {"right": message("Correct"), "wrong": message("Wrong")}
# Per cent of confidence that a range can begin and end with.
MARKS = (0.0, 50.0, 60.0, 80.0, 90.0, 95.0, 99.0, 99.9, 100.0)


@dataclass(frozen=True)
class Choice:
    """Which digits are shown.

    Attributes:
        part: of MNIST.
        only: their label; None for all.
        answer: what the network answers; None for all.
        outcome: whether that is right; None for both.
        sure: the answer's probability in per cent, from … to.
        order: how they are ordered.
        number: the digit that is opened.
        page: counted from 1.
    """

    part: Part = "training"
    only: int | None = None
    answer: int | None = None
    outcome: Outcome | None = None
    sure: tuple[float, float] = (MARKS[0], MARKS[-1])
    order: Order = "number"
    number: int | None = None
    page: int = 1

    @property
    def asks_the_network(self) -> bool:
        """Whether the choice needs the network's answers."""
        return self.answer is not None or self.outcome is not None or self.sure != ALL.sure or self.order != "number"


ALL = Choice()
_COMMON = {"model", "class", "lang"}  # parameters of all pages
_LEFT = "samples_left"  # session: the page's own parameters when it was last shown
FILTERS = ("only", "answer", "outcome", "sure")


def choose_section() -> Section:
    """The switch between the sections; the address says which one, and a section leaves what is only its own.

    Who comes back from another page without an address of their own finds what they left.
    """
    if "section" not in st.session_state and not set(st.query_params) - _COMMON:
        for name, value in st.session_state.get(_LEFT, {}).items():
            st.query_params[name] = value
    seen = {name: title for name, title in SECTIONS.items() if visitor.sees(f"samples/{name}")}
    now = cast("Section", _read("section", _one_of(seen), "browse"))
    if st.session_state.get("section") != now:
        st.session_state["section"] = now
    st.segmented_control(
        _("Section"),
        list(seen),
        format_func=lambda name: str(seen[name]),
        required=True,
        key="section",
        on_change=_go,
        label_visibility="collapsed",
    )
    st.session_state[_LEFT] = {name: value for name, value in st.query_params.to_dict().items() if name not in _COMMON}
    return now


def _go() -> None:
    wanted = st.session_state["section"]
    kept = {name: st.query_params[name] for name in ("model",) if name in st.query_params}
    st.query_params.from_dict(kept | ({} if wanted == "browse" else {"section": wanted}))


def read() -> Choice:
    """What the address says; what makes no sense leaves the address, with a sentence on the page."""
    part = cast("Part", _read("part", lambda text: _one_of(PARTS)(text.lower()), ALL.part))
    return Choice(
        part=part,
        only=_read("only", _number(9), None),
        answer=_read("answer", _number(9), None),
        outcome=_read("outcome", _one_of(OUTCOMES), None),
        sure=_read("sure", _range, ALL.sure),
        order=_read("order", _one_of(ORDERS), ALL.order),
        number=_read("number", _number(SIZES[part] - 1), None),
        page=_read("page", _number(SIZES["training"], first=1), 1),
    )


def write(**values: Any) -> None:
    """Put values into the address; those that are what an empty address means leave it."""
    for name, value in values.items():
        if value is None or value == getattr(ALL, name, None):
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = f"{value[0]:g}-{value[1]:g}" if isinstance(value, tuple) else str(value)


def clear_filters() -> None:
    write(page=1, **{name: getattr(ALL, name) for name in FILTERS})


def cell() -> tuple[int, int] | None:
    """Which cell of the confusion matrix is opened: label and answer."""
    found: tuple[int, int] | None = _read("cell", _cell, None)
    return found


def _read(name: str, parse: Callable[[str], Any], otherwise: Any) -> Any:
    given = st.query_params.get(name)
    if given is None:
        return otherwise
    try:
        return parse(given)
    except InputError as error:
        st.query_params.pop(name, None)
        shown = f"{given[:20]}…" if len(given) > 20 else given
        left_out = _("{name}={value} in the address was ignored.", name=name, value=repr(shown))
        warn(together(left_out, error.sentence))
        return otherwise


def _one_of(names: Any) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in names:
            raise InputError(message("Possible values: {names}.", names=", ".join(names)))
        return text

    return parse


def _number(last: int, first: int = 0) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 9 and first <= int(text) <= last):
            raise InputError(message("Possible values: numbers from {first} to {last}.", first=first, last=last))
        return int(text)

    return parse


def _range(text: str) -> tuple[float, float]:
    names = {f"{mark:g}": mark for mark in MARKS}
    low, _, high = text.partition("-")
    if low not in names or high not in names or names[low] >= names[high]:
        raise InputError(
            message("Possible values: two of {names}, the smaller one first, as in 50-90.", names=", ".join(names))
        )
    return names[low], names[high]


def _cell(text: str) -> tuple[int, int]:
    label, _, answer = text.partition("-")
    return _number(9)(label), _number(9)(answer)


def one_of(name: str, values: Sequence[Any], otherwise: Any) -> Any:
    """What the address says for a section's own choice; a sentence if that is none of the values."""
    return _read(name, _one_of(values), otherwise)


def put(name: str, value: str | None) -> None:
    """Put a section's own value into the address, or take the value out."""
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


def show(name: str, value: Any) -> None:
    """Have a widget show what the address says, whatever it showed before."""
    if st.session_state.get(name, value is not None) != value:
        st.session_state[name] = value


def take(name: str, otherwise: Any) -> None:
    """Put what a widget says into the address, unless it is what an empty address means."""
    value = st.session_state[name]
    put(name, None if value == otherwise else value)


def open_digit(part: Part, number: int) -> None:
    """Go to Browse with this digit opened."""
    model = st.query_params.get("model")
    st.query_params.from_dict({"model": model} if model else {})
    write(part=part, number=number)
