"""Where a run stands, in words and as a bar."""

from dataclasses import dataclass

import streamlit as st

from digitlab.store import Store
from digitlab.store.records import ACTIVE, Job, JobState, Run
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Step
from digitlab.ui.train.following import Followed

# What each state means: a badge's icon, its colour (never the only sign) and a sentence.
_STATES: dict[JobState, tuple[str, str, str]] = {
    "queued": ("hourglass_empty", "gray", "It waits for its turn."),
    "starting": ("rocket_launch", "blue", "It is starting: TensorFlow is being loaded, which takes a few seconds."),
    "running": ("directions_run", "blue", ""),
    "pausing": ("pause", "violet", "It writes a checkpoint, then it pauses."),
    "paused": ("pause_circle", "violet", "It is paused and takes no place in the queue; Resume lets it go on."),
    "stopping": ("stop", "violet", "It stops, tests what it has learned and keeps the weights."),
    "finished": ("check_circle", "blue", ""),
    "stopped": ("stop_circle", "gray", "It was stopped early."),
    "failed": ("error", "orange", ""),
    "interrupted": ("power_off", "orange", ""),
}
_RECENT = 20  # logged steps whose speed is the speed of now


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        step, steps: done and altogether.
        epoch, epochs: the one it is in, counted from 1, and altogether.
        digits_per_second: lately; 0 before the first figures.
        seconds_left: None where it cannot be said.
    """

    step: int
    steps: int
    epoch: int
    epochs: int
    digits_per_second: float
    seconds_left: float | None

    @property
    def share(self) -> float:
        return min(1.0, self.step / self.steps)


def progress(job: Job, config: TrainingConfig, steps: list[Step]) -> Progress:
    """How far a run is by what it has logged."""
    done, total = int(job.done), config.total_steps
    per_epoch = config.steps_per_epoch
    recent = sorted(step.digits_per_second for step in steps[-_RECENT:])
    speed = recent[len(recent) // 2] if recent else 0.0
    left = (total - done) * config.batch_size / speed if speed > 0 else None
    return Progress(
        step=done,
        steps=total,
        epoch=min(done // per_epoch + 1, -(-total // per_epoch)),
        epochs=-(-total // per_epoch),
        digits_per_second=speed,
        seconds_left=left,
    )


def show_status(store: Store, followed: Followed, config: TrainingConfig) -> None:
    """The state, the bar and the figures beside it."""
    run = followed.run
    icon, colour, sentence = _STATES[run.state]
    now = progress(run.job, config, followed.steps)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="state"):
        st.badge(run.state, icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]
        st.markdown(_figures(run, now) or sentence)
    st.progress(now.share)
    if run.state == "queued":
        st.caption(place_in_queue(store, run))
    elif run.job.reason:
        st.warning(run.job.reason + (" Resume lets it go on." if run.state == "interrupted" else ""))
    elif sentence and _figures(run, now):
        st.caption(sentence)


def place_in_queue(store: Store, run: Run) -> str:
    """How many are before a queued run."""
    jobs = store.jobs.waited_for()
    at_work = sum(job.state in ACTIVE for job in jobs)
    before = [job.id for job in jobs if job.state == "queued"]
    ahead = before.index(run.id) if run.id in before else 0
    waiting = f"{ahead} wait before it" if ahead != 1 else "one waits before it"
    working = f"{at_work} are at work" if at_work != 1 else "one is at work"
    return f"It starts by itself when its turn comes: {working}, {waiting}."


def duration(seconds: float) -> str:
    """12 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _figures(run: Run, now: Progress) -> str:
    if not now.step:
        return ""
    if run.state == "running" and now.step >= now.steps:
        return "It has learned; now it is tested."
    parts = [f"step **{now.step:,}** of {now.steps:,}", f"epoch **{now.epoch}** of {now.epochs}"]
    if run.state in ("running", "pausing") and now.digits_per_second:
        parts.append(f"**{now.digits_per_second:,.0f}** digits/s")
        if now.seconds_left is not None:
            parts.append(f"about **{duration(now.seconds_left)}** left")
    elif run.seconds is not None:
        parts.append(f"trained for **{duration(run.seconds)}**")
    return " · ".join(parts)
