"""An address that is late: what a browser says of its address may be older than what this server has just told it.

With each message a browser says which address it has, and a page reads its choices from there. A part of a page that
runs by itself, or a press while the page is being made, says so before the browser has heard of the address that the
run at work gives it. That run's choice, a step of a lesson or an axis, would be undone. So the address of before does
not count until the browser has shown once that it knows the new one. Going back in the browser's history is told apart
by Streamlit.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext, get_script_run_ctx
from streamlit.runtime.state.query_params import QueryParams

_LATE = 5.0  # seconds after which a browser knows; then the same address is a wish of its visitor
_MOST = 2000  # sessions that are remembered

Address = dict[str, list[str]]


@dataclass(frozen=True)
class _Given:
    """What a session's browser was given and has not shown yet.

    Attributes:
        before: the addresses that it may still show.
        after: the one that it was given last, as text.
        page: whose addresses they are.
        at: when that was, on the monotonic clock.
    """

    before: list[Address]
    after: str
    page: str
    at: float


_given: "OrderedDict[str, _Given]" = OrderedDict()

_streamlits_reset: Callable[..., None] = ScriptRunContext.reset
_streamlits_send: Callable[[QueryParams], None] = QueryParams._send_query_param_msg


def stand_before_streamlit() -> None:
    """From now on an address that is late is read as the one that was given last."""
    if ScriptRunContext.reset is not _reset:
        ScriptRunContext.reset = _reset  # type: ignore[method-assign]
        QueryParams._send_query_param_msg = _send  # type: ignore[method-assign]


def _send(params: QueryParams) -> None:
    context = get_script_run_ctx()
    old = context.query_string if context else ""
    _streamlits_send(params)
    if context is None:
        return
    known = _given.get(context.session_id)
    before = [*(known.before if known and known.page == context.page_script_hash else []), parse_qs(old)]
    _given[context.session_id] = _Given(before, context.query_string, context.page_script_hash, time.monotonic())
    _given.move_to_end(context.session_id)
    while len(_given) > _MOST:
        _given.popitem(last=False)


def _reset(context: ScriptRunContext, query_string: str = "", page_script_hash: str = "", **others: Any) -> None:
    goes_back = bool(others.get("is_history_navigation"))
    newest = query_string if goes_back else _newest(context.session_id, query_string, page_script_hash)
    _streamlits_reset(context, query_string=newest, page_script_hash=page_script_hash, **others)


def _newest(session: str, said: str, page: str) -> str:
    known = _given.get(session)
    if known is None:
        return said
    address = parse_qs(said)
    is_late = known.page == page and time.monotonic() - known.at < _LATE and address in known.before
    if is_late and address != parse_qs(known.after):
        return known.after
    _given.pop(session, None)
    return said
