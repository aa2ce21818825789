"""The result of a run: its figures, what it confuses, and its first answers."""

import html
from collections.abc import Iterable

import streamlit as st

from digitlab.data import mnist
from digitlab.errors import ModelError
from digitlab.insight.answers import Answers, answers
from digitlab.insight.evaluation import evaluate
from digitlab.networks.zoo import Model
from digitlab.runs.following import Followed
from digitlab.store.records import Run
from digitlab.training.best import best_epoch
from digitlab.training.events import Epoch
from digitlab.ui.shared import montage, visitor
from digitlab.ui.shared.answer import percent
from digitlab.ui.shared.foreign import plain
from digitlab.ui.shared.reading import predictor
from digitlab.words import _, listed

_FIRST = 10  # test digits that are shown
_FAR = 1.0  # an epoch that took twice as long as expected, or half as long, says more by its seconds than by a share


def show_end(followed: Followed) -> None:
    """The result, for a run that has ended with weights."""
    run = followed.run
    if run.model is None or run.test_accuracy is None or run.test_loss is None:
        return
    st.header(_("Result"))
    with st.container(horizontal=True, gap="large", vertical_alignment="center", key="came_to"):
        st.metric(_("Test accuracy"), _("{share:.2%}", share=run.test_accuracy), width="content")
        st.metric(_("Test loss"), _("{loss:.4f}", loss=run.test_loss), width="content")
        best = best_epoch(followed.epochs)
        if best is not None and best.val_accuracy is not None:
            st.metric(
                _("Best validation (epoch {epoch})", epoch=best.epoch),
                _("{share:.2%}", share=best.val_accuracy),
                width="content",
            )
    model = _model(run)
    if (sentence := as_expected(run, followed.epochs)) is not None:
        st.caption(sentence)
    if model is None:
        name = plain(run.model or "")
        st.caption(
            _("The weights {name} are not among DigitLab's models: they were written elsewhere or removed.", name=name)
        )
        return
    given = answers(predictor(model), model)
    left, right = st.columns([1, 1], gap="large")
    with left, st.container(key="confusion", gap="xsmall"):
        st.subheader(_("Confusion matrix"))
        table = evaluate(given).confusion
        st.html(confusion_table(table))
        st.caption(mistakes_in_words(table))
    with right, st.container(key="first_digits", gap="xsmall"):
        st.subheader(_("First {count} test digits", count=_FIRST))
        st.html(first_digits(given))


def as_expected(run: Run, epochs: list[Epoch]) -> str | None:
    """How long an epoch took beside what was expected; None where nothing was."""
    if run.expected_epoch_seconds is None or not epochs:
        return None
    took = sum(epoch.seconds for epoch in epochs) / len(epochs)
    expected = run.expected_epoch_seconds
    off = took / expected - 1
    if off >= _FAR or off <= -_FAR / 2:
        return _(
            "An epoch took {took:.1f} s; {expected:.1f} s were expected. The next estimate uses this run.",
            took=took,
            expected=expected,
        )
    if off >= 0:
        return _(
            "An epoch took {took:.1f} s, {share:.0%} longer than the expected {expected:.1f} s.",
            took=took,
            share=off,
            expected=expected,
        )
    return _(
        "An epoch took {took:.1f} s, {share:.0%} less than the expected {expected:.1f} s.",
        took=took,
        share=-off,
        expected=expected,
    )


def _model(run: Run) -> Model | None:
    try:
        return visitor.model(str(run.model))
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
    legend = html.escape(_("Row: label. Column: answer of the network."))
    return f'<table class="dl-confusion"><caption>{legend}</caption><tr><td></td>{head}</tr>{"".join(rows)}</table>'


def first_digits(given: Answers) -> str:
    """The first test digits as HTML, each with its label and the network's answer."""
    return digits_shown(given, range(min(_FIRST, len(given.labels))), mnist.load().x_test)


def digits_shown(given: Answers, numbers: Iterable[int], images: mnist.Images) -> str:
    """Some test digits as HTML, each with its label and the network's answer.

    Args:
        given: the answers to all of them.
        numbers: which are shown.
        images: all of them, uint8 [N, 28, 28].
    """
    figures = []
    for number in numbers:
        label, said, sure = int(given.labels[number]), int(given.digits[number]), float(given.confidence[number])
        right = label == said
        verdict = f"✓ {said}" if right else _("✗ {answer} (label {label})", answer=said, label=label)
        alt = html.escape(_("Test digit {number}, a {label}", number=number, label=label))
        url = montage.enlarged(mnist.scaled(images[number]), 2)
        figures.append(
            f'<figure class="{"dl-hit" if right else "dl-miss"}"><img src="{url}" alt="{alt}">'
            f"<figcaption>{verdict}<small>{percent(sure)}</small></figcaption></figure>"
        )
    return f'<div class="dl-digits">{"".join(figures)}</div>'


def mistakes_in_words(table: tuple[tuple[int, ...], ...]) -> str:
    """The commonest mistakes in words."""
    pairs = sorted(
        ((count, label, said) for label, row in enumerate(table) for said, count in enumerate(row) if said != label),
        reverse=True,
    )
    total = sum(count for count, _, _ in pairs)
    if not total:
        return _("All test digits are read correctly.")
    worst = [
        _("{label} read as {answer} ({count})", label=label, answer=said, count=count)
        for count, label, said in pairs[:3]
        if count
    ]
    return _(
        "{wrong} of {all} test digits are read wrong. Most frequent: {mistakes}.",
        wrong=total,
        all=sum(count for row in table for count in row),
        mistakes=listed(*worst),
    )
