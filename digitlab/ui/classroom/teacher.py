"""A teacher's view: classes, who is here, the queue, what the class sees, and the settings."""

import io
import json
import time
from dataclasses import fields, replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import segno
import streamlit as st

from digitlab.drawing.preprocess import prepare
from digitlab.drawing.sent import read_strokes
from digitlab.errors import DigitLabError, InputError
from digitlab.networks import zoo
from digitlab.runs import leaving
from digitlab.server import board
from digitlab.server.store import store
from digitlab.store.class_records import LONGEST_CLASS, Class, Member
from digitlab.store.class_settings import LIMITS, PAGES, SECTIONS, ClassSettings
from digitlab.store.classes import DAYS, MOST_DAYS
from digitlab.store.records import ACTIVE, TRAINING, Job
from digitlab.store.rights import Person
from digitlab.training.recipes import RECIPES
from digitlab.training.settings import SETTINGS
from digitlab.ui.classroom.broadcast import let_go, show
from digitlab.ui.classroom.joining import attempt, show_problem
from digitlab.ui.classroom.league import show_league
from digitlab.ui.classroom.spark import show_spark
from digitlab.ui.classroom.wall import show_wall
from digitlab.ui.samples import query
from digitlab.ui.shared import montage, names, pages, reading, visitor
from digitlab.ui.shared.foreign import plain
from digitlab.ui.shared.setting_text import progress_text
from digitlab.words import _, message, plural

EVERY = 1.0  # seconds between two looks


def show_teacher(person: Person) -> None:
    """Everything about the class that is open."""
    show_problem()
    classes = store().classes.of_teacher(person)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if classes:
            by_number = {one.id: one for one in classes}
            st.session_state["class_open"] = person.classroom if person.classroom in by_number else classes[0].id
            st.selectbox(
                _("Class"),
                list(by_number),
                format_func=lambda number: by_number[number].name,
                key="class_open",
                on_change=_open,
                width=300,
            )
        with st.popover(_("New class"), icon=":material/add:"):
            st.text_input(_("Name of the class"), max_chars=LONGEST_CLASS, key="class_name")
            st.number_input(_("Days until the class ends"), 1, MOST_DAYS, DAYS, key="class_days")
            st.button(_("Make the class"), type="primary", key="class_make", on_click=_make)
        st.button(_("Sign out"), icon=":material/logout:", key="class_resign", on_click=_resign)
    found = next((one for one in classes if one.id == person.classroom), None)
    if found is None:
        st.caption(_("Make a class, or open one. Students join with its code."))
        return
    _show_head(found)
    _show_now(person, found)
    _show_broadcast(found)
    _show_settings(found)
    show_wall(person, found.id)
    show_league(person, found.id)


def _show_head(found: Class) -> None:
    st.title(plain(found.name))
    address = f"{_base()}?class={found.code}"
    left, right = st.columns([3, 1])
    with left:
        st.markdown(_("Code: **{code}**", code=found.code))
        st.code(address, language=None)
        st.caption(_("The class ends on {day}.", day=time.strftime("%Y-%m-%d", time.gmtime(found.ends_at))))
        st.html(
            '<p class="dl-downloads"><a href="api/classroom/{number}/runs.csv" download>{runs}</a>, '
            '<a href="api/classroom/{number}/wall.zip" download>{wall}</a></p>'.format(
                number=found.id, runs=_("Runs (CSV)"), wall=_("Wall (ZIP)")
            )
        )
    with right:
        picture = io.BytesIO()
        segno.make(address).save(picture, kind="png", scale=5, border=3)
        st.image(picture.getvalue(), alt=_("Code to join the class: {address}", address=address))


def _base() -> str:
    """The address of the first page, as this browser has it."""
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rsplit('/', 1)[0]}/"


def _show_now(person: Person, found: Class) -> None:
    @st.fragment(run_every=EVERY, key="class_now")
    def live() -> None:
        seen = board.seen(found.id)
        members = seen.members if seen else ()
        now = store().clock.now()
        here = [one for one in members if one.seen_at is not None and now - one.seen_at < board.HERE]
        st.subheader(plural("{n} member is here", "{n} members are here", len(here)), anchor="here")
        for one in members:
            _show_member(one, is_here=one in here)
        _show_queue(person, found.id, {one.browser: one.name for one in members})

    live()


