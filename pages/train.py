"""Train a network: start a run and watch it learn."""

import streamlit as st

from digitlab.errors import InputError
from digitlab.jobs import draft_query
from digitlab.runs.following import follow
from digitlab.server.store import store as opened_store
from digitlab.ui.shared import pages, visitor
from digitlab.ui.shared.foreign import complain
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.train.drafting import watch
from digitlab.ui.train.ending import show_end
from digitlab.ui.train.pinned import show_pinned
from digitlab.ui.train.queue import show_queue
from digitlab.ui.train.starting import show_start
from digitlab.ui.train.watching import heading, rests, show_run
from digitlab.words import _

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
else:
    watch(run.id)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(heading(run))
        pages.link(pages.TRAIN, _("New run"), icon=":material/add:")
    show_run(store, run.id)
    pinned = st.container()
    result = st.container()
show_queue(store, here=run.id if run else None)
if run is not None:
    if rests(run.state):
        with result, friendly():  # last: the result may have to wait for TensorFlow
            show_end(follow(store, run.id))
    with pinned, friendly():
        show_pinned(store, run)
