"""Where the project's own files lie and where the app may write."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHIPPED_MODELS = ROOT / "models"


def path() -> Path:
    """The folder for everything that is written at run time: `DIGITLAB_HOME`, or .digitlab in the current folder."""
    return Path(os.environ.get("DIGITLAB_HOME") or ".digitlab").resolve()


def trained_models() -> Path:
    return path() / "models"
