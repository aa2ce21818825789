"""What takes long is a job of the queue; until its result is there, this part of the page shows the progress."""

from dataclasses import dataclass

import streamlit as st

from digitlab.jobs import asking
from digitlab.server.store import store
from digitlab.store import results
from digitlab.store.records import ENDED, Job
from digitlab.store.results import Result, Wanted
from digitlab.store.rights import may
from digitlab.ui.shared import visitor
from digitlab.ui.shared.foreign import complain, plain
from digitlab.ui.shared.friendly import friendly
from digitlab.words import Message, _, plural, together

EVERY = 1.0  # seconds between two looks at a job that is under way


def wait_for(wanted: Wanted, what: str, takes: Message, key: str = "", *, by_itself: bool = False) -> Result | None:
    """The result; while there is none, the progress or a button to compute the result, and None.

    All who ask for the same result wait for the same job.

    Args:
        wanted: its kind is one of `digitlab.work.kinds.COMPUTED`.
        what: the name of the result in the reader's language: "Map".
        takes: how long the computation takes: "about 20 seconds".
        key: tells apart two parts of a page that wait for the same.
        by_itself: whether the computation starts without a click, unless that would keep a run or
            another job waiting.
    """
    result = results.kept(wanted)
    if result is None:
        with st.container(border=True, key=f"waiting_{wanted.name}{key}"), friendly():
            job = asking.asked(store(), wanted)
            if by_itself and job is None and store().queue.ahead() == (0, 0):
                job = asking.ask(visitor.person(), store(), wanted)
            under_way = job is not None and job.state not in ENDED
            part = _Part(wanted, what, takes, wanted.name + key)
            st.fragment(_show, run_every=EVERY if under_way else None)(part, under_way)
    return result


@dataclass(frozen=True)
class _Part:
    wanted: Wanted
    what: str
    takes: Message
    key: str


def _show(part: _Part, under_way: bool) -> None:
    wanted = part.wanted
    with friendly():
        job = asking.asked(store(), wanted)
        open_now = job is not None and job.state not in ENDED
        if open_now != under_way or results.kept(wanted) is not None:
            st.rerun()
        if job is None or job.state in ENDED:
            _offer(part, job)
        else:
            _progress(part, job)


def _offer(part: _Part, job: Job | None) -> None:
    what = part.what
    if job is not None and job.state == "failed":
        complain(together(_("{what}: the computation failed.", what=what), job.reason or ""))
    elif job is not None and job.state == "stopped":
        st.markdown(_("{what}: the computation was cancelled.", what=what))
    else:
        st.markdown(
            _(
                "{what}: not computed yet for this network. Computing takes {takes}; the result is saved.",
                what=what,
                takes=part.takes,
            )
        )
    st.button(_("Compute"), icon=":material/play_arrow:", key=f"ask_{part.key}", on_click=_ask, args=(part.wanted,))


def _progress(part: _Part, job: Job) -> None:
    what = part.what
    if job.state in ("queued", "paused", "interrupted"):
        st.progress(0.0, _waits(what, job))
    else:
        share = min(job.done / job.total, 1.0) if job.total else 0.0
        if job.state == "stopping":
            text = _("{what}: cancelling … {share:.0%}", what=what, share=share)
        else:
            text = _("{what}: computing … {share:.0%}", what=what, share=share)
        st.progress(share, text)
    with st.container(horizontal=True):
        if may(visitor.person(), "stop", job.thing):
            st.button(_("Cancel"), icon=":material/close:", key=f"cancel_{part.key}", on_click=_cancel, args=(job,))
        if job.state in ("paused", "interrupted"):
            st.button(
                _("Continue"), icon=":material/play_arrow:", key=f"ask_{part.key}", on_click=_ask, args=(part.wanted,)
            )


def _waits(what: str, job: Job) -> str:
    why = plain(str(job.reason or ""))
    if job.state == "paused":
        return together(_("{what}: paused.", what=what), why)
    if job.state == "interrupted":
        return together(_("{what}: interrupted.", what=what), why)
    ahead = store().queue.before(job)
    if not ahead:
        return _("{what}: next in the queue.", what=what)
    return plural(
        "{what}: waiting, {n} job ahead in the queue.",
        "{what}: waiting, {n} jobs ahead in the queue.",
        ahead,
        what=what,
    )


def _ask(wanted: Wanted) -> None:
    with friendly():
        asking.ask(visitor.person(), store(), wanted)


def _cancel(job: Job) -> None:
    with friendly():
        store().jobs.stop(visitor.person(), job.id)
