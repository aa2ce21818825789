"""The entry: `streamlit run app.py` serves DigitLab."""

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config, file_util
from streamlit.web.server import server_util

from digitlab import home
from digitlab.jobs import beside
from digitlab.runs import live_events
from digitlab.server import hosts, languages, logins, sweeping, visitor, warmup
from digitlab.server.clients import BehindProxies
from digitlab.server.gate import Gate
from digitlab.server.routes import routes
from digitlab.server.sessions import BoundSessions
from digitlab.server.watched import Watch
from digitlab.ui import boundary, late_addresses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EVERYWHERE = ("", "0.0.0.0", "::")  # addresses to listen on that are all of this machine's


@asynccontextmanager
async def lifespan(_: Any) -> "AsyncIterator[None]":
    """Start what runs beside the pages for as long as the server does."""
    warmup.start()
    leave_the_queue = beside.start(warmup.wait_for_the_page)
    leave_the_events = live_events.start(warmup.wait_for_the_page)
    leave_the_classes = sweeping.start(warmup.wait_for_the_page)
    say_where()
    yield
    leave_the_classes()
    leave_the_events()
    leave_the_queue()


def own_name() -> str:
    """The name or number under which this machine's own browser finds the server."""
    if config.is_manually_set("browser.serverAddress"):
        return str(st.get_option("browser.serverAddress"))
    address = st.get_option("server.address") or ""
    return "localhost" if address in EVERYWHERE else address


def say_where() -> None:
    """Say where the pages are. Streamlit would ask an address on the internet first (.streamlit/config.toml)."""
    print(f"\n  DigitLab is open. URL: {server_util.get_url(own_name())}")
    if (st.get_option("server.address") or "") in EVERYWHERE and (address := hosts.neighbours_address()):
        print(f"  For others in this network: {server_util.get_url(address)}")
    print(flush=True)


config.set_option("secrets.files", [str(logins.file())])
boundary.stand_before_streamlit()
late_addresses.stand_before_streamlit()
app = st.App(
    home.PACKAGE / "ui/shell.py",
    lifespan=lifespan,
    routes=routes(st.get_option("server.baseUrlPath")),
    middleware=[
        Middleware(Watch),
        Middleware(BehindProxies),
        Middleware(languages.SpeakLanguages),
        Middleware(Gate, page=Path(file_util.get_static_dir(), "index.html"), names=(own_name().lower(),)),
        Middleware(visitor.NameBrowsers),
        Middleware(BoundSessions),
    ],
)
