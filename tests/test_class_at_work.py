"""Pupils at once over the protocol of a page: they join, draw and start runs; one floods, and all are served."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from digitlab.store import Store
from digitlab.store.rights import KEY, Person
from harness.school import Pupil, overtaken, waits
from harness.server import Server
from tests.waiting import until

SECRET = "a teacher's secret"
LIMIT = 5  # runs that a member may have unfinished, by the settings of a new class


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv(KEY, SECRET)
    server = Server(tmp_path, environment=os.environ | {"DIGITLAB_HOME": str(tmp_path), "DIGITLAB_SLOTS": "2"})
    yield server
    server.stop()
    server.end_workers()
    assert not server.complaints()


@pytest.mark.parametrize("count", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_a_pupil_who_floods_delays_nobodys_first_run(school: Server, count: int) -> None:
    with ExitStack() as opened, Store(f"sqlite:///{school.home / 'digitlab.db'}") as store:
        teacher = Person("c" * 64, "school")
        made = store.classes.make(store.classes.prove(teacher, SECRET), "4 b")
        pupils = [opened.enter_context(Pupil(school.url, "")) for _ in range(count)]
        for number, pupil in enumerate(pupils):
            pupil.join(made.code, f"Pupil {number}")
            pupil.draw()
        names = {member.name for member in store.members.of(store.classes.person("c" * 64, "school"), made.id)}
        assert names == {f"Pupil {number}" for number in range(count)}

        floods, *others = pupils
        for seed in range(LIMIT + 2):
            floods.start_run(seed)
        assert re.search(rf"your class allows {LIMIT}", floods.texts)
        for pupil in others:
            pupil.start_run()
        runs = [job for job in store.jobs.all() if job.classroom == made.id]
        assert len({job.owner for job in runs}) == count, "nobody else was refused"

        until(lambda: len({one.pupil for one in waits(store, made.id)}) == count, 240)
        found = waits(store, made.id)
        assert overtaken(found) == []
        for pupil in others:
            mine = next(one for one in found if one.pupil == pupil.browser)
            flood = [one for one in found if one.pupil == floods.browser and one.place > 0]
            before = [one for one in flood if mine.queued < one.begun < mine.begun]
            assert before == [], "what the flood queued waits behind everybody's first run"
        for job in store.queue.of_class(made.id):
            store.jobs.stop(store.classes.person("c" * 64, "school"), job.id)
