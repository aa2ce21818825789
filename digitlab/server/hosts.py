"""Under which names the server answers: those that no page of another site can make a browser use.

A page elsewhere can give its own name this machine's address (DNS rebinding), and what it then reads is "its own". It
cannot do so with a number, nor with a name that the public DNS never holds. So numbers, `localhost` and this machine's
own name need no setting, and a class opens http://192.168.1.5:8501; other names are in DIGITLAB_ALLOWED_HOSTS.
"""

import ipaddress
import os
import re
import socket
from urllib.parse import urlsplit

from digitlab.errors import InputError
from digitlab.words import message

# What routers and machines put behind a name of their own; these cannot be registered.
_LOCAL_ENDS = ("", ".local", ".lan", ".home.arpa", ".internal")
_PATTERN = re.compile(r"\*|(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?", re.ASCII)


def allowed() -> tuple[str, ...]:
    """The further names in DIGITLAB_ALLOWED_HOSTS; `*.` before one stands for all names that end so, `*` for all.

    Raises:
        InputError: a part is no name.
    """
    given = os.environ.get("DIGITLAB_ALLOWED_HOSTS", "")
    names = tuple(part.strip().lower().rstrip(".") for part in given.split(",") if part.strip())
    if wrong := next((name for name in names if not _PATTERN.fullmatch(name)), None):
        raise InputError(
            message(
                "DIGITLAB_ALLOWED_HOSTS must be names with commas between them, as in digits.school.example, "
                "*.uni.example; “{wrong}” is none.",
                wrong=wrong[:80],
            )
        )
    return names


def is_known(host: str, names: tuple[str, ...]) -> bool:
    """Whether the server answers to this Host header: a name or number, and perhaps a port.

    Args:
        host: as the browser sent it.
        names: more of them, in the form of `allowed`.
    """
    if not _AUTHORITY.fullmatch(host.lower()):
        return False
    name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    return _is_number(name) or name in _own() or name.endswith(".localhost") or any(_fits(name, one) for one in names)


def is_same(origin: str, host: str, *, secure: bool) -> bool:
    """Whether a page of this Origin header is a page of the server that this Host header names."""
    scheme, _, authority = origin.partition("://")
    return authority == host and (scheme == "https" or (scheme == "http" and not secure))


def neighbours_address() -> str:
    """This machine's address for others in its network; "" where it has none.

    Asks the system's table of routes; nothing is sent.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # a reserved address (RFC 5737)
            return str(asking.getsockname()[0])
        except OSError:
            return ""


def _own() -> set[str]:
    first = socket.gethostname().lower().partition(".")[0]
    return {"localhost", socket.gethostname().lower(), *(first + end for end in _LOCAL_ENDS)}


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _fits(name: str, pattern: str) -> bool:
    return pattern == "*" or name == pattern or (pattern.startswith("*.") and name.endswith(pattern[1:]))
