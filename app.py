"""The entry: `streamlit run app.py` serves DigitLab."""

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from starlette.middleware import Middleware

from digitlab.jobs import beside
from digitlab.ui import visitor, warmup
from digitlab.ui.routes import routes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def lifespan(_: Any) -> "AsyncIterator[None]":
    """Start what runs beside the pages for as long as the server does."""
    warmup.start()
    leave_the_queue = beside.start(warmup.wait_for_the_page)
    yield
    leave_the_queue()


app = st.App(
    Path(__file__).parent / "digitlab/ui/shell.py",
    lifespan=lifespan,
    routes=routes(),
    middleware=[Middleware(visitor.NameBrowsers)],
)
