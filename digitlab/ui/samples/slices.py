"""Slices: some digits under a name, saved from a filter or a lasso; networks are evaluated on them as on the whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.data.mnist import SIZES, Part
from digitlab.errors import DigitLabError
from digitlab.insight import answers, doubtful
from digitlab.insight.doubtful import Doubt
from digitlab.networks.zoo import Model
from digitlab.server.store import store
from digitlab.store.slices import LONGEST_NAME, Slice
from digitlab.ui.samples import query
from digitlab.ui.samples.query import ALL, FILTERS, OUTCOMES, PARTS, Choice
from digitlab.ui.shared import visitor
from digitlab.ui.shared.foreign import complain, plain
from digitlab.words import Message, _, message, plural

DOUBTFUL, CLEAN = "doubtful", "clean"
_OWN: dict[str, Message] = {
    DOUBTFUL: message("Doubtful labels"),
    CLEAN: message("Test digits without doubtful labels"),
}


@dataclass(frozen=True)
class Chosen:
    """The slice that the address names.

    Attributes:
        value: in the address.
        name: for people, with foreign text made plain.
        part, numbers: as in `Slice`.
        saved: the visitor's own; None for one that the page computes.
    """

    value: str
    name: str
    part: Part
    numbers: NDArray[np.int64]
    saved: Slice | None = None


def choose_slice() -> Chosen | None:
    """The chooser of slices; gives the one that the address names, None for all digits.

    Those of doubtful labels are empty until enough networks have read the test digits.
    """
    saved = {str(one.id): one for one in store().slices.of(visitor.person())}
    offered = [*saved, *_OWN]
    wanted = query.one_of("slice", offered, None)
    query.show("slice", wanted)
    st.selectbox(
        _("Slice"), offered, key="slice", index=None, placeholder=_("All digits"), width=280, filter_mode=None,
        format_func=lambda value: plain(saved[value].name) if value in saved else str(_OWN[value]),
        on_change=query.take, args=("slice", None),
        help=_("Save a slice under Browse, from any filter, or on the map, from a lasso."),
    )  # fmt: skip
    if wanted is None:
        return None
    if wanted in saved:
        one = saved[wanted]
        return Chosen(wanted, plain(one.name), one.part, one.numbers, one)
    numbers = np.sort(np.array([doubt.number for doubt in known_doubts()], np.int64))
    if wanted == CLEAN and len(numbers):
        numbers = np.setdiff1d(np.arange(SIZES["test"]), numbers)
    return Chosen(wanted, str(_OWN[wanted]), "test", numbers)


def show_chosen(chosen: Chosen) -> None:
    """What the slice holds and how it came about, and a way to delete the visitor's own."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="slice_chosen"):
        count = (
            plural("**{name}**: {n} test digit.", "**{name}**: {n} test digits.", len(chosen.numbers), name=chosen.name)
            if chosen.part == "test"
            else plural(
                "**{name}**: {n} training digit.", "**{name}**: {n} training digits.", len(chosen.numbers),
                name=chosen.name,
            )
        )  # fmt: skip
        st.markdown(count, width="content")
        if chosen.saved is not None:
            st.caption(described(chosen.saved.origin), width="content")
            st.button(
                _("Delete"), icon=":material/delete:", key="delete_slice", type="tertiary",
                on_click=_delete, args=(chosen.saved.id,),
            )  # fmt: skip
    if chosen.part == "training":
        st.caption(_("Networks learned from training digits, so figures on them are too good."))


def known_doubts() -> list[Doubt]:
    """Test digits with doubtful labels, as far as networks have read the test digits."""
    found = [answers.known(model, "test") for model in visitor.models()]
    return doubtful.doubts([one for one in found if one is not None])


def offer_to_save(part: Part, numbers: NDArray[np.int64], origin: Mapping[str, Any], key: str) -> None:
    """A popover in which these digits get a name and are saved.

    Args:
        origin: how they were chosen, for `described`.
        key: tells places apart.
    """
    with st.popover(_("Save as slice"), icon=":material/bookmark_add:", key=f"slice_{key}"):
        if visitor.browser() is None:
            st.markdown(str(visitor.NO_COOKIE))
            return
        st.caption(described(origin))
        with st.form(f"save_slice_{key}", border=False, enter_to_submit=True):
            name = st.text_input(_("Name"), key=f"slice_name_{key}", max_chars=LONGEST_NAME)
            label = plural("Save {n} digit", "Save {n} digits", len(numbers))
            if not st.form_submit_button(label, type="primary", key=f"slice_save_{key}"):
                return
        try:
            number = store().slices.keep(visitor.person(), name, part, numbers, origin)
        except DigitLabError as error:
            complain(error.sentence)
            return
        st.markdown(_("**Saved.** The digits do not change later, whatever networks answer."))
        st.button(
            _("Evaluate"), icon=":material/monitoring:", key=f"slice_open_{key}", on_click=evaluate, args=(str(number),)
        )


def evaluate(value: str) -> None:
    """Go to Evaluation with a slice."""
    model = st.query_params.get("model")
    st.query_params.from_dict({"model": model} if model else {})
    query.put("section", "quality")
    query.put("slice", value)


def of_filter(choice: Choice, model: Model) -> dict[str, Any]:
    """The origin of what passes a filter: what is set, and whose answers were asked."""
    origin: dict[str, Any] = {"part": choice.part}
    for name in FILTERS:
        value = getattr(choice, name)
        if value != getattr(ALL, name):
            origin[name] = list(value) if isinstance(value, tuple) else value
    if set(origin) & {"answer", "outcome", "sure"}:
        origin["model"] = model.name
    return origin


def of_lasso(model: Model, layer: str) -> dict[str, Any]:
    """The origin of what was chosen on a map."""
    return {"part": "test", "layer": layer, "model": model.name}


def described(origin: Mapping[str, Any]) -> str:
    """How the digits of a slice were chosen: one label for each thing that was set."""
    said = [str(PARTS[origin["part"]])]
    if "layer" in origin:
        said.append(_("Chosen on the map of {layer}", layer=plain(origin["layer"])))
    if "only" in origin:
        said.append(_("Label {label}", label=origin["only"]))
    if "answer" in origin:
        said.append(_("Answer {answer}", answer=origin["answer"]))
    if "outcome" in origin:
        said.append(str(OUTCOMES[origin["outcome"]]))
    if "sure" in origin:
        low, high = origin["sure"]
        said.append(_("Confidence {low}% to {high}%", low=f"{low:g}", high=f"{high:g}"))
    if "model" in origin:
        said.append(plain(origin["model"]))
    return " · ".join(said)


def _delete(number: int) -> None:
    store().slices.delete(visitor.person(), number)
    query.put("slice", None)
