"""The test digits whose labels are doubtful, with the evidence."""

import numpy as np
import streamlit as st
from PIL import Image

from digitlab.data import mnist
from digitlab.insight import doubtful, features
from digitlab.insight.doubtful import Doubt
from digitlab.insight.features import Features
from digitlab.networks.zoo import Model
from digitlab.ui.samples import query
from digitlab.ui.samples.downloads import offer_csv
from digitlab.ui.samples.sheet import Tile, show_sheet
from digitlab.ui.samples.slices import CLEAN, DOUBTFUL, evaluate, known_doubts
from digitlab.ui.shared.montage import data_url
from digitlab.words import _, plural, together

_NEAREST = 8


def show_doubtful(model: Model, asked: int) -> None:
    """The digits, and what speaks against each label.

    Args:
        model: whose nearest training digits are evidence, if they are known.
        asked: how many networks have read the test digits.
    """
    if asked < doubtful.FEWEST:
        st.markdown(
            plural(
                "Doubtful labels need the answers of at least {n} network.",
                "Doubtful labels need the answers of at least {n} networks.",
                doubtful.FEWEST,
            )
        )
        return
    found = known_doubts()
    if not found:
        st.markdown(_("No label is doubtful for these networks."))
        return
    st.markdown(
        together(
            plural("**{n} test digit has a doubtful label.**", "**{n} test digits have doubtful labels.**", len(found)),
            _(
                "At least three of four networks read the same other digit, with a mean probability of 75% or more. "
                "{networks} networks were asked. 5 → 3: label 5, answer 3.",
                networks=asked,
            ),
        )
    )
    tiles = [Tile(one.number, f"{one.label} → {one.answer}", one.label) for one in found]
    with st.container(key="doubtful"):
        show_sheet(
            "test", tiles, "doubtful_picture", lambda number: query.open_digit("test", number),
            columns=20 if len(found) > 10 else 10,
        )  # fmt: skip
    with st.container(horizontal=True, gap="small", width="content"):
        st.button(
            _("Evaluate on these digits"), icon=":material/monitoring:", key="doubtful_on",
            on_click=evaluate, args=(DOUBTFUL,),
        )  # fmt: skip
        st.button(_("Evaluate without these digits"), key="doubtful_off", on_click=evaluate, args=(CLEAN,))
    st.subheader(_("Evidence"))
    known = features.known(model)
    _show_evidence(model, found, known if known is not None and known.vary else None)
    offer_csv(
        "doubtful-labels",
        ["number", "label", "answer", "agree", "networks", "answer_probability", "label_probability"],
        lambda: [
            [one.number, one.label, one.answer, one.agree, one.networks, one.answer_share, one.label_share]
            for one in found
        ],
        "csv_doubtful",
    )


def _show_evidence(model: Model, found: list[Doubt], known: Features | None) -> None:
    images = mnist.load().x_test
    digit, label, answer, agree = _("Digit"), _("Label"), _("Answer"), _("Networks that agree")
    of_answer, of_label, near = _("Probability of the answer"), _("Probability of the label"), _("Nearest digits")
    columns: dict[str, list[object]] = {
        digit: [data_url(Image.fromarray(images[one.number])) for one in found],
        _("Number"): [one.number for one in found],
        label: [one.label for one in found],
        answer: [one.answer for one in found],
        agree: [_("{count} of {total}", count=one.agree, total=one.networks) for one in found],
        of_answer: [one.answer_share for one in found],
        of_label: [one.label_share for one in found],
    }
    if known is not None:
        columns[near] = [_nearest(known, one) for one in found]
    share = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        columns,
        hide_index=True,
        row_height=48,
        key="evidence",
        column_config={digit: st.column_config.ImageColumn(width="small"), of_answer: share, of_label: share},
    )
    st.caption(
        together(
            _("Probabilities are means over all networks."),
            _(
                "Nearest digits: labels of the {count} training digits most similar for {model}.",
                count=_NEAREST,
                model=model.name,
            )
            if known is not None
            else _("Open one digit to see the most similar training digits."),
        )
    )


def _nearest(known: Features, one: Doubt) -> str:
    """The labels of the nearest training digits, the most frequent first, as "3 ×6, 5 ×2"."""
    near, _away = known.nearest(known.test[one.number], _NEAREST)
    counts = np.bincount(mnist.load().y_train[near], minlength=10)
    return ", ".join(f"{digit} ×{counts[digit]}" for digit in np.argsort(-counts, kind="stable") if counts[digit])
