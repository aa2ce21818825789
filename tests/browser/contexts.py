"""Contexts of Chromium that keep its cache of compiled scripts from test to test, and nothing else.

A new context compiles the scripts of Streamlit's page, which takes more than a third of the processor's time of opening
a page. So a test borrows a context whose pages, cookies and storage are gone; where the one with these settings is lent
already, the test gets a new one.
"""

import tempfile
from contextlib import ExitStack
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Playwright

from harness.server import ARGUMENTS, chromium

_STORED = "cookies,local_storage,indexeddb,service_workers,cache_storage,websql,file_systems"  # all but HTTP's cache


class Contexts:
    """The contexts of one test process. The first page of each stays open, for otherwise its Chromium would end."""

    def __init__(self, playwright: Playwright, browser: Browser) -> None:
        self._playwright = playwright
        self._browser = browser
        self._kept: dict[str, BrowserContext] = {}
        self._lent: dict[BrowserContext, bool] = {}  # whether it is kept after the test
        self._folders = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for context in self._kept.values():
            context.close()
        self._folders.close()

    def borrow(self, **settings: Any) -> BrowserContext:
        """A context with these settings of Playwright's `new_context`, as empty as a new one."""
        name = repr(sorted(settings.items()))
        kept = self._kept.get(name)
        if kept is None:
            folder = self._folders.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            started = self._playwright.chromium.launch_persistent_context(
                folder, executable_path=chromium(), args=list(ARGUMENTS), **settings
            )
            kept = self._kept[name] = started
        if kept in self._lent:
            kept = self._browser.new_context(**settings)
        self._lent[kept] = kept in self._kept.values()
        return kept

    def give_all_back(self) -> None:
        """The test is over."""
        lent, self._lent = self._lent, {}
        for context, stays in lent.items():
            if not stays:
                context.close()
            elif context.pages:
                _empty(context)
            else:  # the test has closed it
                self._kept = {name: kept for name, kept in self._kept.items() if kept is not context}


def _empty(context: BrowserContext) -> None:
    first, *others = context.pages
    origins = {f"{place.scheme}://{place.netloc}" for page in others if (place := urlsplit(page.url)).netloc}
    for page in others:
        page.close()
    context.clear_cookies()
    devtools = context.new_cdp_session(first)
    for origin in origins:
        devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": _STORED})
    devtools.detach()
