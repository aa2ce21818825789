"""What a section needs of a model: what takes seconds is computed while the page waits, with a bar; the rest queues."""

import streamlit as st

from digitlab.insight import answers, embedding, features
from digitlab.insight.answers import Answers, Part
from digitlab.insight.embedding import Map
from digitlab.insight.features import Features
from digitlab.insight.progress import Report
from digitlab.networks.zoo import Model
from digitlab.ui.shared.names import in_text
from digitlab.ui.shared.reading import predictor
from digitlab.ui.shared.results import wait_for
from digitlab.words import _, message

HALF_A_MINUTE = message("about half a minute on two cores")


def answers_of(model: Model, part: Part) -> Answers:
    """The model's answers to the test or held-out digits; the first time that takes seconds.

    Raises:
        ModelError: the model is gone or damaged.
        StoreError: they cannot be kept.
    """
    found = answers.known(model, part)
    if found is None:
        with st.empty():
            if part == "held-out":
                report = _bar(_("{model} reads the held-out digits …", model=in_text(model)))
            else:
                report = _bar(_("{model} reads the test digits …", model=in_text(model)))
            found = answers.answers(predictor(model), model, part, report)
            st.empty()
    return found


def map_of_components(model: Model, layer: str) -> Map:
    """The map that is there at once; the first time that takes seconds.

    Raises:
        ModelError: the model is gone or damaged.
        StoreError: it cannot be kept.
    """
    found = embedding.known(model, layer, "pca")
    if found is None:
        with st.empty():
            report = _bar(_("{model} reads the digits of the map …", model=in_text(model)))
            found = embedding.by_components(predictor(model), model, layer, report)
            st.empty()
    return found


def wait_for_features(model: Model, key: str = "") -> Features | None:
    """The model's features of all digits; while there are none, the progress or a button to compute them, and None.

    Args:
        key: tells apart two places of a page that wait for them.
    """
    wait_for(features.wanted(model), _("Features of all 70,000 digits"), HALF_A_MINUTE, key)
    return features.known(model)


def _bar(text: str) -> Report:
    bar = st.progress(0.0, text)

    def report(done: float, total: float) -> None:
        bar.progress(min(done / total, 1.0), text)

    return report
