"""Memory that forked processes share: a lock that dies with its holder, and a table of keys."""

from __future__ import annotations

import fcntl
import mmap
import os
import tempfile
import weakref
from collections import deque
from collections.abc import Callable
from hashlib import blake2b

KEY_BYTES = 16
WINDOW = 32
"""Slots in which a key may stand, from the one that its digest names on."""

SLOTS = 65_536
"""A multiple of the addresses that are busy at a time."""

NO_KEY = bytes(KEY_BYTES)


class ProcessLock:
    """A lock between processes, held for microseconds. The kernel releases it if the holder dies.

    POSIX record locks belong to a process and are not inherited, so all processes may use one file descriptor.
    Finalizers may run at any moment, also while this process holds the lock: what they do goes through `run`.
    """

    def __init__(self) -> None:
        with tempfile.TemporaryFile() as file:
            self._file = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._file)
        self._is_held = False
        self._postponed: deque[Callable[[], None]] = deque()

    def __enter__(self) -> None:
        self._is_held = True
        fcntl.lockf(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_exception: object) -> None:
        while self._postponed:
            self._postponed.popleft()()
        fcntl.lockf(self._file, fcntl.LOCK_UN)
        self._is_held = False

    def run(self, act: Callable[[], None]) -> None:
        """Do something under the lock, at once or, if this process holds it already, when it is about to release it."""
        if self._is_held:
            self._postponed.append(act)
        else:
            with self:
                act()


class KeyTable:
    """Which slot of a table belongs to a key. The keys are digests: the memory holds no addresses.

    A process that is killed leaves at most a key without a value.
    """

    def __init__(self) -> None:
        self._keys = mmap.mmap(-1, (SLOTS + WINDOW) * KEY_BYTES)
        self._secret = os.urandom(KEY_BYTES)

    def digest(self, key: str) -> bytes:
        return blake2b(key.encode("utf-8", "replace"), digest_size=KEY_BYTES, key=self._secret).digest()

    def window(self, digest: bytes) -> range:
        start = int.from_bytes(digest[:4], "big") % SLOTS
        return range(start, start + WINDOW)

    def find(self, digest: bytes) -> int | None:
        """Return the slot of a key that is there."""
        window = self.window(digest)
        start, end = window.start * KEY_BYTES, window.stop * KEY_BYTES
        while (found := self._keys.find(digest, start, end)) >= 0:
            if found % KEY_BYTES == 0:
                return found // KEY_BYTES
            start = found + 1
        return None

    def put(self, slot: int, digest: bytes) -> None:
        self._keys[slot * KEY_BYTES : (slot + 1) * KEY_BYTES] = digest
