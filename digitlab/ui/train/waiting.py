"""The queue that everybody sees: what is at work, what waits and in which order."""

import streamlit as st

from digitlab.errors import InputError
from digitlab.home import ROOT
from digitlab.jobs import settings
from digitlab.store import Store
from digitlab.store.records import ACTIVE, SPEED, TRAINING, Job

PAGE = ROOT / "pages/train.py"
_OTHERS = {"speed": "Measuring how quick this machine is"}
EVERY = 2.0  # seconds between two looks


def show_queue(store: Store, here: int | None = None) -> None:
    """What runs and waits, followed live; `here` is the run that the page shows already."""

    @st.fragment(run_every=EVERY, key="queue_part")
    def part() -> None:
        jobs = store.jobs.all("queued", "paused", *ACTIVE)
        with st.container(key="queue", gap="xsmall"):
            st.markdown("#### Running and waiting")
            if not jobs:
                st.caption("Nothing is running. What you start begins at once.")
                return
            ahead = sum(job.state != "paused" and job.kind != SPEED for job in jobs)
            place = 0
            for job in sorted(jobs, key=lambda job: (job.state == "queued", job.state == "paused")):
                place += job.state == "queued"
                _row(store, job, place, here)
            places = settings.places()
            works = f"{places} {'run works' if places == 1 else 'runs work'} at a time; all share this machine."
            if here is None:
                waits = f"waits for {ahead} before it" if ahead >= places else "begins at once"
                works += f" What you start now {waits}."
            st.caption(works)

    part()


def _row(store: Store, job: Job, place: int, here: int | None) -> None:
    state = f"place {place} in the queue" if job.state == "queued" else job.state
    share = f", {job.done / job.total:.0%} done" if job.total and job.done else ""
    if job.kind != TRAINING:
        st.markdown(f":material/build: {_OTHERS.get(job.kind, job.kind.capitalize())} · {state}{share}")
        return
    try:
        name = store.runs.get(job.id).name
    except InputError:  # deleted since
        return
    icon = ":material/hourglass_empty:" if job.state == "queued" else ":material/model_training:"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if job.id == here:
            st.markdown(f"{icon} **Run {job.id} · {plain(name)}**")
        else:
            st.page_link(PAGE, label=f"Run {job.id} · {plain(name)}", icon=icon, query_params={"run": str(job.id)})
        st.caption(state + share)


def plain(name: str) -> str:
    """A name that a person gave, without what Markdown would make of it."""
    return "".join("\\" + sign if sign in "\\`*_{}[]()<>#+!|$~:" else sign for sign in name)
