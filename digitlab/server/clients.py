"""Who is at the other end of a connection: the address and the scheme, also behind proxies that are trusted.

`BehindProxies` stands before everything else and puts what a trusted proxy says into the connection's scope;
`client` then reads it there. A proxy on this machine is always trusted, for uvicorn, which Streamlit starts, does so.
"""

import ipaddress
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from digitlab.errors import InputError
from digitlab.words import message

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HOUSEHOLD = 64  # bits of an IPv6 address that one household or one rented server shares


@dataclass(frozen=True)
class Client:
    """The other end of a connection.

    Attributes:
        address: the IPv4 address, or the network of an IPv6 address, as a text that distinguishes callers and
            counted; "" where it is unknown.
        secure: whether the browser speaks https, or wss.
        here: whether it is on this machine.
    """

    address: str
    secure: bool
    here: bool

    def within(self, these: tuple[Network, ...]) -> bool:
        """Whether it is on this machine or in one of these networks."""
        if self.here or not self.address:
            return self.here
        mine = ipaddress.ip_network(self.address)
        return any(mine.version == one.version and mine.subnet_of(one) for one in these)  # type: ignore[arg-type]


def client(scope: "Scope") -> Client:
    """The other end of a connection of ASGI, http or websocket."""
    end = scope.get("client")
    address = _address(end[0] if end else "")
    secure = scope.get("scheme") in ("https", "wss")
    return Client(counted(str(address or "")), secure, address is not None and address.is_loopback)


def counted(address: str) -> str:
    """An address as `Client.address` has it: of IPv6 only the network, since one person has all addresses in it.

    What was counted before stays as it is.
    """
    if "/" in address:
        return address
    found = _address(address)
    if isinstance(found, ipaddress.IPv6Address) and not found.is_loopback:
        return str(ipaddress.ip_network((found, _HOUSEHOLD), strict=False))
    return str(found or "")


def networks(variable: str) -> tuple[Network, ...]:
    """Addresses and networks in an environment variable, separated by commas.

    Raises:
        InputError: a part is neither.
    """
    given = os.environ.get(variable, "")
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in given.split(",") if part.strip())
    except ValueError:
        raise InputError(
            message(
                "{variable} must be addresses or networks with commas between them, as in 10.0.0.7, 192.168.1.0/24; "
                "it is “{given}”.",
                variable=variable,
                given=given[:80],
            )
        ) from None


class BehindProxies(ProxyHeadersMiddleware):
    """ASGI middleware: believes what the proxies in DIGITLAB_TRUSTED_PROXIES say of whom they speak for."""

    def __init__(self, app: "ASGIApp") -> None:
        """Wrap an app.

        Raises:
            InputError: the variable cannot be used.
        """
        trusted = ["127.0.0.1", "::1", *map(str, networks("DIGITLAB_TRUSTED_PROXIES"))]
        super().__init__(app, trusted_hosts=trusted)  # type: ignore[arg-type]


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
