"""Which lines of a standby's journal the archive already has: each is paired with the stored line that is its copy.

Two bots give one line different times, and servers without message ids give it no id. A copy is a stored line of the
same channel, kind, nick and text, at most WINDOW away. People say "yes" twice in a second: each stored line is the copy
of one line only, so that the second "yes" is stored as well.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from logs.greenlets import with_yields
from logs.ingest.entry import Entry, GapClosed, GapCovered, GapOpened, Record
from logs.ingest.store import shorten_name, stored_text
from logs.models import Line

BEGINNING = datetime.min.replace(tzinfo=UTC)
NO_END = datetime.max.replace(tzinfo=UTC)


class Interval(NamedTuple):
    start: datetime = BEGINNING
    end: datetime = NO_END

    def includes(self, at: datetime, margin: timedelta) -> bool:
        """Whether a time lies in the interval or at most the margin away from it."""
        # The margin is applied to `at`, because it would overflow at BEGINNING and NO_END.
        return at + margin >= self.start and at - margin <= self.end


class Received(NamedTuple):
    """A line of the journal, and the interval in which the bot was listening when it received the line."""

    entry: Entry
    interval: Interval = Interval()


class ListeningTimes:
    """The state at one position of a journal. `since`: the channels in which the bot is listening, and since when.

    A channel that is not in `since` is one where the bot is not listening, or where that is not known: the journal
    does not reach back to the last join before a restart.
    """

    def __init__(self, since: dict[int, datetime] | None = None) -> None:
        self.since: dict[int, datetime] = dict(since or {})

    def note(self, record: Record) -> Interval | None:
        """Move the state behind a record; return the interval of listening that the record ends, if it ends one."""
        match record:
            case GapClosed():
                self.since[record.channel] = record.at
            case GapOpened():
                start = self.since.pop(record.channel, None)
                if start is not None and start < record.at:
                    return Interval(start, record.at)
            case GapCovered() if record.channel in self.since:
                # A server's history has filled the time before: it is as good as having listened.
                self.since[record.channel] = min(record.at, self.since[record.channel])
        return None

    def find_received(self, records: Sequence[Record]) -> list[Received]:
        """Return the lines among the records that follow the state's position, which does not move."""
        times = ListeningTimes(self.since)
        received: list[Received] = []
        # The lines of each channel whose interval is not complete yet, as indexes of `received`.
        unfinished: defaultdict[int, list[int]] = defaultdict(list)
        for record in records:
            times.note(record)
            match record:
                case Entry():
                    unfinished[record.channel].append(len(received))
                    received.append(Received(record, Interval(times.since.get(record.channel, BEGINNING))))
                case GapOpened():
                    for index in unfinished.pop(record.channel, []):
                        entry, interval = received[index]
                        received[index] = Received(entry, interval._replace(end=record.at))
                case GapCovered():
                    # The lines of a history come before the record that says which time it covers.
                    for index in unfinished[record.channel]:
                        entry, interval = received[index]
                        start = min(interval.start, record.at)
                        received[index] = Received(entry, interval._replace(start=start))
        return received


WINDOW = timedelta(seconds=1)
"""How far the times of a line and its copy may differ."""

MAX_LAG = WINDOW / 4
"""How much later than the other bot a bot may receive the same line."""

REMEMBERED = 10 * WINDOW
"""How long a used copy is remembered: longer than any later entry of the journal can lie before it."""

MAX_OWN = 10_000
"""How many lines a leader remembers at most for the case that it becomes a standby."""

Key = tuple[int, int, str, str]
"""Channel, kind, nick and text: what a line and its copy have in common."""


