"""What a reader should know of an imported network: what its file held, its layers, and code that is known right."""

from functools import lru_cache

import streamlit as st

from digitlab.networks.found import Found
from digitlab.networks.imported import IMPORTED
from digitlab.networks.predictor import Predictor
from digitlab.networks.rebuilt import DIGITS, checked_code
from digitlab.networks.zoo import Model
from digitlab.ui.shared.reading import predictor
from digitlab.words import _

_KEPT = 32


def is_imported(model: Model) -> bool:
    return bool(model.card["recipe"] == IMPORTED)


def show_found(model: Model) -> None:
    """What the file held and what was done with it; the accuracy on the test digits is the check."""
    said = Found.from_card(model.card["found"]).sentences() if "found" in model.card else []
    check = _("The network reads **{share:.2%}** of the 10,000 test digits right.", share=model.test_accuracy)
    st.markdown("\n".join(f"- {sentence}" for sentence in [*said, check]))


def show_own_code(model: Model) -> None:
    """Keras code of its layers, if a network that is made from the code answers as the imported one does."""
    code = _checked(predictor(model))
    if code is None:
        st.markdown(_("No code is shown: a network made from the code of these layers gives other answers."))
        return
    st.code("import keras\n\n" + code, language="python")
    st.caption(
        _(
            "A network was made from this code, got the weights, and gave the same answers to {digits} digits and to "
            "noise. It was trained elsewhere, so no script can repeat the training.",
            digits=DIGITS,
        )
    )


@lru_cache(maxsize=_KEPT)
def _checked(opened: Predictor) -> str | None:
    return checked_code(opened)
