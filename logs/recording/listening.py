"""When a bot was listening in each channel, as the gap records of its journal say.

Whether a stored line can be the copy of a received one depends on it: a bot has received nothing that was said before
it joined or after it left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from logs.ingest.entry import Entry, GapClosed, GapCovered, GapOpened, Record

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
