"""Blobs in an object store that speaks S3, by fsspec and s3fs, with a bounded cache on this machine."""

import asyncio
import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from digitlab import files
from digitlab.blobs.keys import Blob, checked
from digitlab.errors import BlobAwayError, BlobError, BlobMissingError, InputError
from digitlab.words import message

CACHE = 2 * 2**30  # bytes of the cache; what was not read for longest goes
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0  # seconds between two attempts; each pause is twice the one before
_ANSWER = 10.0  # seconds until a short answer that does not come counts as none
_LONG_ANSWER = 120.0
_SLOW = 500_000  # bytes a second; what takes longer counts as away
_KNOWN = 2.0  # seconds for which what was said of a key is believed
_MOST_KNOWN = 10_000  # keys
_SHA256 = "sha256"  # the name under which an object says it

T = TypeVar("T")


class Objects:
    """A bucket, or a part of one. Credentials and the address come from the usual variables, as AWS_ENDPOINT_URL."""

    def __init__(self, url: str, cache: Path, patience: Callable[[], float]) -> None:
        """Use it; nothing is asked yet.

        Raises:
            InputError: the packages for it are not installed, or the URL names no bucket.
        """
        try:
            import fsspec
            import s3fs  # noqa: F401
        except ImportError:
            raise InputError(
                message("DIGITLAB_STORAGE names an object store: install the extra, digitlab[s3].")
            ) from None
        self._root = url.removeprefix("s3://").strip("/")
        if not self._root:
            raise InputError(message("DIGITLAB_STORAGE must name a bucket, as in s3://bucket/prefix."))
        times = {"connect_timeout": 3.0, "retries": {"max_attempts": 0}}
        self._system: Any = fsspec.filesystem(
            "s3", use_listings_cache=False, skip_instance_cache=True, config_kwargs=times
        )
        self._system.retries = 1  # here it is tried again, with a sentence at the end
        self._cache = cache
        self._patience = patience
        self._said: dict[str, tuple[float, str | None]] = {}
        self._listed: dict[str, tuple[float, dict[str, Blob]]] = {}
        self._lock = threading.Lock()

    def put(self, key: str, content: bytes | memoryview) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        where = self._where(key)
        self._forget(key)
        try:
            self._tried(
                lambda: self._system._pipe_file(where, bytes(content), Metadata={_SHA256: sha256}),
                _ANSWER + len(content) / _SLOW,
            )
        except FileNotFoundError:
            raise BlobError(message("The bucket of DIGITLAB_STORAGE is not there; make it first.")) from None
        self._forget(key)
        return sha256

    def get(self, key: str, sha256: str = "") -> Path:
        wanted = sha256 or self.version(key)
        if wanted is None:
            raise BlobMissingError(message("{name} is missing.", name=Path(key).name))
        file = self._cache / wanted / Path(key).name
        try:
            os.utime(file)  # when it was last of use
            return file
        except OSError:
            pass
        content = self.read(key, wanted)
        try:
            files.write(file, content)
        except OSError as error:
            raise BlobError(
                message("The cache in DIGITLAB_HOME cannot be written ({why}).", why=str(error.strerror))
            ) from error
        self._make_room()
        return file

    def read(self, key: str, sha256: str = "", *, cached: bool = False) -> bytes:
        if cached:
            return self.get(key, sha256).read_bytes()
        where = self._where(key)
        wanted = sha256 or self.version(key)
        try:
            content: bytes = self._tried(lambda: self._system._cat_file(where), _LONG_ANSWER)
        except FileNotFoundError:
            raise BlobMissingError(message("{name} is missing.", name=Path(key).name)) from None
        if hashlib.sha256(content).hexdigest() != wanted:
            raise BlobMissingError(message("{name} is cut or altered.", name=Path(key).name))
        return content

    def delete(self, *keys: str) -> None:
        for key in keys:
            where = self._where(key)
            self._forget(key)
            with contextlib.suppress(FileNotFoundError):
                self._tried(lambda where=where: self._system._rm_file(where))  # type: ignore[misc]
            self._forget(key)

    def version(self, key: str) -> str | None:
        """The object's SHA-256, as it says."""
        where = self._where(key)
        with self._lock:
            at, said = self._said.get(key, (-_KNOWN, None))
        if said is not None and time.monotonic() - at < _KNOWN:
            return said
        try:
            said = str(self._tried(lambda: self._system._metadata(where))[_SHA256])
        except FileNotFoundError:
            return None
        except KeyError:
            raise BlobMissingError(
                message("{name} was put into the store by another program.", name=Path(key).name)
            ) from None
        with self._lock:
            if len(self._said) > _MOST_KNOWN:
                self._said.clear()
            self._said[key] = time.monotonic(), said
        return said

    def exists(self, key: str) -> bool:
        return self.version(key) is not None

    def list(self, prefix: str) -> dict[str, Blob]:
        with self._lock:
            at, found = self._listed.get(prefix, (-_KNOWN, {}))
        if time.monotonic() - at < _KNOWN:
            return found
        where = f"{self._root}/{prefix}"
        try:
            listed: dict[str, Any] = self._tried(lambda: self._system._find(where, detail=True), _LONG_ANSWER)
        except FileNotFoundError:
            listed = {}
        found = {}
        for path, about in sorted(listed.items()):
            with contextlib.suppress(ValueError):  # nobody's blob
                key = checked(path.removeprefix(f"{self._root}/"))
                if key.startswith(prefix):
                    changed = about["LastModified"].timestamp()
                    found[key] = Blob(int(about["size"]), changed)
        with self._lock:
            self._listed[prefix] = time.monotonic(), found
        return found

    def use(self, key: str) -> None:
        """An object store notes only when an object was written."""

    def _where(self, key: str) -> str:
        return f"{self._root}/{checked(key)}"

    def _forget(self, key: str) -> None:
        with self._lock:
            self._said.pop(key, None)
            self._listed.clear()

    def _tried(self, ask: Callable[[], Coroutine[Any, Any, T]], seconds: float = 0.0) -> T:
        """Ask again and again while the store is away.

        Args:
            seconds: until an answer that does not come counts as none; a request that is given up is cancelled, so that
                none comes about late.

        Raises:
            FileNotFoundError: there is no such object, or no such bucket.
            BlobError: it refuses.
            BlobAwayError: it was away for longer than this process waits.
        """
        give_up = time.monotonic() + self._patience()
        pause = _FIRST_PAUSE
        while True:
            try:
                answer = asyncio.wait_for(ask(), min(seconds or _ANSWER, max(_ANSWER, self._patience())))
                return asyncio.run_coroutine_threadsafe(answer, self._system.loop).result()
            except FileNotFoundError:
                raise
            except PermissionError:
                raise BlobError(
                    message("The object store of DIGITLAB_STORAGE refuses access; see to its keys.")
                ) from None
            except Exception as error:  # botocore, aiohttp, fsspec and the system each name it otherwise
                if time.monotonic() + pause > give_up:
                    raise BlobAwayError(message("The object store of DIGITLAB_STORAGE does not answer.")) from error
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _make_room(self) -> None:
        found = []
        for path in self._cache.glob("*/*"):
            with contextlib.suppress(OSError):  # another process may be doing the same
                found.append((path.stat().st_mtime_ns, path.stat().st_size, path))
        too_much = sum(size for _, size, _ in found) - CACHE
        for _, size, path in sorted(found):
            if too_much <= 0:
                break
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
                path.parent.rmdir()
            too_much -= size
