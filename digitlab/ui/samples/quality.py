"""Evaluation: every metric of the model, beside another model's, and the digits behind the metrics."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from digitlab.insight.answers import Part, held_out
from digitlab.insight.evaluation import Evaluation
from digitlab.networks.zoo import Model
from digitlab.ui.samples import figures, query
from digitlab.ui.samples.disagreement import show_disagreement
from digitlab.ui.samples.downloads import figure_config, offer_csv
from digitlab.ui.samples.measured import Measured, read, show_places
from digitlab.ui.samples.sheet import PER_PAGE
from digitlab.ui.samples.slices import Chosen, choose_slice, show_chosen
from digitlab.ui.shared import visitor
from digitlab.ui.shared.names import in_text, of_model, of_models
from digitlab.words import Message, _, message, plural, together

_PARTS: dict[Part, Message] = {"test": message("Test digits"), "held-out": message("Held-out training digits")}

_METRIC = message("Metric")
_PER_CLASS = message("Digit"), message("Count"), message("Precision"), message("Recall")


def show_quality(model: Model) -> None:
    part, beside, chosen = _choose(model)
    if chosen is not None:
        show_chosen(chosen)
        if not len(chosen.numbers):
            st.markdown(_("More networks must read the test digits first: open Mistakes, then “Doubtful labels”."))
            return
    first = read(model, part, chosen)
    if first is None:
        return
    measured = [first]
    if beside is not None:
        if part == "held-out" and held_out(beside) != held_out(model):
            st.info(
                _(
                    "{model} cannot be compared on these digits: {model} was trained on them, or held out others. "
                    "Compare on the test digits.",
                    model=beside.name,
                )
            )
        elif other := read(beside, part, chosen):
            measured.append(other)
    _headline(measured, part)
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.subheader(_("Confusion matrix"))
        _confusion(first, part)
    with right:
        st.subheader(_("Calibration"))
        _calibration(measured)
    st.subheader(_("Per digit"))
    _per_class(measured)
    if len(measured) == 2:
        st.subheader(_("Disagreement"))
        show_disagreement(measured, part)


def _choose(model: Model) -> tuple[Part, Model | None, Chosen | None]:
    """On which digits, which model beside it, and which of the digits alone; None for all of them."""
    parts: list[Part] = ["test"] if held_out(model) is None else ["test", "held-out"]
    others = {one.name: one for one in visitor.models() if one.hash != model.hash}
    part: Part = query.one_of("on", parts, "test")
    beside = query.one_of("beside", list(others), None)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices_quality"):
        query.show("on", part)
        st.segmented_control(
            _("Measured on"), parts, format_func=lambda name: str(_PARTS[name]), required=True, key="on",
            on_change=_measure_on,
        )  # fmt: skip
        chosen = choose_slice()
        query.show("beside", beside)
        st.selectbox(
            _("Compare with"), list(others), format_func=of_models(others.values()).__getitem__, key="beside",
            index=None, placeholder=_("Another network"), width=280,
            filter_mode=None, on_change=query.take, args=("beside", None),
        )  # fmt: skip
    if chosen is not None:
        part = chosen.part
    elif len(parts) == 1:
        st.caption(_("{model} held out no training digits.", model=in_text(model)))
    return part, others.get(beside or ""), chosen


def _measure_on() -> None:
    """All of a part: a slice is of one part and goes."""
    query.take("on", "test")
    query.put("slice", None)


def _headline(measured: list[Measured], part: Part) -> None:
    results = [(one.model, one.result) for one in measured]
    rows: dict[str, Callable[[Evaluation], str]] = {
        _("Accuracy"): lambda r: f"**{r.accuracy:.2%}**",
        _("95% interval"): lambda r: _("{low:.2%} to {high:.2%}", low=r.accuracy_low, high=r.accuracy_high),
        _("Correct"): lambda r: _("{count} of {total}", count=r.right, total=r.n),
        _("Top-2 accuracy"): lambda r: f"{r.top_2:.2%}",
        _("Loss (cross-entropy)"): lambda r: f"{r.loss:.4f}",
        _("Calibration error"): lambda r: f"{r.calibration_error:.4f}",
        _("Answers “?”"): lambda r: f"{r.refused:,}",
    }
    head = f"| {_METRIC} | " + " | ".join(in_text(model) for model, _ in results) + " |"
    lines = [f"| {name} | " + " | ".join(say(r) for _, r in results) + " |" for name, say in rows.items()]
    with st.container(key="figures"):
        st.markdown("\n".join([head, "|:--|" + "--:|" * len(results), *lines]))
    model, result = results[0]
    wrong = {"model": in_text(model), "wrong": result.n - result.right, "total": result.n}
    st.caption(
        together(
            _("{model} reads {wrong} of {total} held-out digits wrong.", **wrong)
            if part == "held-out"
            else _("{model} reads {wrong} of {total} training digits wrong.", **wrong)
            if part == "training"
            else _("{model} reads {wrong} of {total} test digits wrong.", **wrong),
            _("The best digit counts, also where the answer is “?”."),
            _("Accuracy varies by chance: 95 of 100 such intervals hold the true value."),
        )
    )
    fields = (
        "n",
        "right",
        "accuracy",
        "accuracy_low",
        "accuracy_high",
        "top_2",
        "loss",
        "calibration_error",
        "refused",
    )
    offer_csv(
        f"figures-{part}",
        ["figure", *(model.name for model, _ in results)],
        lambda: [[name, *(getattr(result, name) for _, result in results)] for name in fields],
        "csv_figures",
    )


def _confusion(measured: Measured, part: Part) -> None:
    model, result = measured.model, measured.result
    missed = [
        (n, row, column) for row, line in enumerate(result.confusion) for column, n in enumerate(line) if row != column
    ]
    n, row, column = max(missed)
    worst = _("No digit is confused with another.")
    if n:
        worst = plural(
            "Most frequent confusion: {label} read as {answer} ({n} time).",
            "Most frequent confusion: {label} read as {answer} ({n} times).",
            n,
            label=row,
            answer=column,
        )
    cell = query.cell()
    st.plotly_chart(
        figures.confusion(result, cell), key="confusion", on_select=_click, selection_mode="points",
        config=figure_config(f"confusion-{model.name}", "resetScale2d"),
        alt=together(_("Confusion matrix of {model}.", model=in_text(model)), worst),
    )  # fmt: skip
    st.caption(
        together(worst, _("Colours leave out the diagonal, the correct answers. Press a cell to see its digits."))
    )
    offer_csv(
        f"confusion-{model.name}",
        ["label", *map(str, range(10))],
        lambda: [[digit, *line] for digit, line in enumerate(result.confusion)],
        "csv_confusion",
    )
    if cell is None:
        return
    label, answer = cell
    found = measured.answers
    places = measured.places[(measured.chosen.labels == label) & (measured.chosen.digits == answer)]
    places = places[np.argsort(-found.confidence[places], kind="stable")]
    with st.container(key="cell", border=True):
        st.markdown(
            plural(
                "**Label {label}, answer {answer}**: {n} digit.",
                "**Label {label}, answer {answer}**: {n} digits, the most confident first.",
                len(places),
                label=label,
                answer=answer,
            )
        )
        show_places(found, places[:PER_PAGE], part, "cell_picture", arrives=f"{label}-{answer}")
        if len(places) > PER_PAGE:
            st.caption(_("The first {count} are shown. Browse shows all.", count=PER_PAGE))
        st.button(_("Close"), icon=":material/close:", key="close_cell", on_click=lambda: query.put("cell", None))


def _click() -> None:
    """A click on a cell of the matrix; what comes from a browser may be anything."""
    points = st.session_state["confusion"].selection.points
    try:
        data = points[0]["customdata"]
        row, column = (int(data["0"]), int(data["1"])) if isinstance(data, dict) else map(int, data)
    except (IndexError, KeyError, TypeError, ValueError):
        query.put("cell", None)
        return
    query.put("cell", f"{row}-{column}")


def _calibration(measured: list[Measured]) -> None:
    results = [(one.model, one.result) for one in measured]
    said = []
    for model, result in results:
        values = {
            "model": in_text(model),
            "confidence": result.confidence,
            "accuracy": result.accuracy,
            "error": result.calibration_error,
        }
        said.append(
            _(
                "{model} is slightly overconfident: mean confidence {confidence:.2%}, accuracy {accuracy:.2%}, "
                "calibration error {error:.2%}.",
                **values,
            )
            if result.confidence > result.accuracy
            else _(
                "{model} is slightly underconfident: mean confidence {confidence:.2%}, accuracy {accuracy:.2%}, "
                "calibration error {error:.2%}.",
                **values,
            )
        )
    st.plotly_chart(
        figures.reliability([(of_model(model), result.reliability) for model, result in results]), key="reliability",
        config=figure_config("reliability"), alt=together(_("Reliability diagram."), *said),
    )  # fmt: skip
    st.caption(
        together(
            *said,
            _("The calibration error is the mean distance of the points from the line, weighted by their digits."),
            _("Above the line the network is underconfident. Small points hold few digits and vary by chance."),
        )
    )
    offer_csv(
        "reliability",
        ["model", "from", "to", "digits", "confidence", "right"],
        lambda: [
            [model.name, f"{row.low:.4f}", f"{row.high:.4f}", row.n, row.confidence, row.accuracy]
            for model, result in results
            for row in result.reliability
        ],
        "csv_reliability",
    )


def _per_class(measured: list[Measured]) -> None:
    results = [(one.model, one.result) for one in measured]
    whose = [f" {in_text(model)}" if len(results) > 1 else "" for model, _ in results]
    head = f"| {_PER_CLASS[0]} | {_PER_CLASS[1]} |"
    head += "".join(f" {_PER_CLASS[2]}{name} | {_PER_CLASS[3]}{name} | F1{name} |" for name in whose)
    lines = []
    for digit in range(10):
        cells = [row for _, result in results for row in (result.per_class[digit],)]
        lines.append(
            f"| **{digit}** | {cells[0].n:,} |"
            + "".join(f" {row.precision:.2%} | {row.recall:.2%} | {row.f1:.2%} |" for row in cells)
        )
    with st.container(key="per_class"):
        st.markdown("\n".join([head, "|--:|--:|" + "--:|--:|--:|" * len(results), *lines]))
    model, result = results[0]
    worst = min(result.per_class, key=lambda row: row.f1)
    st.caption(
        _(
            "Hardest digit for {model}: {digit} (F1 {f1:.2%}). Precision: the correct fraction of all answers with "
            "this digit. Recall: the correctly read fraction of all digits with this label. F1: their harmonic mean.",
            model=in_text(model),
            digit=worst.digit,
            f1=worst.f1,
        )
    )
    offer_csv(
        "per-class",
        ["model", "digit", "n", "precision", "recall", "f1"],
        lambda: [
            [model.name, row.digit, row.n, row.precision, row.recall, row.f1]
            for model, r in results
            for row in r.per_class
        ],
        "csv_per_class",
    )
