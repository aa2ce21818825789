"""Learn from my digits: a short run on the visitor's drawings mixed with MNIST, and what came of it."""

import numpy as np
import streamlit as st

from digitlab import home
from digitlab.errors import DigitLabError
from digitlab.jobs import training
from digitlab.networks.zoo import Model
from digitlab.store.drawings import Kept
from digitlab.store.records import Run
from digitlab.training import drawn
from digitlab.training.learned import ENOUGH, EPOCHS, MNIST_DIGITS, TURNS, Learned, config_for
from digitlab.ui.opened import store

_PROBLEM = "learn_problem"  # session: why no run could be started
_STARTED = "learn_run"  # session: the run that was started just now


def offer_to_learn(mine: list[Kept], model: Model, browser: str) -> None:
    """The button, and what it does."""
    with st.container(border=True, key="learn"):
        st.markdown(
            f"**Learn from my digits.** A short run goes on from `{model.name}` with your {_drawings(len(mine))} among "
            f"{MNIST_DIGITS:,} of MNIST's, for {EPOCHS} epochs. In the end it says what the network has learned, and "
            "what it has forgotten. "
            + (
                f"To be fair it also trains {TURNS} networks more, each without a fifth of your drawings."
                if len(mine) >= ENOUGH
                else f"From {ENOUGH} drawings on, some are held out in turns, so that learning by heart does not count."
            )
        )
        st.caption("Everybody on this server sees the run and may use its network; nobody sees your drawings there.")
        st.button(
            "Learn from my digits",
            icon=":material/school:",
            type="primary",
            key="learn_start",
            on_click=_start,
            args=(browser, model),
        )
        if problem := st.session_state.pop(_PROBLEM, None):
            st.error(problem, icon=":material/info:")
    if run := st.session_state.pop(_STARTED, None):
        st.switch_page(home.ROOT / "pages/train.py", query_params={"run": str(run)})


def _start(browser: str, model: Model) -> None:
    try:
        mine = store().drawings.of(browser)
        if not mine:
            return
        images = np.stack([kept.picture for kept in mine])
        frozen = drawn.freeze(browser, [kept.id for kept in mine], images, [kept.label for kept in mine])
        config = config_for(model, frozen)
        recipe = str(model.card["recipe"])
        job = training.submit(store(), config, name=f"{model.name} with {_drawings(len(mine))}", recipe=recipe)
        st.session_state[_STARTED] = job.id
    except DigitLabError as error:
        st.session_state[_PROBLEM] = str(error)


def show_learned(run: Run) -> None:
    """Before and after, once a run with drawings has ended; nothing for any other run."""
    found = (run.job.result or {}).get("learned")
    if not found:
        return
    learned = Learned(**found)
    rows = [
        ("the drawings, all learned from", learned.before, learned.after, learned.drawings),
        ("MNIST's test digits", learned.digits_before, learned.digits_after, learned.digits),
    ]
    if learned.held_out is not None:
        rows.insert(1, ("the drawings, each held out once", learned.before, learned.held_out, learned.drawings))
    lines = [f"| {name} | {_share(before, of)} | {_share(after, of)} |" for name, before, after, of in rows]
    with st.container(key="learned"):
        st.subheader("What it learned, and what it forgot", anchor="learned")
        st.markdown("\n".join(["| Read right | before | after |", "|:--|--:|--:|", *lines]))
        st.caption(
            "The best digit counts, even where the network would say “?”. "
            + (
                f"Held out: {TURNS} networks, each trained without a fifth of the drawings and asked about that fifth."
                if learned.held_out is not None
                else "Somebody stopped it before each drawing was held out once; these it may know by heart."
                if learned.drawings >= ENOUGH
                else f"With {ENOUGH} drawings or more, some would be held out; these it may know by heart."
            )
        )


def _drawings(count: int) -> str:
    return f"{count:,} drawing" + "s" * (count != 1)


def _share(right: int, of: int) -> str:
    return f"{right:,} of {of:,} ({100 * right / of:.2f} %)" if of >= 1000 else f"{right:,} of {of:,}"
