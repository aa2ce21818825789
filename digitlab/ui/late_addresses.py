"""An address that is late: what a browser says of its address may be older than the one that this server has just sent.

With each message a browser says which address it has, and a page reads its choices from there. A part of a page that
runs by itself, or a press while the page is being made, says so before the browser has heard of the address that the
run at work gives it. That run's choice, a step of a lesson or an axis, would be undone. So the address of before does
not count until the browser has shown once that it knows the new one. Going back in the browser's history is marked
by Streamlit.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext, get_script_run_ctx
from streamlit.runtime.state.query_params import QueryParams

# What is late was on its way while a run was at work, which may take long on a busy machine. Beyond these bounds the
# browser knows, and the same address is a wish of its visitor.
_LATE = 20.0  # seconds
_MOST_LATE = 3  # messages
_MOST = 2000  # sessions that are remembered

Address = dict[str, list[str]]


@dataclass
class _Session:
    """What a session's browser was given and has not shown yet.

    Attributes:
        page: of the run at work.
        before: the addresses that the browser may still show.
        after: the one that it was given last, as text; None: the browser knows all.
        at: when that was, on the monotonic clock.
        late: how many messages have been late since.
    """

    page: str = ""
    before: list[Address] = field(default_factory=list)
    after: str | None = None
    at: float = 0.0
    late: int = 0

    def forget(self) -> None:
        self.before, self.after = [], None


_sessions: "OrderedDict[str, _Session]" = OrderedDict()

_streamlits_reset: Callable[..., None] = ScriptRunContext.reset
_streamlits_send: Callable[[QueryParams], None] = QueryParams._send_query_param_msg


def stand_before_streamlit() -> None:
    """From now on an address that is late is read as the one that was given last."""
    if vars(ScriptRunContext)["reset"] is not _reset:
        ScriptRunContext.reset = _reset  # type: ignore[assignment,method-assign]
        QueryParams._send_query_param_msg = _send  # type: ignore[assignment,method-assign]


def _session(name: str) -> _Session:
    found = _sessions.setdefault(name, _Session())
    _sessions.move_to_end(name)
    while len(_sessions) > _MOST:
        _sessions.popitem(last=False)
    return found


def _send(params: QueryParams) -> None:
    context = get_script_run_ctx()
    old = context.query_string if context else ""
    _streamlits_send(params)
    if context is not None:
        session = _session(context.session_id)
        session.before.append(parse_qs(old))
        session.after, session.at, session.late = context.query_string, time.monotonic(), 0


def _reset(context: ScriptRunContext, query_string: str = "", page_script_hash: str = "", **others: Any) -> None:
    session = _session(context.session_id)
    if others.get("is_history_navigation") or session.page != page_script_hash:
        session.forget()
    session.page = page_script_hash
    newest = _newest(session, query_string)
    _streamlits_reset(context, query_string=newest, page_script_hash=page_script_hash, **others)


def _newest(session: _Session, said: str) -> str:
    if session.after is None:
        return said
    address = parse_qs(said)
    if address == parse_qs(session.after):
        session.forget()
        return said
    is_recent = time.monotonic() - session.at < _LATE and session.late < _MOST_LATE
    if address in session.before and is_recent:
        session.late += 1
        return session.after
    session.forget()
    return said
