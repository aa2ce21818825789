"""A live part that tries: pixels divided by 255 twice, for a trained network and from the start."""

from dataclasses import replace

import numpy as np
import streamlit as st

from digitlab.data import mnist
from digitlab.data.mnist import scaled
from digitlab.lessons.lesson import Lesson, Step
from digitlab.networks.graph import Network
from digitlab.networks.layers.scaling import Rescale
from digitlab.store.records import ENDED
from digitlab.training.config import TrainingConfig
from digitlab.ui.learn import own
from digitlab.ui.learn.own import source
from digitlab.ui.shared import names, pages
from digitlab.ui.shared.foreign import complain, plain
from digitlab.ui.shared.markdown import bold, table
from digitlab.ui.shared.reading import predictor
from digitlab.ui.train.expecting import length
from digitlab.words import _

EVERY = 1.0  # seconds between two looks at runs that are at work


def show_twice(lesson: Lesson, step: Step) -> None:
    """What this network makes of dim digits, and two runs of one epoch, with one division and with two."""
    made = source(lesson)
    images, labels = scaled(mnist.load().x_test), mnist.load().y_test
    rows = []
    for title, pictures in (
        (_("Divided once"), images),
        (_("Divided twice"), images / np.float32(255)),
    ):
        right = predictor(made.model).outputs(pictures).argmax(axis=1) == labels
        rows.append([title, f"{right.mean():.2%}"])
    st.markdown(table([_("Test digits, read by this network"), _("Read right")], rows))
    st.markdown(bold(_("Learned from the start")))
    once = lesson.of.config.with_changes(epochs=1)
    chain = [replace(layer, name="", inputs=()) for layer in lesson.of.network.layers]
    twice = once.with_changes(network=Network((Rescale(scale=1 / 255), *chain)))
    tried = ((_("Divided once"), once), (_("Divided twice"), twice))
    at_work = any(run is not None and run.state not in ENDED for run in (own.newest(once), own.newest(twice)))

    @st.fragment(run_every=EVERY if at_work else None)
    def runs() -> None:
        for number, (title, config) in enumerate(tried):
            _show(lesson, number, title, config)
        if failed := own.problem():
            complain(failed)

    runs()


def _show(lesson: Lesson, number: int, title: str, config: TrainingConfig) -> None:
    run = own.newest(config)
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"lesson_twice_{number}"):
        st.markdown(title)
        if run is None or (run.state in ENDED and run.test_accuracy is None):
            key = f"lesson_run_twice_{number}"
            label = _("Start, {length}", length=length(config))
            if st.button(label, key=key, icon=":material/play_arrow:", on_click=own.start, args=(lesson, config)):
                st.rerun()  # the whole page: it then looks again and again
            return
        if run.test_accuracy is not None:
            st.markdown(_("{accuracy:.2%} of the test digits", accuracy=run.test_accuracy))
        else:
            st.progress(min(1.0, run.job.done / config.total_steps))
        pages.link(pages.TRAIN, plain(names.of_run(run, figure=False)), {"run": run.id})
