"""Where a run stands, as text and as a bar."""

from dataclasses import dataclass

import streamlit as st

from digitlab.jobs import expecting, launch
from digitlab.runs.following import Followed
from digitlab.store import Store
from digitlab.store.records import ACTIVE, ENDED, Job, JobState, Run
from digitlab.training.config import TrainingConfig
from digitlab.training.events import Step
from digitlab.ui.run.ended import how_it_ended
from digitlab.ui.shared.foreign import warn
from digitlab.ui.shared.setting_text import STATES
from digitlab.ui.shared.times import duration
from digitlab.words import Message, _, message, together

# What each state means: a badge's icon, its colour (never the only sign) and a sentence.
_STATES: dict[JobState, tuple[str, str, Message | None]] = {
    "queued": ("hourglass_empty", "gray", message("The run waits for its turn.")),
    "starting": ("rocket_launch", "blue", message("TensorFlow is loading, which takes a few seconds.")),
    "running": ("directions_run", "blue", None),
    "pausing": ("pause", "violet", message("The run writes a checkpoint, then pauses.")),
    "paused": ("pause_circle", "violet", message("The run takes no place in the queue. Press “Resume” to continue.")),
    "stopping": ("stop", "violet", message("The network is tested, and its weights are kept.")),
    "finished": ("check_circle", "blue", None),
    "stopped": ("stop_circle", "gray", None),
    "failed": ("error", "orange", None),
    "interrupted": ("power_off", "orange", None),
}
_HELD = ("interrupted", "paused")  # states from which a person resumes a run
_RECENT = 20  # logged steps whose speed is the speed of now


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        step, steps: done and altogether.
        epoch, epochs: the current one, counted from 1, and altogether.
        over: whether all training is done, be it that no better epoch came.
        whole, whole_done: steps altogether with those of the networks that are trained to be tested on drawings which
            they did not learn, and how many of these are done.
        digits_per_second: lately; 0 before the first figures.
        seconds_left: None before the speed is known.
    """

    step: int
    steps: int
    epoch: int
    epochs: int
    over: bool
    whole: int
    whole_done: int
    digits_per_second: float
    seconds_left: float | None

    @property
    def share(self) -> float:
        return min(1.0, self.whole_done / self.whole)


def progress(job: Job, config: TrainingConfig, steps: list[Step]) -> Progress:
    """How far a run is, from its log."""
    total = config.total_steps
    whole = max(1, int(job.total or total))
    done = min(int(job.done), total)
    per_epoch = config.steps_per_epoch
    recent = sorted(step.digits_per_second for step in steps[-_RECENT:])
    speed = recent[len(recent) // 2] if recent else 0.0
    left = (whole - int(job.done)) * config.batch_size / speed if speed > 0 else None
    return Progress(
        step=done,
        steps=total,
        epoch=min(done // per_epoch + 1, -(-total // per_epoch)),
        epochs=-(-total // per_epoch),
        over=min(total, whole) <= done,
        whole=whole,
        whole_done=int(job.done),
        digits_per_second=speed,
        seconds_left=left,
    )


def show_status(store: Store, followed: Followed, config: TrainingConfig) -> None:
    """The state, the bar and the figures beside it."""
    run = followed.run
    icon, colour, sentence = _STATES[run.state]
    now = progress(run.job, config, followed.steps)
    ended = how_it_ended(run, config, followed.epochs)
    figures = _after_the_end(run, ended) if run.state in ENDED else _figures(run, now)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="state"):
        st.badge(str(STATES[run.state]), icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]
        st.markdown(figures or str(sentence or ""))
    if run.state not in ENDED:
        st.progress(now.share)
    if run.job.node not in (None, launch.node()) and run.state in ACTIVE:  # on another machine than this server
        st.caption(_("On {node}", node=run.job.node))
    if run.state == "queued":
        st.caption(place_in_queue(store, run))
    elif run.job.reason and run.state not in _HELD:
        warn(str(run.job.reason))
    elif sentence and figures and not run.job.reason:
        st.caption(str(sentence))


def show_reason(run: Run) -> bool:
    """Why a run was held that a person can resume; says whether there is such a sentence."""
    if run.state not in _HELD or not run.job.reason:
        return False
    warn(together(run.job.reason, _("Press “Resume” to continue.")))
    return True


def place_in_queue(store: Store, run: Run) -> str:
    """How many are before a queued run, and when it should start."""
    at_work, _waiting = store.queue.ahead()
    ahead = max(0, store.queue.before(run.job) - at_work)
    seconds = expecting.start_seconds(store, run.job)
    return together(
        _("{running} running, {ahead} ahead of this run.", running=at_work, ahead=ahead),
        _("The run starts by itself.")
        if seconds is None
        else _("Expected start: in about {time}.", time=duration(seconds)),
    )


def _figures(run: Run, now: Progress) -> str:
    if not now.step:
        return ""
    if run.state == "running" and now.over:
        return _testing(now)
    parts = [
        _("step **{step}** of {steps}", step=now.step, steps=now.steps),
        _("epoch **{epoch}** of {epochs}", epoch=now.epoch, epochs=now.epochs),
    ]
    if run.state in ("running", "pausing") and now.digits_per_second:
        parts.append(_("**{speed:.0f}** digits/s", speed=now.digits_per_second))
        if now.seconds_left is not None:
            parts.append(_("about **{time}** left", time=duration(now.seconds_left)))
    elif run.seconds is not None:
        parts.append(_("trained for **{time}**", time=duration(run.seconds)))
    return " · ".join(parts)


def _testing(now: Progress) -> str:
    if now.whole_done >= now.whole or now.seconds_left is None:
        return _("Training finished. Testing …")
    return _(
        "Training finished. Networks without some of the drawings are trained for the test: {share:.0%}, about "
        "**{time}** left",
        share=(now.whole_done - now.steps) / (now.whole - now.steps),
        time=duration(now.seconds_left),
    )


def _after_the_end(run: Run, ended: str) -> str:
    took = [_("trained for **{time}**", time=duration(run.seconds))] if run.seconds is not None else []
    return " · ".join([*filter(None, [ended]), *took])
