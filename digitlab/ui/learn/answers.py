"""Live parts about the answers of the trained network."""

from collections.abc import Iterable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from digitlab.data import mnist
from digitlab.data.mnist import SIZES, scaled
from digitlab.lessons.lesson import Lesson, Step
from digitlab.ui.learn.own import source
from digitlab.ui.shared import montage
from digitlab.ui.shared.answer import percent
from digitlab.ui.shared.markdown import bold, table
from digitlab.ui.shared.reading import predictor
from digitlab.words import _

_FIRST = 10
_SECOND = 1  # the test digit that the article looks at
_RANDOM = "learn_random"  # session: the number of the test digit that was drawn
_SMALLEST = 1e-7  # to which Keras lifts a probability before its logarithm


def show_predictions(lesson: Lesson, step: Step) -> None:
    """The first test digits with answer and label."""
    made = source(lesson)
    images = scaled(mnist.load().x_test[:_FIRST])
    _show(range(_FIRST), predictor(made.model).probabilities(images))


def _show(numbers: range, probabilities: NDArray[np.float32]) -> None:
    data, figures = mnist.load(), []
    for number, row in zip(numbers, probabilities, strict=True):
        said, label = int(row.argmax()), int(data.y_test[number])
        url = montage.enlarged(scaled(data.x_test[number]), 2)
        alt = _("Test digit {number}, labelled {label}", number=number, label=label)
        pred, true = _("Pred {answer}", answer=said), _("True {label}", label=label)
        figures.append(
            f'<figure class="{"dl-hit" if said == label else "dl-miss"}"><img src="{url}" alt="{alt}">'
            f"<figcaption>{pred}<br>{true}<small>{percent(float(row.max()))}</small></figcaption></figure>"
        )
    st.html(f'<div class="dl-digits dl-digits-predictions">{"".join(figures)}</div>')


def show_random(lesson: Lesson, step: Step) -> None:
    """A random test digit, another one at each press, with prediction and label."""
    made = source(lesson)
    st.button(_("Draw a digit"), icon=":material/casino:", key="learn_draw", type="primary", on_click=_draw)
    number = int(st.session_state.setdefault(_RANDOM, _any()))
    image, label = scaled(mnist.load().x_test[number]), int(mnist.load().y_test[number])
    row = predictor(made.model).probabilities(image[None])[0]
    said = int(row.argmax())
    with st.container(horizontal=True, gap="large", vertical_alignment="center", key="learn_picture"):
        st.image(
            montage.enlarged(image, 6),
            width=168,
            alt=_("Test digit {number}, labelled {label}", number=number, label=label),
        )
        st.metric(_("Prediction"), str(said), width="content")
        st.metric(_("Label"), str(label), width="content")
    verdict = _("Right.") if said == label else _("Wrong.")
    st.markdown(bold(verdict))
    st.caption(_("Test digit {number}, with a probability of {share}", number=number, share=percent(float(row[said]))))


def _any() -> int:
    return int(np.random.default_rng().integers(SIZES["test"]))


def _draw() -> None:
    st.session_state[_RANDOM] = _any()


def show_logits(lesson: Lesson, step: Step) -> None:
    """The ten logits of the second test digit, and with `about` the way to probabilities."""
    made = source(lesson)
    logits = predictor(made.model).outputs(scaled(mnist.load().x_test[_SECOND : _SECOND + 1]))[0].astype(np.float64)
    shifted = logits - logits.max()
    powers = np.exp(shifted)
    names, columns = [_("Digit"), _("Logit")], [logits]
    if step.about:
        names += [_("Minus the largest"), _("Power of e"), _("Probability")]
        columns += [shifted, powers, powers / powers.sum()]
    forms = [".4f", ".4f", ".3g", ".3g"][: len(columns)]

    def written(title: str, values: Iterable[float]) -> list[str]:
        return [title, *(_signed(value, form) for value, form in zip(values, forms, strict=True))]

    rows = [written(str(digit), [column[digit] for column in columns]) for digit in range(10)]
    sums = written(bold(_("Sum")), [column.sum() for column in columns])
    st.image(
        montage.enlarged(scaled(mnist.load().x_test[_SECOND]), 4), width=112, alt=_("The second test digit, 28×28")
    )
    st.markdown(table(names, [*rows, sums], left=0))


def _signed(value: float, form: str) -> str:
    return format(value, form).replace("-", "−")


def show_cross_entropy(lesson: Lesson, step: Step) -> None:
    """The loss of one digit as the article writes it, term by term."""
    made = source(lesson)
    number = int(st.number_input(_("Test digit"), 0, SIZES["test"] - 1, 0, key="learn_test_digit", width=200))
    label = int(mnist.load().y_test[number])
    image = scaled(mnist.load().x_test[number])
    answer = predictor(made.model).probabilities(image[None])[0].astype(np.float64)
    logarithms = np.log(np.maximum(answer, _SMALLEST))
    alt = _("Test digit {number}, labelled {label}", number=number, label=label)
    st.image(montage.enlarged(image, 4), width=112, alt=alt)
    rows, total = [], 0.0
    for digit in range(10):
        one = int(digit == label)
        total -= one * logarithms[digit]
        term = _signed(-one * logarithms[digit] + 0.0, ".4f")
        rows.append([str(digit), str(one), f"{answer[digit]:.6f}", _signed(logarithms[digit], ".4f"), term])
    names = [_("Digit"), _("Label"), _("Probability"), _("Logarithm"), _("Minus label × logarithm")]
    st.markdown(table(names, [*rows, [bold(_("Sum")), "1", "", "", bold(f"{total:.4f}")]], left=0))
