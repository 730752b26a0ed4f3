"""Which lines of a standby's journal the archive already has: each is paired with the stored line that is its copy.

Two bots give one line different times, and servers without message ids give it no id. A copy is a stored line of the
same channel, kind, nick and text, at most WINDOW away. People say "yes" twice in a second: each stored line is the copy
of one line only, so that the second "yes" is stored as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from logs.ingest.entry import Entry
from logs.models import Line

WINDOW = timedelta(seconds=1)
"""How far the times of a line and its copy may differ."""

MAX_LAG = WINDOW / 4
"""How much later than the other bot a bot may receive the same line."""

REMEMBERED = 10 * WINDOW
"""How long a used copy is remembered: longer than any later entry of the journal can lie before it."""

Key = tuple[int, int, str, str]
"""Channel, kind, nick and text: what a line and its copy have in common."""


class Counterparts:
    """The pairs of one journal. It remembers from batch to batch which stored lines are used."""

    def __init__(self) -> None:
        self._used: defaultdict[Key, list[datetime]] = defaultdict(list)

    def find_missing(
        self, entries: Sequence[Entry], upcoming: Sequence[Entry], listening_since: dict[int, datetime]
    ) -> list[Entry]:
        """Return the entries that have no copy in the archive, in the order of their times.

        `upcoming` are entries that follow and will be given again: they are paired too, so that none of `entries` takes
        the copy of one that is closer to it. Lines stored before this bot listened (`listening_since`, by channel)
        are no copies.
        """
        times = [entry.at for entry in (*entries, *upcoming)]
        unused = self._unused_stored(
            {entry.channel for entry in entries}, min(times) - WINDOW, max(times) + WINDOW, listening_since
        )
        self._forget_before(min(times) - REMEMBERED)
        by_key: defaultdict[Key, list[tuple[Entry, bool]]] = defaultdict(list)
        for group, is_final in ((entries, True), (upcoming, False)):
            for entry in group:
                by_key[_key(entry)].append((entry, is_final))
        missing: list[Entry] = []
        for key, alike in by_key.items():
            copies = pair_nearest([entry.at for entry, _ in alike], unused[key])
            for (entry, is_final), copy_at in zip(alike, copies, strict=True):
                if not is_final:
                    continue
                if copy_at is None:
                    missing.append(entry)
                # A missing entry may become a row of its own, which must not be the copy of a later one.
                self._used[key].append(copy_at or entry.at)
        return sorted(missing, key=lambda entry: entry.at)

    def _unused_stored(
        self, channels: set[int], start: datetime, end: datetime, listening_since: dict[int, datetime]
    ) -> defaultdict[Key, list[datetime]]:
        """The times of stored lines that may still be copies, by what they have in common with them."""
        times: defaultdict[Key, list[datetime]] = defaultdict(list)
        rows = Line.objects.filter(channel__in=channels, at__gte=start, at__lte=end).order_by("at", "id")
        for channel, kind, nick, text, at in rows.values_list("channel", "kind", "nick", "text", "at"):
            # The other bot may have received, a moment before this one listened, a line that this one received after.
            if at > listening_since.get(channel, start) - MAX_LAG:
                times[channel, kind, nick, text].append(at)
        for key, used_times in self._used.items():
            for at in used_times:
                if at in times[key]:
                    times[key].remove(at)
        return times

    def _forget_before(self, at: datetime) -> None:
        for key, times in list(self._used.items()):
            self._used[key] = [used_at for used_at in times if used_at >= at]
            if not self._used[key]:
                del self._used[key]


def pair_nearest(times: Sequence[datetime], stored: Sequence[datetime]) -> list[datetime | None]:
    """Return for each time the stored time that is paired with it, or None.

    The closest pairs are formed first, none further apart than WINDOW, and each stored time is in one pair at most. Of
    equally close pairs the one of the earlier places comes first.
    """
    pairs = sorted(
        (abs(at - stored_at), place, stored_place)
        for place, at in enumerate(times)
        for stored_place, stored_at in enumerate(stored)
        if abs(at - stored_at) <= WINDOW
    )
    paired: list[datetime | None] = [None] * len(times)
    taken: set[int] = set()
    for _, place, stored_place in pairs:
        if paired[place] is None and stored_place not in taken:
            paired[place] = stored[stored_place]
            taken.add(stored_place)
    return paired


def _key(entry: Entry) -> Key:
    return entry.channel, entry.kind, entry.nick, entry.text
