"""Evaluation: every metric of the model, beside another model's, and the digits behind the metrics."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from digitlab.data import mnist
from digitlab.insight.answers import Answers, Part, held_out
from digitlab.insight.evaluation import Evaluation, compare, evaluate
from digitlab.networks.zoo import Model
from digitlab.ui.samples import figures, query
from digitlab.ui.samples.computing import answers_of
from digitlab.ui.samples.downloads import figure_config, offer_csv, offer_png, offer_sheet
from digitlab.ui.samples.sheet import PER_PAGE, picture, show_sheet, tiles
from digitlab.ui.shared import visitor
from digitlab.ui.shared.names import in_text, of_model, of_models
from digitlab.words import Message, _, message, plural, together

_PARTS: dict[Part, Message] = {"test": message("Test digits"), "held-out": message("Held-out training digits")}

_METRIC = message("Metric")
_PER_CLASS = message("Digit"), message("Count"), message("Precision"), message("Recall")


def show_quality(model: Model) -> None:
    part, beside = _choose(model)
    first = answers_of(model, part)
    found = [(model, first)]
    if beside is not None:
        if part == "held-out" and held_out(beside) != held_out(model):
            st.info(
                _(
                    "{model} cannot be compared on these digits: {model} was trained on them, or held out others. "
                    "Compare on the test digits.",
                    model=beside.name,
                )
            )
        else:
            found.append((beside, answers_of(beside, part)))
    results = [(one, evaluate(answers)) for one, answers in found]
    _headline(results, part)
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.subheader(_("Confusion matrix"))
        _confusion(model, first, results[0][1], part)
    with right:
        st.subheader(_("Calibration"))
        _calibration(results)
    st.subheader(_("Per digit"))
    _per_class(results)
    if len(found) == 2:
        st.subheader(_("Disagreement"))
        _disagreement(found, part)


def _choose(model: Model) -> tuple[Part, Model | None]:
    """On which digits, and which model beside it."""
    parts: list[Part] = ["test"] if held_out(model) is None else ["test", "held-out"]
    others = {one.name: one for one in visitor.models() if one.hash != model.hash}
    part: Part = query.one_of("on", parts, "test")
    beside = query.one_of("beside", list(others), None)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices_quality"):
        query.show("on", part)
        st.segmented_control(
            _("Measured on"), parts, format_func=lambda name: str(_PARTS[name]), required=True, key="on",
            on_change=query.take, args=("on", "test"),
        )  # fmt: skip
        query.show("beside", beside)
        st.selectbox(
            _("Compare with"), list(others), format_func=of_models(others.values()).__getitem__, key="beside",
            index=None, placeholder=_("Another network"), width=280,
            filter_mode=None, on_change=query.take, args=("beside", None),
        )  # fmt: skip
    if len(parts) == 1:
        st.caption(_("{model} held out no training digits.", model=in_text(model)))
    return part, others.get(beside or "")


def _headline(results: list[tuple[Model, Evaluation]], part: Part) -> None:
    rows: dict[str, Callable[[Evaluation], str]] = {
        _("Accuracy"): lambda r: f"**{r.accuracy:.2%}**",
        _("95 % interval"): lambda r: _("{low:.2%} to {high:.2%}", low=r.accuracy_low, high=r.accuracy_high),
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
            _("{model} reads {wrong} of {total} test digits wrong.", **wrong)
            if part == "test"
            else _("{model} reads {wrong} of {total} held-out digits wrong.", **wrong),
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


def _confusion(model: Model, answers: Answers, result: Evaluation, part: Part) -> None:
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
    st.plotly_chart(
        figures.confusion(result), key="confusion", on_select=_click, selection_mode="points",
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
    cell = query.cell()
    if cell is None:
        return
    label, answer = cell
    places = np.flatnonzero((answers.labels == label) & (answers.digits == answer))
    places = places[np.argsort(-answers.confidence[places], kind="stable")]
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
        _sheet(answers, places[:PER_PAGE], part, "cell_picture")
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


def _calibration(results: list[tuple[Model, Evaluation]]) -> None:
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


def _per_class(results: list[tuple[Model, Evaluation]]) -> None:
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


def _disagreement(found: list[tuple[Model, Answers]], part: Part) -> None:
    (first, one), (second, other) = found
    result = compare(one.right, other.right)
    better, worse = (first, second) if result.only_first >= result.only_second else (second, first)
    if result.p < 0.05:
        verdict = _(
            "The difference is significant (McNemar's test, p = {p}): {better} is better than {worse}.",
            p=f"{result.p:.2g}",
            better=better.name,
            worse=worse.name,
        )
    else:
        verdict = _("The difference is not significant (McNemar's test, p = {p}).", p=f"{result.p:.2g}")
    only = _(
        "Correct only for `{first}`: {only_first}. Correct only for `{second}`: {only_second}.",
        first=first.name,
        only_first=result.only_first,
        second=second.name,
        only_second=result.only_second,
    )
    st.markdown(together(only, verdict))
    places = np.flatnonzero(one.digits != other.digits)
    if not len(places):
        st.markdown(_("Both networks give the same answer to every digit."))
        return
    places = places[np.argsort(-np.maximum(one.confidence, other.confidence)[places], kind="stable")]
    _sheet(one, places[:PER_PAGE], part, "disagreement", downloads=False)
    different = plural(
        "{n} digit with different answers. The answer shown is from {model}.",
        "{n} digits with different answers, the most confident first. The answers shown are from {model}.",
        len(places),
        model=first.name,
    )
    more = _("The first {count} are shown.", count=PER_PAGE) if len(places) > PER_PAGE else ""
    st.caption(together(different, more))
    of: mnist.Part = "test" if part == "test" else "training"
    with st.container(horizontal=True, width="content"):
        offer_csv(
            "disagreement",
            ["number", "label", first.name, second.name],
            lambda: [
                [int(p) + one.first, int(one.labels[p]), int(one.digits[p]), int(other.digits[p])] for p in places
            ],
            "csv_disagreement",
        )
        offer_png(
            "disagreement", lambda: picture(of, tiles(of, places[:PER_PAGE] + one.first, one)), "png_disagreement"
        )


def _sheet(
    answers: Answers,
    places: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    part: Part,
    key: str,
    downloads: bool = True,
) -> None:
    """Digits by their places among the answers; one that is pressed opens under Browse."""
    if not len(places):
        st.markdown(_("There is no such digit."))
        return
    of: mnist.Part = "test" if part == "test" else "training"
    shown = tiles(of, places + answers.first, answers)
    show_sheet(of, shown, key, lambda number: query.open_digit(of, number), columns=20 if len(shown) > 20 else 10)
    if downloads:
        offer_sheet(of, places + answers.first, answers, key)
