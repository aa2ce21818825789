"""A class at work without browsers: pupils who join, draw and start runs, over the protocol that a page speaks."""

import json
import re
import time
import urllib.request
from collections import defaultdict
from dataclasses import dataclass

from starlette.requests import cookie_parser

from digitlab.drawing.sent import write_strokes
from digitlab.server import visitor
from digitlab.store import Store
from harness.drawn import drawn
from harness.forger import Forger

_RUN = "recipe=two-conv-64-dropout&epochs=1&train_size=500&validation_size=100"  # a run of seconds
_KEY = re.compile(r'session\\*": ?\\*"([\w-]+)')


@dataclass
class Pupil(Forger):
    """A browser of a class.

    Attributes:
        number: of its drawing.
    """

    number: int = 0

    @property
    def browser(self) -> str:
        """As the store knows it."""
        found = visitor.known(cookie_parser(self.cookie))
        assert found
        return found

    def go(self, page: str, query: str = "") -> None:
        """Open a page."""
        self.page, self.query = page, query
        self.send()

    def join(self, code: str, name: str) -> None:
        """Come into a class."""
        self.go("classroom", f"class={code}")
        filled = {self._found("join_code"): ("string_value", code), self._found("join_name"): ("string_value", name)}
        self.send(**filled, **{self._found("FormSubmitter:join"): ("trigger_value", True)})

    def start_run(self, seed: int = 0) -> None:
        """Fill in the form of a run of seconds, and press Start; the same form twice is one run."""
        self.go("train", f"{_RUN}&seed={seed}")
        self.send(**{self._found("-start"): ("trigger_value", True)})

    def draw(self) -> float:
        """Open the Draw page if it is not open, draw a stroke, and say how many seconds its confirmation took."""
        if self.page:
            self.go("")
        key = _KEY.search(self.texts)
        assert key, "the Draw page names its session"
        self.number += 1
        drawing = {"session": key[1], "number": self.number, "computes": True, "instead": None, "beneath": None}
        body = json.dumps(drawing | {"strokes": write_strokes(drawn("three"))}).encode()
        headers = {"Cookie": self.cookie}
        begun = time.perf_counter()
        with urllib.request.urlopen(
            urllib.request.Request(f"{self.url}/api/drawing", data=body, headers=headers)
        ) as answer:
            assert json.load(answer)["held"] == self.number
        return time.perf_counter() - begun

    def _found(self, part: str) -> str:
        return next(widget.id for widget in self.widgets if part in widget.id)


@dataclass(frozen=True)
class Wait:
    """A run of a pupil: which of theirs it is, from 0, and when it was queued and begun, in seconds since 1970."""

    pupil: str
    place: int
    queued: float
    begun: float


def waits(store: Store, classroom: int) -> list[Wait]:
    """The runs of a class that have begun, in the order in which they began."""
    of_pupils: dict[str, int] = defaultdict(int)
    found = []
    for job in sorted(store.jobs.all(), key=lambda job: job.id):
        if job.classroom == classroom and job.owner is not None:
            if job.started_at is not None:
                found.append(Wait(job.owner, of_pupils[job.owner], job.created_at, job.started_at))
            of_pupils[job.owner] += 1
    return sorted(found, key=lambda one: one.begun)


def overtaken(found: list[Wait]) -> list[tuple[Wait, Wait]]:
    """Pairs of a pupil's later run and the first run of another, which waited already and began after that."""
    first = [one for one in found if one.place == 0]
    return [
        (later, other)
        for later in found
        if later.place > 0
        for other in first
        if other.queued < later.begun < other.begun and other.pupil != later.pupil
    ]