def _show_member(member: Member, *, is_here: bool) -> None:
    doing = member.doing or {}
    with st.container(horizontal=True, vertical_alignment="center", key=f"member_{member.browser[:12]}"):
        st.markdown(f"{'●' if is_here else '○'} **{plain(member.name)}**", width=220)
        page = next((page for page in pages.PAGES if page.path == doing.get("page")), None)
        st.caption(str(page.title) if page and is_here else "", width=100)
        run = doing.get("run")
        if isinstance(run, int):
            pages.link(pages.TRAIN, _("Run {run}", run=str(run)), {"run": run})
        answer = _answer(json.dumps(doing.get("drawing") or []))
        if answer is not None:
            image, text = answer
            st.image(montage.enlarged(image, 2), alt=_("The last drawing of {name}", name=member.name), width=56)
            st.caption(text, width=120)
        with st.popover("…"):
            key = f"rename_{member.browser[:16]}"
            st.text_input(_("Name"), member.name, key=key)
            st.button(_("Rename"), key=f"do_{key}", on_click=_rename, args=(member.browser, key))
            st.button(_("Remove from class"), key=f"out_{key}", on_click=_remove, args=(member.browser,))


@lru_cache(maxsize=256)  # looked at once a second for each member, and seldom another one
def _answer(strokes: str) -> tuple[Any, str] | None:
    """A drawing's 28×28 and what the default network answers; None where nothing is drawn."""
    try:
        drawn = read_strokes(json.loads(strokes))
        if not drawn:
            return None
        image = prepare(drawn)
        probabilities = reading.read(zoo.default(), np.ascontiguousarray(image)).probabilities
    except DigitLabError:
        return None
    best = int(np.argmax(probabilities))
    return image, f"{best} ({probabilities[best]:.0%})"


def _show_queue(person: Person, number: int, names: dict[str, str]) -> None:
    jobs = store().queue.of_class(number)
    st.subheader(plural("{n} run at work or waiting", "{n} runs at work or waiting", len(jobs)), anchor="queue")
    if jobs:
        with st.container(horizontal=True):
            st.button(_("Pause all"), icon=":material/pause:", key="pause_all", on_click=_all, args=(number, True))
            st.button(_("Resume all"), icon=":material/play_arrow:", key="go_all", on_click=_all, args=(number, False))
    for job in jobs:
        with st.container(horizontal=True, vertical_alignment="center", key=f"class_job_{job.id}"):
            pages.link(pages.TRAIN, _("Run {run}", run=str(job.id)), {"run": job.id})
            state = progress_text(job.state, job.done, job.total)
            st.caption(f"{plain(names.get(job.owner or '', '–'))} · {state}")
            if job.state in ACTIVE and job.kind == TRAINING:
                show_spark(job.id)
            if job.state == "queued":
                st.button(_("To the front"), key=f"first_{job.id}", on_click=_first, args=(job.id,))
            st.button(_("End"), key=f"end_{job.id}", on_click=_end, args=(job,))
            shown = {"run": str(job.id)}
            st.button(_("Show the class"), key=f"show_{job.id}", on_click=show, args=(number, pages.TRAIN.path, shown))


def _show_broadcast(found: Class) -> None:
    st.subheader(_("Look here"), anchor="look-here")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            _("Address of a page"),
            key="broadcast",
            max_chars=4000,
            placeholder="/samples?number=7",
            help=_("Copy the address of a drawing, sample, run or layer. Every screen of the class opens this page."),
        )
        st.button(_("Show"), icon=":material/co_present:", key="broadcast_go", on_click=_broadcast, args=(found.id,))
        if found.shown:
            st.button(_("Let go"), key="broadcast_end", type="primary", on_click=let_go, args=(found.id,))
    pages.link(pages.DRAW, _("Projector view"), {"present": "1"}, icon=":material/slideshow:")


