"""What takes long is a job of the queue: this stands on the page in its place until it is there."""

from dataclasses import dataclass

import streamlit as st

from digitlab.jobs import asking
from digitlab.store import results
from digitlab.store.records import ENDED, Job
from digitlab.store.results import Result, Wanted
from digitlab.ui.friendly import friendly
from digitlab.ui.opened import store

EVERY = 1.0  # seconds between two looks at a job that is under way


def wait_for(wanted: Wanted, what: str, takes: str, key: str = "", *, by_itself: bool = False) -> Result | None:
    """The result; while it is not there, how far it is, or the button that has it computed, and None.

    Everybody who asks for the same waits for the same job.

    Args:
        wanted: its kind is one of `digitlab.jobs.kinds.COMPUTED`.
        what: what is computed, as the subject of a sentence: "The map".
        takes: how long that takes: "about 20 seconds".
        key: tells apart two places of a page that wait for the same.
        by_itself: whether it begins without a click when nobody has asked for it yet, unless that would keep a run or
            another job waiting.
    """
    result = results.kept(wanted)
    if result is None:
        with st.container(border=True, key=f"waiting_{wanted.name}{key}"), friendly():
            job = asking.asked(store(), wanted)
            if by_itself and job is None and not store().jobs.waited_for():
                job = asking.ask(store(), wanted)
            under_way = job is not None and job.state not in ENDED
            place = _Place(wanted, what, takes, wanted.name + key)
            st.fragment(_show, run_every=EVERY if under_way else None)(place, under_way)
    return result


@dataclass(frozen=True)
class _Place:
    wanted: Wanted
    what: str
    takes: str
    key: str


def _show(place: _Place, under_way: bool) -> None:
    wanted = place.wanted
    with friendly():
        job = asking.asked(store(), wanted)
        open_now = job is not None and job.state not in ENDED
        if open_now != under_way or results.kept(wanted) is not None:
            st.rerun()
        if job is None or job.state in ENDED:
            _offer(place, job)
        else:
            _progress(place, job)


def _offer(place: _Place, job: Job | None) -> None:
    what = place.what
    if job is not None and job.state == "failed":
        st.error(f"{what} could not be computed. {job.reason}", icon=":material/info:")
    elif job is not None and job.state == "stopped":
        st.markdown(f"{what} was being computed, and somebody cancelled it.")
    else:
        st.markdown(f"{what} has not been computed for this network yet. It takes {place.takes}, once, and is kept.")
    st.button("Compute it", icon=":material/play_arrow:", key=f"ask_{place.key}", on_click=_ask, args=(place.wanted,))


def _progress(place: _Place, job: Job) -> None:
    what = place.what
    if job.state in ("queued", "paused", "interrupted"):
        ahead = store().jobs.before(job)
        waits = f"{ahead} {'job' if ahead == 1 else 'jobs'} before it" if ahead else "it is next"
        text = f"{what} is in the queue: {waits}."
        if job.state != "queued":
            text = f"{what} is {job.state}. {job.reason or ''}"
        st.progress(0.0, text)
    else:
        share = min(job.done / job.total, 1.0) if job.total else 0.0
        doing = "is being cancelled" if job.state == "stopping" else "is being computed"
        st.progress(share, f"{what} {doing}: {share:.0%}.")
    with st.container(horizontal=True):
        st.button("Cancel", icon=":material/close:", key=f"cancel_{place.key}", on_click=_cancel, args=(job,))
        if job.state in ("paused", "interrupted"):
            st.button(
                "Go on", icon=":material/play_arrow:", key=f"ask_{place.key}", on_click=_ask, args=(place.wanted,)
            )


def _ask(wanted: Wanted) -> None:
    with friendly():
        asking.ask(store(), wanted)


def _cancel(job: Job) -> None:
    with friendly():
        store().jobs.stop(job.id)
