"""The browser's modules in a page without the app, for tests and benchmarks of what they compute."""

from collections.abc import Callable

from playwright.sync_api import Browser, BrowserContext, Page, Route

from digitlab.server.modules import FOLDERS

HOST = "http://digitlab.test/"


def open_modules(browser: Browser) -> BrowserContext:
    """A browser in which `import("/browser/network.js")` finds the project's modules; every other page is empty."""
    context = browser.new_context()

    def serve(route: Route) -> None:
        folder, _, name = route.request.url.removeprefix(HOST).rpartition("/")
        path = FOLDERS[folder] / name if folder in FOLDERS else None
        if path and path.suffix == ".js" and path.is_file():
            route.fulfill(body=path.read_bytes(), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    context.route(f"{HOST}**", serve)
    return context


def serve_bytes(context: BrowserContext, files: dict[str, bytes]) -> None:
    """Let the page fetch these by name."""

    def serving(body: bytes) -> Callable[[Route], None]:
        return lambda route: route.fulfill(body=body, content_type="application/octet-stream")

    for name, body in files.items():
        context.route(HOST + name, serving(body))


def empty_page(context: BrowserContext) -> Page:
    """A page that can import the modules."""
    page = context.new_page()
    page.goto(HOST)
    return page
