"""Train on drawings, one's own or a wall's: a short run on them mixed with MNIST, and its result."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from digitlab.data import drawn
from digitlab.data.drawn import SPLITS
from digitlab.errors import DigitLabError
from digitlab.jobs import orders
from digitlab.networks.zoo import Model
from digitlab.server.store import store
from digitlab.store.drawings import Digit, OnWall
from digitlab.store.records import Run
from digitlab.training.learned import ENOUGH, EPOCHS, MNIST_DIGITS, Learned, config_for
from digitlab.ui.shared import names, pages, visitor
from digitlab.ui.shared.foreign import complain
from digitlab.words import _, message, plural, plural_message, together

_PROBLEM = "learn_problem"  # session: why no run could be started
_EACH = "learn_each"  # widget: whether every drawing is held out once, and not a fifth of them
_STARTED = "learn_run"  # session: the run that was started just now
_HEAD = message("Correct"), message("Before"), message("After")


def offer_to_learn(count: int, model: Model, classroom: int | None = None) -> None:
    """The button, and what it does.

    Args:
        count: how many drawings there are.
        classroom: the class whose wall is learned from; None: the visitor's own drawings.
    """
    with st.container(border=True, key="learn"):
        st.markdown(
            together(
                _("**Train on my digits.**") if classroom is None else _("**Train on the wall.**"),
                _what(count, model, of_wall=classroom is not None),
                _("At the end the run shows what the network has learned and forgotten."),
                _("One more network is trained without a fifth of the drawings, to measure overfitting on that fifth.")
                if count >= ENOUGH
                else _(
                    "With {enough} drawings or more, some are held out in turns, so that overfitting does not count.",
                    enough=ENOUGH,
                ),
            )
        )
        st.caption(_who_sees(classroom))
        if count >= ENOUGH:
            st.checkbox(
                _("Hold out each drawing once"),
                key=_EACH,
                help=_(
                    "Trains {splits} more networks instead of one: a better measure that takes longer.", splits=SPLITS
                ),
            )
        st.button(
            _("Train on my digits") if classroom is None else _("Train on the wall"),
            icon=":material/school:",
            type="primary",
            key="learn_start",
            on_click=_start,
            args=(model, classroom),
        )
        if problem := st.session_state.pop(_PROBLEM, None):
            complain(problem)
    if run := st.session_state.pop(_STARTED, None):
        pages.go(pages.TRAIN, {"run": run})


def _what(count: int, model: Model, *, of_wall: bool) -> str:
    if of_wall:
        return plural(
            "A short run continues from {model} for {epochs} epochs, with the drawing of the wall among {digits} "
            "MNIST digits.",
            "A short run continues from {model} for {epochs} epochs, with the {n} drawings of the wall among "
            "{digits} MNIST digits.",
            count,
            model=names.in_text(model),
            epochs=EPOCHS,
            digits=MNIST_DIGITS,
        )
    return plural(
        "A short run continues from {model} for {epochs} epochs, with your drawing among {digits} MNIST digits.",
        "A short run continues from {model} for {epochs} epochs, with your {n} drawings among {digits} MNIST digits.",
        count,
        model=names.in_text(model),
        epochs=EPOCHS,
        digits=MNIST_DIGITS,
    )


def _who_sees(classroom: int | None) -> str:
    if classroom is not None:
        return _("Your class sees the run and can use its network.")
    if visitor.person().classroom is not None:
        return _("Your class sees the run and can use its network. Your drawings stay private.")
    return _("All visitors of this server see the run and can use its network. Your drawings stay private.")


def _start(model: Model, classroom: int | None) -> None:
    try:
        digits = _digits(classroom)
        if not digits:
            return
        owner = visitor.browser() if classroom is None else drawn.owner_of_wall(classroom)
        assert owner is not None, "who has drawings has a cookie"
        images = np.stack([kept.picture for kept in digits])
        frozen = drawn.freeze(owner, [kept.id for kept in digits], images, [kept.label for kept in digits])
        config = config_for(model, frozen, SPLITS if st.session_state.get(_EACH) else 1)
        recipe = str(model.card["recipe"])
        name = plural_message(
            "{model} with {n} drawing", "{model} with {n} drawings", len(digits), model=names.label_of(model)
        )
        job = orders.submit(visitor.person(), store(), config, name=name, recipe=recipe)
        st.session_state[_STARTED] = job.id
    except DigitLabError as error:
        st.session_state[_PROBLEM] = error.sentence


def _digits(classroom: int | None) -> Sequence[Digit | OnWall]:
    if classroom is not None:
        return store().drawings.wall(visitor.person(), classroom)
    browser = visitor.browser()
    return store().drawings.digits(browser) if browser else []


def show_learned(run: Run) -> None:
    """Before and after, once a run with drawings has ended; nothing for any other run."""
    found = (run.job.result or {}).get("learned")
    if not found:
        return
    learned = Learned(**found)
    rows = [
        (_("Drawings, all trained on"), learned.before, learned.after, learned.drawings),
        (_("MNIST test digits"), learned.digits_before, learned.digits_after, learned.digits),
    ]
    if learned.held_out is not None:
        rows.insert(1, _held_out_row(learned, learned.held_out))
    lines = [f"| {name} | {_share(before, of)} | {_share(after, of)} |" for name, before, after, of in rows]
    with st.container(key="learned"):
        st.subheader(_("Learned and forgotten"), anchor="learned")
        head = f"| {_HEAD[0]} | {_HEAD[1]} | {_HEAD[2]} |"
        st.markdown("\n".join([head, "|:--|--:|--:|", *lines]))
        st.caption(together(_("The best digit counts, also where the answer is “?”."), _held_out(learned)))


def _held_out_row(learned: Learned, right: int) -> tuple[str, int, int, int]:
    if learned.tested in (None, learned.drawings):
        return _("Drawings, each held out once"), learned.before, right, learned.drawings
    return _("Drawings, a fifth held out"), learned.tested_before or 0, right, learned.tested or 0


def _held_out(learned: Learned) -> str:
    """How far the figures for the drawings can be trusted."""
    if learned.held_out is not None and learned.tested in (None, learned.drawings):
        return _(
            "Held out: {turns} networks, each trained without a fifth of the drawings and tested on that fifth.",
            turns=SPLITS,
        )
    if learned.held_out is not None:
        return _("Held out: a further network was trained without a fifth of the drawings and tested on that fifth.")
    if learned.drawings >= ENOUGH:
        return _("The run was stopped before drawings were held out, so overfitting is possible.")
    return _(
        "With {enough} drawings or more, some would be held out. Overfitting to fewer drawings is possible.",
        enough=ENOUGH,
    )


def _share(right: int, of: int) -> str:
    if of >= 1000:
        return _("{right} of {total} ({share:.2%})", right=right, total=of, share=right / of)
    return _("{count} of {total}", count=right, total=of)
