"""Train a network: start a run and watch it learn."""

import streamlit as st

from digitlab.errors import InputError
from digitlab.ui.friendly import friendly
from digitlab.ui.opened import store as opened_store
from digitlab.ui.train import address
from digitlab.ui.train.drafting import watch
from digitlab.ui.train.ending import show_end
from digitlab.ui.train.following import follow
from digitlab.ui.train.pinned import show_pinned
from digitlab.ui.train.starting import show_start
from digitlab.ui.train.waiting import PAGE, show_queue
from digitlab.ui.train.watching import heading, rests, show_run

store = opened_store()
run = None
try:
    number = address.wanted_run(st.query_params)
    run = store.runs.get(number) if number is not None else None
except InputError as error:
    st.error(str(error), icon=":material/info:")
    del st.query_params[address.RUN]

if run is None:
    with friendly():
        show_start(store)
else:
    watch(run.id)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(heading(run))
        st.page_link(PAGE, label="Start another run", icon=":material/add:")
    show_run(store, run.id)
    pinned = st.container()
    result = st.container()
show_queue(store, here=run.id if run else None)
if run is not None:
    if rests(run.state):
        with result, friendly():  # last, for they may have to wait for TensorFlow
            show_end(follow(store, run.id))
    with pinned, friendly():
        show_pinned(store, run)
