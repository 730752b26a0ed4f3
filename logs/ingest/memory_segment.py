"""A segment of the journal in memory, for what the disk does not take."""

from __future__ import annotations

import io


class MemorySegment:
    """Bytes from `start` on; what came before is stored and forgotten. It has the offsets that a file would have."""

    def __init__(self) -> None:
        self.start = 0
        self._data = bytearray()

    def __len__(self) -> int:
        """How many bytes are held."""
        return len(self._data)

    @property
    def end(self) -> int:
        """The offset behind the last byte."""
        return self.start + len(self._data)

    def append(self, line: bytes) -> None:
        self._data += line

    def read_from(self, offset: int) -> io.BytesIO:
        return io.BytesIO(self._data[max(0, offset - self.start) :])

    def forget(self, offset: int) -> None:
        """Drop what lies before an offset."""
        del self._data[: max(0, offset - self.start)]
        self.start = max(self.start, offset)
