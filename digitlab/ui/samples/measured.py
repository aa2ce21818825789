"""A network on the digits that Evaluation measures: all of a part, or those of a slice."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.insight import answers
from digitlab.insight.answers import Answers, Part
from digitlab.insight.evaluation import Evaluation, evaluate
from digitlab.networks.zoo import Model
from digitlab.ui.samples import query
from digitlab.ui.samples.computing import answers_of, wait_for_features
from digitlab.ui.samples.downloads import offer_sheet
from digitlab.ui.samples.sheet import show_sheet, tiles
from digitlab.ui.samples.slices import Chosen
from digitlab.words import _

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Measured:
    """One network, and its answers.

    Attributes:
        answers: to all digits of the part.
        places: of the digits that are measured among these, int [N].
    """

    model: Model
    answers: Answers
    places: Places

    @cached_property
    def chosen(self) -> Answers:
        """The answers to the digits that are measured."""
        return self.answers.at(self.places)

    @cached_property
    def result(self) -> Evaluation:
        return evaluate(self.chosen)


def read(model: Model, part: Part, chosen: Chosen | None) -> Measured | None:
    """A network on the digits that are wanted; None while it reads the training digits, which takes a job."""
    if part == "training":
        found = answers.known(model, part)
        if found is None:
            wait_for_features(model, model.hash)
            return None
    else:
        found = answers_of(model, part)
    places = np.arange(len(found.labels)) if chosen is None else chosen.numbers - found.first
    return Measured(model, found, places)


def show_places(
    found: Answers,
    places: Places,
    part: Part,
    key: str,
    downloads: bool = True,
    arrives: str = "",
) -> None:
    """Digits by their places among the answers; one that is pressed opens under Browse."""
    if not len(places):
        st.markdown(_("There is no such digit."))
        return
    of: mnist.Part = "test" if part == "test" else "training"
    shown = tiles(of, places + found.first, found)
    show_sheet(
        of,
        shown,
        key,
        lambda number: query.open_digit(of, number),
        columns=20 if len(shown) > 20 else 10,
        arrives=arrives,
    )
    if downloads:
        offer_sheet(of, places + found.first, found, key)
