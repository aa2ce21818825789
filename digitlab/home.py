"""Where the project's own files lie and where the app may write."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_INSTALLED = PACKAGE / "app"  # the wheel has app.py, pages/, models/ and .streamlit/ in here (pyproject.toml)

ROOT = _INSTALLED if _INSTALLED.is_dir() else PACKAGE.parent
"""The folder of app.py, pages/ and models/: the checkout's own, or the package's folder `app` once installed."""

SHIPPED_MODELS = ROOT / "models"


def path() -> Path:
    """The folder for everything that is written at run time: `DIGITLAB_HOME`, or .digitlab in the current folder."""
    return Path(os.environ.get("DIGITLAB_HOME") or ".digitlab").resolve()


def environment() -> dict[str, str]:
    """The environment of a child process that imports this package and writes into the same folder.

    A checkout is put on the child's path; an installed package is on it already. Start the child with `python -P`:
    otherwise a file of the current folder could take the place of a module.
    """
    paths = [str(ROOT)] if PACKAGE.parent == ROOT else []
    paths += filter(None, [os.environ.get("PYTHONPATH")])
    python_path = {"PYTHONPATH": os.pathsep.join(paths)} if paths else {}
    return os.environ | {"DIGITLAB_HOME": str(path())} | python_path
