"""What can be taken along: weights, card, curves."""

import json
from collections.abc import Callable

import streamlit as st

from digitlab.insight import curve_files
from digitlab.insight.trainings import Training, curves
from digitlab.networks import litert
from digitlab.networks.zoo import Model
from digitlab.ui.friendly import friendly
from digitlab.ui.opened import store


def show_downloads(training: Training) -> None:
    """A button a file; the content is made when it is clicked."""
    model = training.model()
    logged = curves(store(), training)
    with st.container(horizontal=True, key=f"downloads_{training.key}"):
        if model:
            _button(training, "keras", model.file.read_bytes, f"{model.name}.keras", "application/octet-stream")
            _offer_litert(training, model)
            _button(training, "card", _card(model), f"{model.name}.json", "application/json")
        if logged.epochs or logged.steps:
            name = _file_name(training)
            _button(training, "CSV", lambda: curve_files.as_csv(logged), f"{name}.csv", "text/csv")
            _button(
                training,
                "TensorBoard",
                lambda: curve_files.as_event_files(logged, name, training.when),
                f"{name}-events.zip",
                "application/zip",
            )
    if not model and not training.active:
        st.caption("It left no weights here.")


def _card(model: Model) -> Callable[[], str]:
    return lambda: json.dumps(model.card, indent=2, ensure_ascii=False) + "\n"


def _offer_litert(training: Training, model: Model) -> None:
    """A .tflite file is offered once it has answered 100 digits as the Keras model does."""
    made = litert.made(model)
    if made is None and st.button(".tflite", icon=":material/build:", key=f"make_tflite_{training.key}", help=_MAKE):
        with friendly(), st.spinner("It is made and checked on 100 digits …"):
            litert.make(model)
            st.rerun()
    if made is not None:
        _button(
            training,
            "tflite",
            made.file.read_bytes,
            f"{model.name}.tflite",
            "application/octet-stream",
            f"For phones and small devices. On {litert.DIGITS} test digits its answers differ from Keras' by at most "
            f"{made.difference:.1g}.",
        )


_MAKE = "For phones and small devices: makes the file and checks it against Keras; takes about ten seconds."
_LABELS = {"keras": ".keras", "tflite": ".tflite", "card": "Card", "CSV": "Curves as CSV", "TensorBoard": "TensorBoard"}


def _button(
    training: Training,
    what: str,
    data: Callable[[], bytes | str],
    file: str,
    mime: str,
    explained: str | None = None,
) -> None:
    st.download_button(
        _LABELS[what],
        data,
        file,
        mime,
        key=f"download_{what}_{training.key}",
        icon=":material/download:",
        on_click="ignore",
        help=explained,
    )


def _file_name(training: Training) -> str:
    """Of letters that every system takes, whatever the run is called."""
    return f"run-{training.key}" if training.run else training.key
