"""How often a minute somebody may ask for what costs the server much: a photo to be read, a drawing to be taken in.

Each has so many at hand, and gets them back evenly over a minute; one server counts by itself. All browsers of an
address together have as many as `DIGITLAB_LIMIT_PEOPLE` of them, since a browser without its cookie is a new one.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from digitlab.jobs.limits import Limits, limits
from digitlab.server import visitor
from digitlab.server.clients import client

if TYPE_CHECKING:
    from starlette.requests import Request

_MINUTE = 60.0  # seconds
_MOST = 10_000  # people that are remembered


class Pace:
    """One kind of request."""

    def __init__(self, most: Callable[[Limits], float]) -> None:
        """`most`: how many a minute one person may send."""
        self._most = most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # by who: how many, and when that was
        self._lock = threading.Lock()

    def allows(self, request: "Request") -> bool:
        """Whether this request is not one too many; then it counts."""
        ours = limits()
        most = self._most(ours)
        whose = {f"address {client(request.scope).address}": most * ours.people}
        if (browser := visitor.known(request.cookies)) is not None:
            whose[browser] = most
        now = time.monotonic()
        with self._lock:
            left = {who: self._left_of(who, at_most, now) for who, at_most in whose.items()}
            if min(left.values()) < 1:
                return False
            for who, count in left.items():
                self._left[who] = count - 1, now
                self._left.move_to_end(who)
            while len(self._left) > _MOST:
                self._left.popitem(last=False)
        return True

    def _left_of(self, who: str, most: float, now: float) -> float:
        count, at = self._left.get(who, (most, now))
        return min(most, count + (now - at) / _MINUTE * most)
