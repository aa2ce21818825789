"""Where the files of a home lie that no setting puts elsewhere: its folder blobs."""

from pathlib import Path

from digitlab import blobs


def file(key: str) -> Path:
    """The file of a blob."""
    return Path(blobs.place()) / key


def folder(job: int) -> Path:
    """A run's checkpoints and logs."""
    return file(f"runs/{job}")


def models() -> Path:
    """What was trained."""
    return file("models")
