"""How good is the model: every figure, beside another model's, and the digits behind the figures."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from digitlab.data import mnist
from digitlab.insight.answers import Answers, Part, held_out
from digitlab.insight.evaluation import Evaluation, compare, evaluate
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.ui.samples import address, figures
from digitlab.ui.samples.computing import answers_of
from digitlab.ui.samples.downloads import figure_config, offer_csv, offer_png, offer_sheet
from digitlab.ui.samples.sheet import PER_PAGE, picture, show_sheet, tiles

_PARTS: dict[Part, str] = {"test": "Test digits", "held-out": "Held-out training digits"}


def show_quality(model: Model) -> None:
    part, beside = _choose(model)
    first = answers_of(model, part)
    found = [(model, first)]
    if beside is not None:
        if part == "held-out" and held_out(beside) != held_out(model):
            st.info(
                f"{beside.name} is not shown beside it: it learned from these digits, or held out others. On the test "
                "digits the two can be compared."
            )
        else:
            found.append((beside, answers_of(beside, part)))
    results = [(one, evaluate(answers)) for one, answers in found]
    _headline(results, part)
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.subheader("Which digits it takes for which")
        _confusion(model, first, results[0][1], part)
    with right:
        st.subheader("Is it as sure as it is right?")
        _calibration(results)
    st.subheader("Digit by digit")
    _per_class(results)
    if len(found) == 2:
        st.subheader("Where the two disagree")
        _disagreement(found, part)


def _choose(model: Model) -> tuple[Part, Model | None]:
    """On which digits, and which model beside it."""
    parts: list[Part] = ["test"] if held_out(model) is None else ["test", "held-out"]
    others = {one.name: one for one in zoo.models() if one.hash != model.hash}
    part: Part = address.one_of("on", parts, "test")
    beside = address.one_of("beside", list(others), None)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices_quality"):
        address.show("on", part)
        st.segmented_control(
            "Measured on", parts, format_func=lambda name: _PARTS[name], required=True, key="on",
            on_change=address.take, args=("on", "test"),
        )  # fmt: skip
        address.show("beside", beside)
        st.selectbox(
            "Beside it", list(others), key="beside", index=None, placeholder="another network", width=280,
            filter_mode=None, on_change=address.take, args=("beside", None),
        )  # fmt: skip
    if len(parts) == 1:
        st.caption(f"The card of {model.name} names no training digits that it did not learn from.")
    return part, others.get(beside or "")


def _headline(results: list[tuple[Model, Evaluation]], part: Part) -> None:
    rows: dict[str, Callable[[Evaluation], str]] = {
        "Accuracy": lambda r: f"**{r.accuracy:.2%}**",
        "95 % interval": lambda r: f"{r.accuracy_low:.2%} to {r.accuracy_high:.2%}",
        "Right": lambda r: f"{r.right:,} of {r.n:,}",
        "Label among the best two": lambda r: f"{r.top_2:.2%}",
        "Loss (cross-entropy)": lambda r: f"{r.loss:.4f}",
        "Calibration error": lambda r: f"{r.calibration_error:.4f}",
        "Called no digit": lambda r: f"{r.refused:,}",
    }
    head = "| Figure | " + " | ".join(f"`{model.name}`" for model, _ in results) + " |"
    lines = [f"| {name} | " + " | ".join(say(r) for _, r in results) + " |" for name, say in rows.items()]
    with st.container(key="figures"):
        st.markdown("\n".join([head, "|:--|" + "--:|" * len(results), *lines]))
    model, result = results[0]
    st.caption(
        f"{model.name} is wrong on {result.n - result.right:,} of {result.n:,} {_PARTS[part].lower()}. The best digit "
        "counts even where the model says that it is no digit. On other digits of the same kind it would be right a "
        "little more or less often; an interval found like this one holds the true share 95 times in a hundred."
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
    worst = f"Most often, {n} times, a {row} is called {column}." if n else "No digit is taken for another."
    st.plotly_chart(
        figures.confusion(result), key="confusion", on_select=_click, selection_mode="points",
        config=figure_config(f"confusion-{model.name}", "resetScale2d"),
        alt=f"Confusion matrix of {model.name}. {worst}",
    )  # fmt: skip
    st.caption(f"{worst} Colours leave out the diagonal, where it is right. Press a cell to see its digits.")
    offer_csv(
        f"confusion-{model.name}",
        ["label", *map(str, range(10))],
        lambda: [[digit, *line] for digit, line in enumerate(result.confusion)],
        "csv_confusion",
    )
    cell = address.cell()
    if cell is None:
        return
    label, answer = cell
    places = np.flatnonzero((answers.labels == label) & (answers.digits == answer))
    places = places[np.argsort(-answers.confidence[places], kind="stable")]
    with st.container(key="cell", border=True):
        st.markdown(f"**Labelled {label}, answered {answer}**: {len(places):,} digits, the most confident first.")
        _sheet(answers, places[:PER_PAGE], part, "cell_picture")
        if len(places) > PER_PAGE:
            st.caption(f"The first {PER_PAGE} of them; Browse shows all.")
        st.button("Close", icon=":material/close:", key="close_cell", on_click=lambda: address.put("cell", None))


def _click() -> None:
    """A click on a cell of the matrix; what comes from a browser may be anything."""
    points = st.session_state["confusion"].selection.points
    try:
        data = points[0]["customdata"]
        row, column = (int(data["0"]), int(data["1"])) if isinstance(data, dict) else map(int, data)
    except (IndexError, KeyError, TypeError, ValueError):
        address.put("cell", None)
        return
    address.put("cell", f"{row}-{column}")


def _calibration(results: list[tuple[Model, Evaluation]]) -> None:
    sentences = []
    for model, result in results:
        way = "more" if result.confidence > result.accuracy else "less"
        sentences.append(
            f"{model.name} is {result.confidence:.2%} sure on average and right on {result.accuracy:.2%}: a little "
            f"{way} sure than right. Point by point the two are {result.calibration_error:.2%} apart: that is the "
            "calibration error."
        )
    st.plotly_chart(
        figures.reliability([(model.name, result.reliability) for model, result in results]), key="reliability",
        config=figure_config("reliability"), alt="Reliability diagram. " + " ".join(sentences),
    )  # fmt: skip
    st.caption(
        " ".join(sentences) + " Above the line it is right more often than it is sure. The larger a point, the more "
        "digits; small ones rest on a few and jump about."
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
    whose = [f" `{model.name}`" if len(results) > 1 else "" for model, _ in results]
    head = "| Digit | There are |" + "".join(f" Precision{name} | Recall{name} | F1{name} |" for name in whose)
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
        f"{model.name} finds {worst.digit} hardest (F1 {worst.f1:.2%}). Precision: of what it calls a digit, the share "
        "that is. Recall: of what is a digit, the share that it finds. F1 is between the two."
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
        verdict = (
            f"So uneven a share would be rare if both were as good (p = {result.p:.2g}): {better.name} is better than "
            f"{worse.name}."
        )
    else:
        verdict = f"So uneven a share is nothing rare if both are as good (p = {result.p:.2g}): no difference is shown."
    st.markdown(
        f"{result.only_first} digits only `{first.name}` gets right, {result.only_second} only `{second.name}` "
        f"(McNemar's test). {verdict}"
    )
    places = np.flatnonzero(one.digits != other.digits)
    if not len(places):
        st.markdown("They give the same answer to every digit.")
        return
    places = places[np.argsort(-np.maximum(one.confidence, other.confidence)[places], kind="stable")]
    _sheet(one, places[:PER_PAGE], part, "disagreement", downloads=False)
    shown = f"the {PER_PAGE} where one of them is surest" if len(places) > PER_PAGE else "the surest first"
    st.caption(f"{len(places):,} digits to which they give different answers, {shown}; the answers are {first.name}'s.")
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
        st.markdown("There is no such digit.")
        return
    of: mnist.Part = "test" if part == "test" else "training"
    shown = tiles(of, places + answers.first, answers)
    show_sheet(of, shown, key, lambda number: address.open_digit(of, number), columns=20 if len(shown) > 20 else 10)
    if downloads:
        offer_sheet(of, places + answers.first, answers, key)