def _show_settings(found: Class) -> None:
    settings = found.settings
    part = st.expander(_("Settings of the class"), icon=":material/tune:", key="part_class_settings")
    with part, st.form("class_settings", border=False):
        titles = {page.path: str(page.title) for page in pages.PAGES}
        st.multiselect(
            _("Hidden pages"), PAGES, settings.hidden_pages, format_func=lambda path: titles[path], key="set_hidden"
        )
        sections = _sections()
        st.multiselect(
            _("Hidden sections"), SECTIONS, settings.hidden_sections, key="set_sections",
            format_func=lambda name: f"{titles[name.partition('/')[0]]} · {sections[name]}",
        )  # fmt: skip
        st.multiselect(
            _("Recipes (none: all)"), list(RECIPES), [one for one in settings.recipes if one in RECIPES],
            key="set_recipes",
        )  # fmt: skip
        st.multiselect(
            _("Settings on Train (none: all)"), list(SETTINGS), [one for one in settings.settings if one in SETTINGS],
            key="set_settings", format_func=lambda name: str(SETTINGS[name].label),
        )  # fmt: skip
        titles = {"": _("as usual"), **names.of_models(visitor.models())}
        models = list(titles)
        st.selectbox(
            _("Network to begin with"), models, models.index(settings.model) if settings.model in models else 0,
            key="set_model", format_func=titles.__getitem__,
        )  # fmt: skip
        lessons = ["", *RECIPES]
        st.selectbox(
            _("Recipe of the day"), lessons, lessons.index(settings.lesson) if settings.lesson in lessons else 0,
            key="set_lesson", format_func=lambda name: name or _("none"),
        )  # fmt: skip
        st.toggle(_("Predict first: hide the answer on Draw"), settings.predict_first, key="set_predict_first")
        st.toggle(_("League"), settings.league, key="set_league")
        st.markdown(_("**Limits of each member**"))
        for name, limit in LIMITS.items():
            st.number_input(str(limit.label), 1, limit.most, getattr(settings, name), key=f"set_{name}")
        st.form_submit_button(_("Save"), type="primary", on_click=_set, args=(found.id,))
    with st.expander(_("End the class"), icon=":material/delete_forever:", key="part_class_end"):
        st.markdown(_("Everything that was made in this class is deleted. Download the runs and the wall first."))
        sure = st.text_input(_("Type the name of the class"), key="class_sure")
        if sure.strip() == found.name:
            st.button(_("Delete the class"), type="primary", key="class_end", on_click=_delete, args=(found.id,))


def _sections() -> dict[str, str]:
    """What the pages call each section that can be hidden."""
    return {f"samples/{name}": str(title) for name, title in query.SECTIONS.items()} | {
        "layers/why": _("Why this answer"),
        "layers/filter": _("Filter playground"),
        "layers/two": _("Compare networks"),
        "train/builder": _("Network builder"),
        "train/settings": _("Settings"),
        "train/augmentation": _("Data augmentation"),
        "train/beginning": _("First weights"),
        "runs/search": _("Search"),
    }


# --- what the buttons do ---


def _open() -> None:
    attempt(lambda: store().classes.open(visitor.person(), int(st.session_state["class_open"])))


def _make() -> None:
    name, days = str(st.session_state["class_name"]), int(st.session_state["class_days"])
    attempt(lambda: store().classes.make(visitor.person(), name, days))


def _resign() -> None:
    attempt(lambda: store().classes.resign(visitor.person()))


def _rename(browser: str, key: str) -> None:
    attempt(lambda: store().members.rename(visitor.person(), browser, str(st.session_state[key])))


def _remove(browser: str) -> None:
    attempt(lambda: store().members.remove(visitor.person(), browser))


def _all(number: int, pause: bool) -> None:
    def each() -> None:
        person, jobs = visitor.person(), store().jobs
        for job in store().queue.of_class(number):
            if pause and job.state in ("queued", "starting", "running"):
                jobs.pause(person, job.id)
            elif not pause and job.state in ("paused", "pausing", "interrupted"):
                jobs.resume(person, job.id)

    attempt(each)


def _first(job: int) -> None:
    attempt(lambda: store().jobs.put_first(visitor.person(), job))


def _end(job: Job) -> None:
    attempt(lambda: store().jobs.stop(visitor.person(), job.id))


def _broadcast(number: int) -> None:
    def change() -> None:
        address = urlsplit(str(st.session_state["broadcast"]).strip())
        path = address.path.strip("/").rsplit("/", 1)[-1]
        if path not in {page.path for page in pages.PAGES}:
            raise InputError(message("This address names no page of DigitLab."))
        shown = {"page": path, "query": dict(parse_qsl(address.query)), "at": store().clock.now()}
        store().classes.show(visitor.person(), number, shown)

    attempt(change)


def _set(number: int) -> None:
    def change() -> None:
        state = st.session_state
        person = visitor.person()
        names = {one.name for one in fields(ClassSettings)}
        given = {name: state[f"set_{name}"] for name in names if f"set_{name}" in state}
        given |= {"hidden_pages": tuple(state["set_hidden"]), "hidden_sections": tuple(state["set_sections"])}
        given |= {"recipes": tuple(state["set_recipes"]), "settings": tuple(state["set_settings"])}
        now = store().classes.get(person, number).settings
        store().classes.change(person, number, settings=replace(now, **given))

    attempt(change)


def _delete(number: int) -> None:
    attempt(lambda: leaving.end(visitor.person(), store(), number))
