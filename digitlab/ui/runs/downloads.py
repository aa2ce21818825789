"""Downloads: report, weights, card, curves."""

import json
from collections.abc import Callable

import streamlit as st

from digitlab.jobs import logs
from digitlab.networks import litert
from digitlab.networks.zoo import Model
from digitlab.runs import curve_files, event_files
from digitlab.runs.trainings import Training, curves
from digitlab.server.store import store
from digitlab.ui.run.report import report
from digitlab.ui.shared.friendly import friendly
from digitlab.words import _, message
from digitlab.words.language import current


def show_downloads(training: Training) -> None:
    """A button a file; the content is made when it is clicked."""
    model = training.model()
    logged = curves(store(), training)
    language = current()
    with st.container(horizontal=True, key=f"downloads_{training.key}"):
        if training.run and (logged.epochs or logged.steps):
            _button(
                training,
                "report",
                lambda: report(training, language),
                f"{_file_name(training)}.html",
                "text/html",
                _("One page to hand in or print: settings, curves, confusion matrix, examples, note."),
            )
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
                lambda: event_files.as_archive(logged, name, training.when),
                f"{name}-events.zip",
                "application/zip",
            )
        if training.run and training.run.job.beats:
            number = training.run.id
            _button(training, "log", lambda: logs.shown(number), f"run-{number}.log", "text/plain")
    if not model and not training.active:
        st.caption(_("No weights are kept here."))


def _card(model: Model) -> Callable[[], str]:
    return lambda: json.dumps(model.card, indent=2, ensure_ascii=False) + "\n"


def _offer_litert(training: Training, model: Model) -> None:
    """A .tflite file is offered once it has answered 100 digits as the Keras model does."""
    made = litert.made(model)
    if made is None and st.button(
        ".tflite", icon=":material/build:", key=f"make_tflite_{training.key}", help=str(_MAKE)
    ):
        with friendly(), st.spinner(_("Creating the file and checking it on 100 digits …")):
            litert.make(model)
            st.rerun()
    if made is not None:
        _button(
            training,
            "tflite",
            made.file.read_bytes,
            f"{model.name}.tflite",
            "application/octet-stream",
            _(
                "For phones and small devices. On {digits} test digits the answers differ from those of Keras by at "
                "most {difference}.",
                digits=litert.DIGITS,
                difference=f"{made.difference:.1g}",
            ),
        )


_MAKE = message(
    "For phones and small devices. Creating the file and checking it against Keras takes about ten seconds."
)
_LABELS = {
    "report": message("Report"),
    "keras": ".keras",
    "tflite": ".tflite",
    "card": message("Card"),
    "CSV": message("Curves (CSV)"),
    "TensorBoard": "TensorBoard",
    "log": message("Log"),
}


def _button(
    training: Training,
    what: str,
    data: Callable[[], bytes | str],
    file: str,
    mime: str,
    help_text: str | None = None,
) -> None:
    st.download_button(
        str(_LABELS[what]),
        data,
        file,
        mime,
        key=f"download_{what}_{training.key}",
        icon=":material/download:",
        on_click="ignore",
        help=help_text,
    )


def _file_name(training: Training) -> str:
    """Of letters that every system takes, whatever the run is called."""
    return f"run-{training.key}" if training.run else training.key
