"""Train a network: start a run, watch it learn, and find all there is of it afterwards."""

import streamlit as st

from digitlab.errors import InputError
from digitlab.jobs import draft_query
from digitlab.runs import trainings
from digitlab.runs.following import follow
from digitlab.server.store import store as opened_store
from digitlab.ui.run.details import show_details
from digitlab.ui.run.files import show_files
from digitlab.ui.run.head import show_head
from digitlab.ui.shared import visitor
from digitlab.ui.shared.foreign import complain
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.train.drafting import watch
from digitlab.ui.train.ending import show_end
from digitlab.ui.train.pinned import show_pinned
from digitlab.ui.train.queue import show_queue
from digitlab.ui.train.starting import show_start
from digitlab.ui.train.watching import rests, show_run

store = opened_store()
run = None
try:
    number = draft_query.wanted_run(st.query_params)
    run = store.runs.seen(visitor.person(), number) if number is not None else None
except InputError as error:
    complain(error.sentence)
    del st.query_params[draft_query.RUN]

if run is None:
    with friendly():
        show_start(store)
    show_queue(store)
else:
    watch(run.id)
    training = trainings.of_run(run)
    show_head(training)
    show_run(store, run.id)
    result, pinned = st.container(), st.container()
    if not rests(run.state):
        show_queue(store, here=run.id)
    with st.container(key="run_details"):
        with friendly():
            show_details(training)
        with friendly():
            show_files(training)
    if rests(run.state):
        with result, friendly():  # last: the result may have to wait for TensorFlow
            show_end(follow(store, run.id))
    if run.job.done or not rests(run.state):
        with pinned, friendly():
            show_pinned(store, run)
