"""Drawings on their way to sessions: `POST /api/drawing` takes what a page has drawn.

Streamlit would run a part of the page's script for each stroke; this way a stroke costs one small request. What comes
waits in the inbox of its session until the next run of the session's script takes it out. The answer, as JSON, confirms
the drawing's number, and says whether such a run is wanted at once: {"held": 7, "run": false}.

The key of an inbox is known to its session and to the page alone.
"""

import json
import secrets
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from starlette.responses import JSONResponse, Response

from digitlab.drawing.sent import Sent, read_sent
from digitlab.errors import InputError
from digitlab.server import watched
from digitlab.server.pace import Pace

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_BYTES = 1 << 20  # a full pad takes 0.4 MB
_HEADERS = {"Cache-Control": "no-store"}
_pace = Pace(lambda limits: limits.strokes)


class Inbox:
    """Where a session finds what its page has drawn; gone with the session, which alone keeps it.

    Attributes:
        key: by which the page names it.
        runs: whether the session's script does something with each drawing, so that it is to run for each.
    """

    def __init__(self) -> None:
        self.key = secrets.token_urlsafe(24)
        self.runs = False
        self._came: Sent | InputError | None = None
        _inboxes[self.key] = self

    def put(self, sent: Sent | InputError) -> bool:
        """Lay in what came, or why it could not be read.

        Returns:
            Whether the session's script is to run now: it shows the drawing, its problem or what stands instead.
        """
        before = self._came
        if not (isinstance(sent, Sent) and isinstance(before, Sent) and sent.number < before.number):
            self._came = sent  # one name is set at once: no lock is needed between this thread and the script's
        return self.runs or not isinstance(sent, Sent) or not sent.computes or sent.instead is not None

    def take(self) -> Sent | None:
        """The newest drawing that came since the last call; None for none.

        Raises:
            InputError: what came cannot be read.
        """
        came, self._came = self._came, None
        if isinstance(came, InputError):
            raise came
        return came


_inboxes: WeakValueDictionary[str, Inbox] = WeakValueDictionary()


async def take_drawing(request: "Request") -> Response:
    """Answers 404 where there is no such session (any more), and 413 or 422 to what no page of ours sends.

    And 429 where a person sends too many: the page waits, and sends the newest drawing again.
    """
    if not _pace.allows(request):
        return Response(status_code=429)
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MAX_BYTES:
            return Response(status_code=413)
    try:
        value: Any = json.loads(content)
    except ValueError:
        return Response(status_code=422)
    inbox = _inboxes.get(str(value.get("session"))) if isinstance(value, dict) else None
    if inbox is None:
        return Response(status_code=404)
    try:
        sent = read_sent(value)
    except InputError as error:
        return _answer(None, inbox.put(error))
    watched.STROKES.inc()
    return _answer(sent.number, inbox.put(sent))


def _answer(held: int | None, run: bool) -> Response:
    return JSONResponse({"held": held, "run": run}, headers=_HEADERS)
