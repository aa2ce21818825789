"""Live parts about the data: shapes, first digits, pixels, what is held out."""

import numpy as np
import streamlit as st

from digitlab.data import mnist
from digitlab.data.mnist import SIZES, scaled
from digitlab.lessons.lesson import Lesson, Step
from digitlab.ui.shared import montage
from digitlab.ui.shared.layer_text import shape_text
from digitlab.ui.shared.markdown import bold, table
from digitlab.ui.shared.palette import DIGITS
from digitlab.words import _

_FIRST, _SHEET = 5, 20


def show_shapes(lesson: Lesson, step: Step) -> None:
    """The four arrays, as they come, or with `about` "scaled" as networks get them."""
    data = mnist.load()
    names, rows = (_("Array"), _("Shape"), _("Type"), _("Values")), []
    for name, array in vars(data).items():
        shape, kind, low, high = array.shape, str(array.dtype), int(array.min()), int(array.max())
        if step.about == "scaled" and name.startswith("x_"):
            shape, kind, high = (*shape, 1), "float32", 1
        rows.append((f"`{name}`", f"({', '.join(map(str, shape))})", kind, f"{low} … {high}"))
    st.markdown(table(names, rows, left=4))
    counts = np.bincount(data.y_train, minlength=10).tolist()
    st.markdown(bold(_("How often each digit occurs among the training digits")))
    bars = [
        f'<li class="dl-bar" style="--share:{count / max(counts):.4f};--digit:{DIGITS[digit]}">'
        f'<span class="dl-name">{digit}</span><span class="dl-track"><span class="dl-fill"></span></span>'
        f'<span class="dl-share">{count:,}</span></li>'
        for digit, count in enumerate(counts)
    ]
    st.html(f'<ol class="dl-bars">{"".join(bars)}</ol>')


def show_first_digits(lesson: Lesson, step: Step) -> None:
    """The first training digits with their labels; the slider goes on from there."""
    first = st.slider(_("From training digit"), 0, SIZES["training"] - _FIRST, 0, key="learn_first")
    _show_digits(range(first, first + _FIRST), "first")


def show_sheet(lesson: Lesson, step: Step) -> None:
    """Twenty training digits in two rows of ten."""
    _show_digits(range(_SHEET), "sheet")


def _show_digits(numbers: range, key: str) -> None:
    data = mnist.load()
    figures = []
    for number in numbers:
        label = int(data.y_train[number])
        alt = _("Training digit {number}, labelled {label}", number=number, label=label)
        url = montage.enlarged(scaled(data.x_train[number]), 2)
        figures.append(f'<figure><img src="{url}" alt="{alt}"><figcaption>{label}</figcaption></figure>')
    st.html(f'<div class="dl-digits dl-digits-{key}">{"".join(figures)}</div>')


def show_range(lesson: Lesson, step: Step) -> None:
    """A picture's numbers before and after the division, a row at a time."""
    number = st.number_input(_("Training digit"), 0, SIZES["training"] - 1, 0, key="learn_digit", width=200)
    image = mnist.load().x_train[int(number)]
    row = st.slider(_("Row of the picture"), 0, 27, 14, key="learn_row")
    left, right = st.columns([1, 2], vertical_alignment="center")
    with left, st.container(key="learn_picture"):
        marked = scaled(image)
        marked[row] = np.maximum(marked[row], 0.35)
        st.image(montage.enlarged(marked, 5), width="stretch", alt=_("The picture, with the row marked"))
    with right:
        before = " ".join(map(str, image[row]))
        after = " ".join(f"{value:.2f}".replace("0.00", "0") for value in scaled(image[row]))
        for title, numbers in ((_("Before"), before), (_("After"), after)):
            st.markdown(f"{bold(title)}\n```\n{numbers}\n```")
    shape = shape_text((*image.shape, 1))
    st.caption(
        _("Every picture becomes {shape}. The largest number is now {high:.1f}.", shape=shape, high=scaled(image).max())
    )


def show_label(lesson: Lesson, step: Step) -> None:
    """A label as a number and as ten numbers."""
    number = st.number_input(_("Training digit"), 0, SIZES["training"] - 1, 0, key="learn_digit", width=200)
    data = mnist.load()
    label = int(data.y_train[int(number)])
    with st.container(key="learn_picture", horizontal=True, vertical_alignment="center"):
        alt = _("Training digit {number}, labelled {label}", number=int(number), label=label)
        st.image(montage.enlarged(scaled(data.x_train[int(number)]), 5), width=140, alt=alt)
        st.metric(_("Label"), str(label), width="content")
    ones = [int(digit == label) for digit in range(10)]
    numbers = [_("Number"), *(bold("1") if one else "0" for one in ones)]
    st.markdown(table([_("Digit"), *map(str, range(10))], [numbers]))


def show_split(lesson: Lesson, step: Step) -> None:
    """How many of each digit are learned from, and how many are held out."""
    config, labels = lesson.of.config, mnist.load().y_train
    size = config.validation_size
    held, learned = (labels[:size], labels[size:]) if config.validation == "first" else (labels[-size:], labels[:-size])
    learned_of, held_of = np.bincount(learned, minlength=10), np.bincount(held, minlength=10)
    names = (_("Digit"), _("Learned from"), _("Held out"), _("Share held out"))
    rows = []
    for digit, (many, few) in enumerate(zip(learned_of.tolist(), held_of.tolist(), strict=True)):
        rows.append((str(digit), f"{many:,}", f"{few:,}", f"{few / (many + few):.1%}"))
    together = (_("Together"), f"{len(learned):,}", f"{len(held):,}", f"{size / len(labels):.1%}")
    st.markdown(table(names, [*rows, tuple(map(bold, together))]))


def show_vector(lesson: Lesson, step: Step) -> None:
    """A picture laid out as one row of 784 numbers."""
    image = scaled(mnist.load().x_test[1])
    with st.container(key="learn_picture"):
        st.image(montage.enlarged(image, 6), width=168, alt=_("The second test digit, 28×28"))
    values = image.reshape(-1)
    made = montage.strip(values)
    with st.container(key="maps_vector"):
        st.image(made.url, width="stretch", alt=_("The same picture as one row of 784 numbers"))
    st.caption(
        _(
            "The row has {n} numbers: row after row of the picture. Number {at} stands in row {row}, column {column}.",
            n=values.size,
            at=int(values.argmax()),
            row=int(values.argmax()) // 28,
            column=int(values.argmax()) % 28,
        )
    )
