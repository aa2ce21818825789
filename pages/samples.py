"""The digits that networks learn from and are tested on."""

import secrets

import numpy as np
import streamlit as st

from digitlab import home
from digitlab.ui import montage, source
from digitlab.ui.friendly import friendly
from digitlab.ui.palette import DIGITS
from digitlab.ui.samples import PER_PAGE, Part, arrays, page_of, picture

PARTS: dict[str, Part] = {"Training": "training", "Test": "test"}


def first_page() -> None:
    st.session_state["page"] = 1


def pick_at_random() -> None:
    st.session_state["number"] = secrets.randbelow(source.TEST_DIGITS)
    st.session_state["part"] = "Test"


st.title("The digits that networks learn from")
st.markdown(
    "MNIST holds 70,000 digits written by about 500 people: 60,000 to learn from and 10,000 to be tested on. "
    "Under each stands its label."
)
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choice"):
    part_name = st.segmented_control(
        "Part", list(PARTS), default="Training", required=True, key="part", on_change=first_page, bind="query-params"
    )
    part: Part = PARTS[str(part_name)]
    kind = st.pills("Only the digit", list(range(10)), key="only", on_change=first_page, bind="query-params")
    total = len(arrays(part)[1])
    number = st.number_input(
        f"Look at one: number 0 to {total - 1:,}",
        0,
        total - 1,
        value=None,
        key="number",
        bind="query-params",
        width=220,
    )
    st.button("Random test digit", icon=":material/casino:", on_click=pick_at_random, key="random")

if number is not None:
    images, labels = arrays(part)
    label = int(labels[number])
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="large", key="one"):
        st.image(montage.enlarged(images[number].astype(np.float32) / 255, 7), alt=f"Digit {number}, a {label}")
        with st.container(width="stretch"):
            st.html(f'<div class="dl-digit dl-underlined" style="--digit:{DIGITS[label]}">{label}</div>')
            st.markdown(f"{'Test' if part == 'test' else 'Training'} digit {number:,}. Its label says **{label}**.")
            if part == "test" and st.button("Read it with a network", icon=":material/draw:", key="read"):
                source.show_test_digit(number)
                st.switch_page(home.ROOT / "pages/draw.py")

sheet = st.container(key="sheet")
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    caption = st.container(width="content")
    page = st.pagination(page_of(part, kind, 1).pages, key="page", bind="query-params")
here = page_of(part, kind, page)
caption.caption(f"Numbers {here.numbers[0]:,} to {here.numbers[-1]:,}, {PER_PAGE} on a page")
with sheet, friendly():
    st.image(
        picture(part, tuple(here.numbers.tolist())),
        width="stretch",
        alt=f"{len(here.numbers)} {part} digits, row by row: " + " ".join(map(str, here.labels.tolist())),
    )
