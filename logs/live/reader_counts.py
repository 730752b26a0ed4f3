"""How many readers follow a channel live in all web processes of the site."""

from __future__ import annotations

from array import array
from collections import Counter
from time import monotonic

import gevent

from logs.live.hub import Hub
from logs.sharing.processes import PAGE_BYTES, Board, Topic, get_board

WRITE_SECONDS = 1.0
MAX_CHANNELS = PAGE_BYTES // 16
"""Of a process. With more, its readers of the rest are not counted by the others."""


def write_reader_counts(hub: Hub) -> None:
    """Tell the other processes every second who follows here. Returns at once in a site of one process."""
    board = get_board()
    written = b""
    while board is not None:
        counts = array("I")
        for feed in list(hub.feeds.values())[:MAX_CHANNELS]:
            counts.extend((feed.channel.id, len(feed)))
        if (page := counts.tobytes()) != written and board.write(Topic.READERS, page):
            written = page
        gevent.sleep(WRITE_SECONDS)


class _CountsOfOthers:
    """The counts of the other processes, read at most once a second: a page may show those of a hundred channels."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._read_at = -WRITE_SECONDS

    def read(self, board: Board) -> Counter[int]:
        if monotonic() - self._read_at >= WRITE_SECONDS:
            self._read_at = monotonic()
            self._counts = Counter()
            for index in range(board.process_count):
                counts = array("I", b"" if index == board.index else board.read(index, Topic.READERS)[1])
                for channel, readers in zip(counts[::2], counts[1::2], strict=True):
                    self._counts[channel] += readers
        return self._counts


_counts_of_others = _CountsOfOthers()


def count_readers_of_others(channel: int) -> int:
    """Return how many readers a channel had in the other processes within the last two seconds."""
    board = get_board()
    return 0 if board is None else _counts_of_others.read(board)[channel]
