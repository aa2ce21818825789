"""Who is at the other end: only a trusted proxy is believed, and one person's many addresses are one."""

from typing import Any

import pytest

from digitlab.errors import InputError
from digitlab.server.clients import BehindProxies, Client, client, counted, networks
from harness import loops


def seen(end: tuple[str, int] | None, headers: dict[str, str] | None = None, kind: str = "http") -> Client:
    """What the app behind the middleware makes of a connection."""
    found: list[Client] = []

    async def app(scope: Any, _: Any, __: Any) -> None:
        found.append(client(scope))

    given = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": kind, "scheme": "http" if kind == "http" else "ws", "client": end, "headers": given}
    loops.run(BehindProxies(app)(scope, None, None))  # type: ignore[arg-type]
    return found[0]


def test_nobody_else_says_where_a_message_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    assert seen(("192.168.1.7", 5), claims) == Client("192.168.1.7", secure=False, here=False)
    monkeypatch.setenv("DIGITLAB_TRUSTED_PROXIES", "192.168.1.7, 10.0.0.0/8")
    for kind in ("http", "websocket"):
        assert seen(("192.168.1.7", 5), claims, kind) == Client("203.0.113.9", secure=True, here=False)
    # What the browser itself claimed stands before what the proxies added.
    chain = {"x-forwarded-for": "127.0.0.1, 203.0.113.9, 10.1.2.3"}
    assert seen(("192.168.1.7", 5), chain) == Client("203.0.113.9", secure=False, here=False)


def test_a_proxy_on_this_machine_is_believed() -> None:
    assert seen(("127.0.0.1", 5)) == Client("127.0.0.1", secure=False, here=True)
    forwarded = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    assert seen(("::1", 5), forwarded) == Client("203.0.113.9", secure=True, here=False)


def test_one_household_is_one_address() -> None:
    assert seen(("2001:db8:1:2:3:4:5:6", 5)).address == seen(("2001:db8:1:2::9", 5)).address == "2001:db8:1:2::/64"
    assert seen(("::ffff:192.168.1.7", 5)).address == "192.168.1.7"
    assert seen(("::1", 5)) == Client("::1", secure=False, here=True)
    assert counted("2001:db8:1:2::/64") == "2001:db8:1:2::/64", "two households are not one, however often it is asked"
    assert seen(None) == seen(("no address", 0)) == Client("", secure=False, here=False)


def test_a_setting_that_names_no_network_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITLAB_TRUSTED_PROXIES", "10.0.0.0/8, proxy.example")
    with pytest.raises(InputError, match=r"^DIGITLAB_TRUSTED_PROXIES must be addresses .*“10.0.0.0/8, proxy.example”"):
        networks("DIGITLAB_TRUSTED_PROXIES")
