"""Two networks beside each other: on which digits they differ, and whether that may be chance."""

import numpy as np
import streamlit as st

from digitlab.data import mnist
from digitlab.insight.answers import Part
from digitlab.insight.evaluation import compare
from digitlab.ui.samples.downloads import offer_csv, offer_png
from digitlab.ui.samples.measured import Measured, show_places
from digitlab.ui.samples.sheet import PER_PAGE, picture, tiles
from digitlab.words import _, plural, together


def show_disagreement(measured: list[Measured], part: Part) -> None:
    first, second = (each.model for each in measured)
    one, other = (each.answers for each in measured)
    among = measured[0].places
    result = compare(one.right[among], other.right[among])
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
    places = among[one.digits[among] != other.digits[among]]
    if not len(places):
        st.markdown(_("Both networks give the same answer to every digit."))
        return
    places = places[np.argsort(-np.maximum(one.confidence, other.confidence)[places], kind="stable")]
    show_places(one, places[:PER_PAGE], part, "disagreement", downloads=False)
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
