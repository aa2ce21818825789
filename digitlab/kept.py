"""What is expensive to make and often asked for, kept in memory up to a number of bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Values by key; what was asked for longest ago goes first. For any number of threads."""

    def __init__(self, most: int, size: Callable[[T], int]) -> None:
        """Keep what takes at most so many bytes together; `size` says how many one takes."""
        self._most = most
        self._size = size
        self._found: OrderedDict[Hashable, T] = OrderedDict()
        self._reading = threading.Lock()
        self._making = threading.Lock()  # of its own: what is there need not wait for what is being made

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under the key, or what `make` gives, which is then kept; made once, however many ask at once."""
        found = self._get(key)
        if found is None:
            with self._making:
                found = self._get(key)
                if found is None:
                    found = make()
                    self._keep(key, found)
        return found

    def _get(self, key: Hashable) -> T | None:
        with self._reading:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def _keep(self, key: Hashable, content: T) -> None:
        with self._reading:
            self._found[key] = content
            while sum(map(self._size, self._found.values())) > self._most:
                self._found.popitem(last=False)
