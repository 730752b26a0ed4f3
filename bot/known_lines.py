"""Lines of a channel that we have, so that a history can repeat them without their being recorded twice.

A line without a message id is known by nick, kind, words and the server's time. People repeat themselves, so lines are
counted: of equal lines in a listing, the k-th is known if we have at least k of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from logs.ingest.entry import Entry
from logs.ingest.store import stored_text
from logs.models import Kind

RECENT_LINES = 100
"""Lines remembered of a channel in which no gap is open: enough to recognise what a replay repeats."""

MAX_KNOWN_LINES = 20_000
"""Lines remembered of a channel whose gap is not filled yet; also the bound for a burst within one second."""

SECOND = timedelta(seconds=1)
CUT_MARGIN = timedelta(seconds=1.5)
"""How much earlier than by our clock a history may say that a line was said: times of whole seconds, and delay."""

MAX_SENDING_DELAY = timedelta(minutes=1)
"""How much later than our own line the server may have seen it: it waits its turn to be sent."""


class KnownLine(NamedTuple):
    """A line that we have. `key` stands for kind, nick, words and target; no words are kept.

    `at` is the time that was recorded. `server_at` is the server's, None where it is not known exactly: our own lines,
    and servers that give no times.
    """

    key: int
    kind: int
    msgid: str | None
    at: datetime
    server_at: datetime | None
    is_own: bool = False

    @property
    def is_message(self) -> bool:
        """Whether every history has lines of this kind; few have events."""
        return self.kind in (Kind.MESSAGE, Kind.ACTION)


def key_of(entry: Entry) -> int:
    """Return what equal lines have in common. It differs in each process."""
    return hash((entry.kind, entry.nick, entry.target or "", stored_text(entry.kind, entry.text)))


class RecentLines:
    """The known lines of one channel, in the order in which they were recorded.

    `is_overflown`: lines were forgotten that a history from `needed_since` on might repeat.
    """

    def __init__(self, lines: Iterable[KnownLine] = (), needed_since: datetime | None = None) -> None:
        self.is_overflown = False
        self._needed_since = needed_since
        self._lines: deque[KnownLine] = deque()
        for line in lines:
            self.add(line)

    def __iter__(self) -> Iterator[KnownLine]:
        return iter(self._lines)

    def add(self, line: KnownLine) -> None:
        self._lines.append(line)
        while len(self._lines) > RECENT_LINES and (len(self._lines) > MAX_KNOWN_LINES or not self._is_needed(line)):
            self.is_overflown = self.is_overflown or self._is_needed(line)
            self._lines.popleft()

    def keep_since(self, at: datetime | None) -> None:
        """Remember all lines from a recorded time on, as far as they are still known; None: the newest lines only."""
        self._needed_since = at
        if at is None:
            self.is_overflown = False
            while len(self._lines) > RECENT_LINES and not self._is_needed(self._lines[-1]):
                self._lines.popleft()

    def forget(self, msgid: str) -> None:
        """Forget the lines with a message id."""
        self._lines = deque(line for line in self._lines if line.msgid != msgid)

    def newest(self) -> KnownLine | None:
        """Return the newest line by time, which need not be the last one recorded: a replay may have come between."""
        # Of equal times the last one counts, hence the reversal.
        return max(reversed(self._lines), key=lambda line: line.at) if self._lines else None

    def _is_needed(self, newest: KnownLine) -> bool:
        """Whether the oldest line has to be remembered."""
        oldest = self._lines[0].at
        # A history whose times are cut to seconds repeats a whole second.
        return oldest > newest.at - SECOND or (self._needed_since is not None and oldest >= self._needed_since)


@dataclass(slots=True)
class _Counts:
    """How many lines are known, by what identifies them."""

    # By key and the second in which they were said, then by the exact time.
    timed: defaultdict[tuple[int, datetime], Counter[datetime]] = field(default_factory=lambda: defaultdict(Counter))
    timed_without_id: defaultdict[tuple[int, datetime], Counter[datetime]] = field(
        default_factory=lambda: defaultdict(Counter)
    )


class KnownIndex:
    """Finds the lines of a history among the known ones.

    A history comes in listings (pages), each complete from a moment on. `begin_listing` makes all known lines available
    again; `take` uses each at most once in a listing. `is_fine`: the history has times of less than a second.
    """

    def __init__(self, lines: Iterable[KnownLine], estimate_server_time: Callable[[datetime], datetime]) -> None:
        self._estimate_server_time = estimate_server_time
        self._known = _Counts()
        self._used = _Counts()
        # Times of the lines with a message id, and how many of them this listing has used.
        self._times_by_id: defaultdict[tuple[str, int], list[datetime]] = defaultdict(list)
        self._used_by_id: Counter[tuple[str, int]] = Counter()
        # Lines without an exact time by key, and which of them (by `id`) this listing has used.
        self._untimed: defaultdict[int, list[KnownLine]] = defaultdict(list)
        self._used_untimed: set[int] = set()
        self._untimed_until: datetime | None = None
        self.is_fine = False
        for line in lines:
            self.add(line)

    def add(self, line: KnownLine) -> None:
        """Add a line that has just been recorded."""
        if line.msgid:
            at = line.server_at or self._estimate_server_time(line.at)
            self._times_by_id[line.msgid, line.key].append(at)
        if line.server_at is None:
            # From here on its time is the server's, as far as that can be known.
            self._untimed[line.key].append(line._replace(at=self._estimate_server_time(line.at)))
            return
        bucket = (line.key, line.server_at.replace(microsecond=0))
        self._known.timed[bucket][line.server_at] += 1
        if not line.msgid:
            self._known.timed_without_id[bucket][line.server_at] += 1

    def begin_listing(self) -> None:
        """Prepare for a listing that may repeat any known line."""
        self._used = _Counts()
        self._used_by_id.clear()
        self._used_untimed.clear()

    def ignore_untimed(self, before: datetime) -> None:
        """Do not take lines without exact times until a moment (of the server), that included, any more.

        History is in order: after its first new line it repeats no line from before the gap.
        """
        self._untimed_until = before

    def take(self, entry: Entry, server_at: datetime | None) -> datetime | None:
        """Return the time (of the server) of the known line that an entry repeats; None if the entry is new.

        It is the time that the line had when it was said, also where the history's times are cut to seconds.
        """
        key = key_of(entry)
        at = server_at or self._estimate_server_time(entry.at)
        if entry.msgid:
            times, used_count = self._times_by_id.get((entry.msgid, key), ()), self._used_by_id[entry.msgid, key]
            if used_count < len(times):
                self._used_by_id[entry.msgid, key] += 1
                return times[used_count]
        if server_at is not None:
            known_at = self._take_timed(entry, key, server_at)
            if known_at is not None:
                return known_at
        return self._take_untimed(key, at)

    def add_listed(self, line: KnownLine) -> None:
        """Add a line of the present listing that has just been recorded: this listing does not repeat it."""
        self.add(line)
        if line.msgid:
            self._used_by_id[line.msgid, line.key] += 1
        if line.server_at is None:
            self._used_untimed.add(id(self._untimed[line.key][-1]))
            return
        bucket = (line.key, line.server_at.replace(microsecond=0))
        self._used.timed[bucket][line.server_at] += 1
        if not line.msgid:
            self._used.timed_without_id[bucket][line.server_at] += 1

    def _take_timed(self, entry: Entry, key: int, server_at: datetime) -> datetime | None:
        # Two different message ids are two lines; but one side may have no ids, such as a bouncer's playback.
        known, used = (
            (self._known.timed_without_id, self._used.timed_without_id)
            if entry.msgid
            else (self._known.timed, self._used.timed)
        )
        second = server_at.replace(microsecond=0)
        bucket = (key, second)
        if bucket not in known:
            return None
        # The same time first. Else the history's may be cut to seconds.
        candidates: list[datetime] = [server_at, *(known[bucket] if server_at == second and not self.is_fine else ())]
        for candidate in candidates:
            if used[bucket][candidate] < known[bucket][candidate]:
                used[bucket][candidate] += 1
                return candidate
        return None

    def _take_untimed(self, key: int, at: datetime) -> datetime | None:
        for line in self._untimed.get(key, ()):
            # A gap begins with the last line at the earliest.
            is_old = self._untimed_until is not None and line.at <= self._untimed_until
            longest = MAX_SENDING_DELAY if line.is_own else SECOND
            if id(line) not in self._used_untimed and not is_old and -CUT_MARGIN < at - line.at < longest:
                self._used_untimed.add(id(line))
                return line.at
        return None
