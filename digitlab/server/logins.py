"""Whether people can log in, and with whom: the section [auth] of secrets.toml in DIGITLAB_HOME, as Streamlit reads it.

It is read once; a server sees a change when it starts again. Of what an issuer tells of a person, the store gets two
SHA-256: the account's, and the login's.
"""

import hashlib
import json
import logging
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from digitlab import home

PROGRAMS = ("authlib", "httpx")  # `pip install "digitlab[login]"`
SHORTEST_SECRET = 32  # characters; who guesses the secret can be anybody
_DEFAULT = "default"  # what Streamlit calls the issuer in [auth] itself
_NEEDED = ("client_id", "client_secret", "server_metadata_url")
_CALLBACK = "/oauth2callback"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Login:
    """One login.

    Attributes:
        account: the person, the same for each of their logins.
        name: of this login, and of no other.
    """

    account: str
    name: str


def file() -> Path:
    """Where the section stands."""
    return home.path() / "secrets.toml"


def issuers() -> tuple[str, ...]:
    """With whom people can log in, by the names that Streamlit's `st.login` takes; none where nobody can."""
    return _read(file())


def login(claims: Mapping[str, Any]) -> Login | None:
    """What the store knows of a login, from what Streamlit has checked of it; None for who is not logged in."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    if claims.get("is_logged_in") is not True or not (isinstance(issuer, str) and isinstance(subject, str) and subject):
        return None
    told = {name: value for name, value in claims.items() if name != "tokens"}
    return Login(_hashed(["account", issuer, subject]), _hashed(["login", told]))


def _hashed(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


@lru_cache(maxsize=1)
def _read(file: Path) -> tuple[str, ...]:
    if not all(map(find_spec, PROGRAMS)):
        return ()
    try:
        auth = tomllib.loads(file.read_text(encoding="utf-8")).get("auth")
    except (OSError, ValueError):  # Streamlit's log says why
        return ()
    if not isinstance(auth, dict):
        return ()
    sections = {_DEFAULT: auth} | {name: part for name, part in auth.items() if isinstance(part, dict)}
    found = tuple(name for name, part in sections.items() if "_" not in name and all(map(part.get, _NEEDED)))
    return found if _is_complete(auth, found) else ()


def _is_complete(auth: Mapping[str, Any], found: tuple[str, ...]) -> bool:
    """Whether what everybody's login needs is there; else the log says what is missing."""
    if not str(auth.get("redirect_uri", "")).endswith(_CALLBACK):
        log.warning("Nobody can log in: [auth] in secrets.toml needs a redirect_uri that ends with %s.", _CALLBACK)
    elif len(str(auth.get("cookie_secret", ""))) < SHORTEST_SECRET:
        log.warning("Nobody can log in: cookie_secret in secrets.toml needs %d random characters.", SHORTEST_SECRET)
    elif not found:
        log.warning("Nobody can log in: [auth] in secrets.toml needs an issuer with %s.", ", ".join(_NEEDED))
    else:
        return True
    return False