class Counterparts:
    """The pairs of one journal. It remembers from batch to batch which stored lines are used."""

    def __init__(self) -> None:
        self._used: defaultdict[Key, list[datetime]] = defaultdict(list)
        self._own: deque[Entry] = deque(maxlen=MAX_OWN)

    def copy(self) -> Counterparts:
        other = Counterparts()
        other._used.update((key, list(times)) for key, times in self._used.items())
        other._own.extend(self._own)
        return other

    def remember_own_lines(self, entries: Iterable[Entry]) -> None:
        """Remember what this bot has stored as the leader: these lines are no copies of what it receives later."""
        # Only appended here, since a leader does it for each line; `_use_own` does the rest if it becomes a standby.
        for entry in entries:
            self._own.append(entry)
            while self._own[0].at < entry.at - REMEMBERED:
                self._own.popleft()

    def find_missing(self, received: Sequence[Received], upcoming: Sequence[Received]) -> list[Entry]:
        """Return the lines of `received` that have no copy in the archive, in the order of their times.

        `upcoming` are lines that follow and will be given again: they are paired too, so that none of `received` takes
        the copy of one that is closer to it. Lines stored while this bot was not listening are no copies.
        """
        self._use_own()
        times = [line.entry.at for line in (*received, *upcoming)]
        channels = {line.entry.channel for line in received}
        unused = self._unused_stored(channels, min(times) - WINDOW, max(times) + WINDOW)
        self._forget_before(min(times) - REMEMBERED)
        by_key: defaultdict[Key, list[tuple[Received, bool]]] = defaultdict(list)
        for group, is_final in ((received, True), (upcoming, False)):
            for line in group:
                by_key[_key(line.entry)].append((line, is_final))
        missing: list[Entry] = []
        for key, alike in by_key.items():
            copies = pair_nearest(
                [line.entry.at for line, _ in alike], unused[key], [line.interval for line, _ in alike]
            )
            for (line, is_final), copy_at in zip(alike, copies, strict=True):
                if not is_final:
                    continue
                if copy_at is None:
                    missing.append(line.entry)
                # A missing entry may become a row of its own, which must not be the copy of a later one.
                self._used[key].append(copy_at or line.entry.at)
        return sorted(missing, key=lambda entry: entry.at)

    def _use_own(self) -> None:
        for entry in self._own:
            self._used[_key(entry)].append(entry.at)
        self._own.clear()

    def _unused_stored(self, channels: set[int], start: datetime, end: datetime) -> defaultdict[Key, list[datetime]]:
        """The times of stored lines that may still be copies, by what they have in common with them."""
        times: defaultdict[Key, list[datetime]] = defaultdict(list)
        rows = Line.objects.filter(channel__in=channels, at__gte=start, at__lte=end).order_by("at", "id")
        used = {key: Counter(used_times) for key, used_times in self._used.items()}
        for channel, kind, nick, text, at in with_yields(rows.values_list("channel", "kind", "nick", "text", "at")):
            key = (channel, kind, nick, stored_text(kind, text))
            if key in used and used[key][at]:
                used[key][at] -= 1
            else:
                times[key].append(at)
        return times

    def _forget_before(self, at: datetime) -> None:
        for key, times in list(self._used.items()):
            self._used[key] = [used_at for used_at in times if used_at >= at]
            if not self._used[key]:
                del self._used[key]


def pair_nearest(
    times: Sequence[datetime], stored: Sequence[datetime], intervals: Sequence[Interval] | None = None
) -> list[datetime | None]:
    """Return for each time the stored time that is paired with it, or None.

    `intervals`: for each time the interval in which its pair must lie, unless they are less than MAX_LAG apart.

    The closest pairs are formed first, none further apart than WINDOW, and each stored time is in one pair at most. Of
    equally close pairs the one of the earlier places comes first.
    """
    # Only those within WINDOW are compared: a journal may have thousands of equal lines.
    places = sorted(range(len(stored)), key=stored.__getitem__)
    ordered = [stored[place] for place in places]
    # The other bot may have received, a moment before this one listened, a line that this one received after.
    pairs = sorted(
        (abs(at - stored_at), place, stored_place)
        for place, at in with_yields(list(enumerate(times)))
        for stored_place, stored_at in _within_window(places, ordered, at)
        if _may_be_copy(stored_at, at, intervals[place] if intervals else Interval())
    )
    paired: list[datetime | None] = [None] * len(times)
    taken: set[int] = set()
    for _, place, stored_place in pairs:
        if paired[place] is None and stored_place not in taken:
            paired[place] = stored[stored_place]
            taken.add(stored_place)
    return paired


def _within_window(places: Sequence[int], ordered: Sequence[datetime], at: datetime) -> Iterator[tuple[int, datetime]]:
    """Yield the stored times at most WINDOW away, with their places."""
    start, end = bisect_left(ordered, at - WINDOW), bisect_right(ordered, at + WINDOW)
    return zip(places[start:end], ordered[start:end], strict=True)


def _may_be_copy(stored_at: datetime, received_at: datetime, interval: Interval) -> bool:
    """Whether a stored line may be the copy of a line received in the interval, as far as their times say."""
    if interval.start <= stored_at <= interval.end:
        return abs(received_at - stored_at) <= WINDOW
    # Around the interval only the lag makes a copy possible. With the whole WINDOW, lines from before the join, which
    # this bot has not received, would be taken for copies of later ones.
    return abs(received_at - stored_at) < MAX_LAG


def _key(entry: Entry) -> Key:
    # As it is stored.
    return entry.channel, entry.kind, shorten_name(entry.nick), stored_text(entry.kind, entry.text)
