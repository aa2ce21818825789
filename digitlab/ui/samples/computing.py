"""What a section needs of a model: what takes seconds is computed while the page waits, with a bar; the rest queues."""

import streamlit as st

from digitlab.insight import answers, embedding, features
from digitlab.insight.answers import Answers, Part
from digitlab.insight.embedding import Map
from digitlab.insight.features import Features
from digitlab.insight.progress import Report
from digitlab.networks.zoo import Model
from digitlab.ui.reading import predictor
from digitlab.ui.waiting import wait_for


def answers_of(model: Model, part: Part) -> Answers:
    """The model's answers to the test or held-out digits; the first time that takes seconds.

    Raises:
        ModelError: the model is gone or damaged.
        StoreError: they cannot be kept.
    """
    found = answers.known(model, part)
    if found is None:
        with st.empty():
            report = _bar(f"{model.name} reads the {part} digits, once.")
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
            report = _bar(f"{model.name} reads the digits of the map, once.")
            found = embedding.by_components(predictor(model), model, layer, report)
            st.empty()
    return found


def wait_for_features(model: Model, key: str = "") -> Features | None:
    """What the model makes of all digits; while that is not there, how far it is, or a button for it, and None.

    Args:
        key: tells apart two places of a page that wait for it.
    """
    what, takes = "What the network makes of all 70,000 digits", "about half a minute on two idle cores"
    wait_for(features.wanted(model), what, takes, key)
    return features.known(model)


def _bar(text: str) -> Report:
    bar = st.progress(0.0, text)

    def report(done: float, total: float) -> None:
        bar.progress(min(done / total, 1.0), text)

    return report
