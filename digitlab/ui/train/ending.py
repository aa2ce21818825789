"""What a run came to: its figures, what it confuses, its first answers, and the way to the Draw page."""

import streamlit as st

from digitlab.data import mnist
from digitlab.errors import ModelError
from digitlab.home import ROOT
from digitlab.insight.answers import Answers, answers
from digitlab.insight.evaluation import evaluate
from digitlab.networks import zoo
from digitlab.networks.zoo import Model
from digitlab.store.records import Run
from digitlab.training.events import Epoch
from digitlab.ui import montage
from digitlab.ui.answer import percent
from digitlab.ui.reading import predictor
from digitlab.ui.train.curves import best_epoch
from digitlab.ui.train.following import Followed

_FIRST = 10  # test digits that are shown
_DRAW = ROOT / "pages/draw.py"


def show_end(followed: Followed) -> None:
    """All of it, for a run that has ended with weights."""
    run = followed.run
    if run.model is None or run.test_accuracy is None or run.test_loss is None:
        return
    st.header("What it came to")
    with st.container(horizontal=True, gap="large", vertical_alignment="center", key="came_to"):
        st.metric("Test accuracy", f"{run.test_accuracy:.2%}", width="content")
        st.metric("Test loss", f"{run.test_loss:.4f}", width="content")
        best = best_epoch(followed.epochs)
        if best is not None and best.val_accuracy is not None:
            st.metric(f"Best validation (epoch {best.epoch})", f"{best.val_accuracy:.2%}", width="content")
        model = _model(run)
        if model is not None:
            st.page_link(_DRAW, label="Draw for it", icon=":material/draw:", query_params={"model": model.hash})
    if (words := as_expected(run, followed.epochs)) is not None:
        st.caption(words)
    if model is None:
        st.caption(f"Its weights, {run.model}, are not among the app's models: they were written elsewhere or removed.")
        return
    given = answers(predictor(model), model)
    left, right = st.columns([1, 1], gap="large")
    with left, st.container(key="confusion", gap="xsmall"):
        st.markdown("#### What it takes for what")
        table = evaluate(given).confusion
        st.html(confusion_table(table))
        st.caption(_mistakes(table))
    with right, st.container(key="first_digits", gap="xsmall"):
        st.markdown(f"#### The first {_FIRST} test digits")
        st.html(first_digits(given))


def as_expected(run: Run, epochs: list[Epoch]) -> str | None:
    """How long an epoch took beside what was expected; None where nothing was."""
    if run.expected_epoch_seconds is None or not epochs:
        return None
    took = sum(epoch.seconds for epoch in epochs) / len(epochs)
    off = took / run.expected_epoch_seconds - 1
    return (
        f"An epoch took {took:.1f} s, {run.expected_epoch_seconds:.1f} s were expected: "
        f"{abs(off):.0%} {'longer' if off >= 0 else 'shorter'}."
    )


def _model(run: Run) -> Model | None:
    try:
        return zoo.find(str(run.model))
    except ModelError:
        return None


def confusion_table(table: tuple[tuple[int, ...], ...]) -> str:
    """Counts of label (row) by answer (column) as an HTML table; the more, the stronger its colour."""
    wrong = max((count for row, counts in enumerate(table) for at, count in enumerate(counts) if at != row), default=0)
    head = "".join(f'<th scope="col">{digit}</th>' for digit in range(len(table)))
    rows = []
    for label, counts in enumerate(table):
        cells, total = [], max(1, sum(counts))
        for answer, count in enumerate(counts):
            right = label == answer
            strength = count / total if right else count / max(1, wrong)
            kind = "dl-right" if right else "dl-wrong"
            cells.append(f'<td class="{kind}" style="--a:{strength:.2f}">{count or ""}</td>')
        rows.append(f'<tr><th scope="row">{label}</th>{"".join(cells)}</tr>')
    return (
        '<table class="dl-confusion"><caption>Row: what it is. Column: what the network says.</caption>'
        f"<tr><td></td>{head}</tr>{''.join(rows)}</table>"
    )


def first_digits(given: Answers) -> str:
    """The first test digits as HTML, each with its label and what the network says."""
    images = mnist.load().x_test
    figures = []
    for number in range(min(_FIRST, len(given.labels))):
        label, said, sure = int(given.labels[number]), int(given.digits[number]), float(given.confidence[number])
        right = label == said
        verdict = f"✓ {said}" if right else f"✗ {said}, is {label}"
        url = montage.enlarged(mnist.scaled(images[number]), 2)
        figures.append(
            f'<figure class="{"dl-hit" if right else "dl-miss"}"><img src="{url}" alt="Test digit {number}, a {label}">'
            f"<figcaption>{verdict}<small>{percent(sure)}</small></figcaption></figure>"
        )
    return f'<div class="dl-digits">{"".join(figures)}</div>'


def _mistakes(table: tuple[tuple[int, ...], ...]) -> str:
    """The commonest mistakes in words."""
    pairs = sorted(
        ((count, label, said) for label, row in enumerate(table) for said, count in enumerate(row) if said != label),
        reverse=True,
    )
    total = sum(count for count, _, _ in pairs)
    if not total:
        return "It makes no mistake on the test digits."
    worst = ", ".join(f"{label} for {said} ({count})" for count, label, said in pairs[:3] if count)
    return f"{total:,} of {sum(count for row in table for count in row):,} are wrong; most often it takes {worst}."
