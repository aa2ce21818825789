"""What a place for blobs can do, and which keys there can be."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_KEY = re.compile(r"[a-z0-9][A-Za-z0-9._-]{0,199}(/[A-Za-z0-9][A-Za-z0-9._-]{0,199}){0,3}")


@dataclass(frozen=True)
class Blob:
    """What a listing says of a blob.

    Attributes:
        size: in bytes.
        used: when the blob was last read or, where nobody notes that, written; seconds since 1970.
    """

    size: int
    used: float


class Blobs(Protocol):
    """A place for blobs. Every method raises BlobAwayError where the place is away for longer than the patience."""

    def put(self, key: str, content: bytes | memoryview) -> str:
        """Keep a blob, whole or not at all, in the place of one with the same key; returns its SHA-256.

        Raises:
            BlobFullError: there is no room left.
            BlobError: it cannot be written.
        """

    def get(self, key: str, sha256: str = "") -> Path:
        """A file on this machine with the blob's content; to be read, not to be changed.

        Args:
            sha256: of the content that is wanted; "": whatever is there, as it was put.

        Raises:
            BlobMissingError: there is none, or its content is another.
        """

    def read(self, key: str, sha256: str = "", *, cached: bool = False) -> bytes:
        """The content.

        Args:
            cached: whether it may stay in a cache of this machine.

        Raises:
            BlobMissingError: there is none, or its content is another.
        """

    def delete(self, *keys: str) -> None:
        """Remove blobs. One that is not there is no error."""

    def version(self, key: str) -> str | None:
        """A text that is another one once the content is; None where there is no such blob."""

    def exists(self, key: str) -> bool:
        """Whether there is a blob with this key."""

    def list(self, prefix: str) -> dict[str, Blob]:
        """All blobs whose keys begin so, in order; the prefix ends with a slash or is ""."""

    def use(self, key: str) -> None:
        """Note that a blob was of use now, where the place can note that."""


def checked(key: str) -> str:
    """A key that leads nowhere else.

    Raises:
        ValueError: it might.
    """
    if not _KEY.fullmatch(key) or ".." in key:
        raise ValueError(f"not a key: {key[:80]!r}")
    return key
