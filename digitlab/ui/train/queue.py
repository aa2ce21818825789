"""The queue that all visitors see: what runs, what waits and in which order."""

import streamlit as st

from digitlab.jobs import beside, settings
from digitlab.store import Store
from digitlab.store.queue import Row
from digitlab.store.records import TRAINING
from digitlab.ui.shared import names, pages, visitor
from digitlab.ui.shared.foreign import complain, plain
from digitlab.ui.shared.friendly import friendly
from digitlab.ui.shared.setting_text import progress_text
from digitlab.words import Message, _, message, plural, together

_OTHERS: dict[str, Message] = {
    "speed": message("Measuring the speed of this machine"),
    "answers": message("Reading all digits with a network"),
    "map": message("Computing a map of digits"),
    "channels": message("Switching off the channels of a network"),
    "robustness": message("Measuring how robust a network is"),
}
EVERY = 2.0  # seconds between two looks
SHOWN = 20  # rows; a longer queue is counted


def show_queue(store: Store, here: int | None = None) -> None:
    """What runs and waits, followed live; `here` is the run that the page shows already."""

    @st.fragment(run_every=EVERY, key="queue_part")
    @friendly()
    def part() -> None:
        if trouble := beside.trouble():
            complain(_("The queue is stopped, and no run starts. {why}", why=trouble))
        seen = store.queue.glance(visitor.person(), SHOWN)
        with st.container(key="queue", gap="xsmall"):
            st.subheader(_("Queue"))
            if not seen.rows:
                st.caption(_("Nothing is running. A new run starts at once."))
                return
            place = 0
            for row in seen.rows:
                place += row.state == "queued"
                _show_row(row, place, here)
            if more := seen.count - len(seen.rows):
                st.caption(plural("and {n} more", "and {n} more", more))
            slots = settings.places_in_pool(store)
            said = [plural("{n} run works at a time.", "{n} runs work at a time.", slots)]
            if here is None and seen.ahead < slots:
                said.append(_("A new run starts at once."))
            elif here is None:
                said.append(plural("A new run waits for {n} other.", "A new run waits for {n} others.", seen.ahead))
            st.caption(together(*said))
            pool = store.pools.get(settings.pool())
            for node in pool.nodes if pool else ():
                st.caption(
                    _("{node}: {free} of {cpus} processors free", node=node.name, free=node.free, cpus=node.cpus)
                )

    part()


def _show_row(row: Row, place: int, here: int | None) -> None:
    state = progress_text(row.state, row.done, row.total)
    if row.state == "queued":
        state = _("queued, place {place}", place=place)
    if row.kind != TRAINING:
        st.markdown(f":material/build: {_OTHERS.get(row.kind, row.kind)} · {state}")
        return
    icon = ":material/hourglass_empty:" if row.state == "queued" else ":material/model_training:"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if row.title is None:
            hidden = _("A run of a class")
            st.markdown(f"{icon} {hidden}")
            st.caption(state)
            return
        title = plain(names.of_number(row.id, row.name))
        if row.id == here:
            st.markdown(f"{icon} **{title}**")
        else:
            pages.link(pages.TRAIN, title, {"run": row.id}, icon=icon)
        st.caption(state)
