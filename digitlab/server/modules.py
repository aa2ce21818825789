"""The browser's modules: what the page's JavaScript imports, under an address that names its content.

`PATH` in `/api/browser/VERSION/PATH` begins with one of FOLDERS, so that "../browser/network.js" is the same file for
every module.
"""

import hashlib
from functools import cache

from digitlab.home import PACKAGE

FOLDERS = {"browser": PACKAGE / "browser"} | {
    name: PACKAGE / "ui" / name for name in ("classroom", "layers", "learn", "pad", "samples", "shared")
}
_DIGITS = 12  # of the version's hash


@cache
def modules() -> dict[str, bytes]:
    """Every module by its path; nothing else can be asked for."""
    return {
        f"{name}/{file.name}": file.read_bytes()
        for name, folder in FOLDERS.items()
        for file in sorted(folder.glob("*.js"))
    }


@cache
def version() -> str:
    """Changes whenever a module does."""
    digest = hashlib.sha256()
    for path, content in modules().items():
        digest.update(f"{path} {len(content)} ".encode() + content)
    return digest.hexdigest()[:_DIGITS]


def modules_url() -> str:
    """Where the modules are, relative to a page of the app; ends with a slash."""
    return f"api/browser/{version()}/"
