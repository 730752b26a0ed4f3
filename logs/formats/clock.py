"""Convert the local times of a log, read in order, to moments in UTC; find time zones by name.

`YearClock` is for logs whose lines have a month and a day, but no year.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from logs.formats.month_names import find_day, find_day_in_text, find_numeric_days
from logs.formats.numbered_lines import UnreadableError

CLOCK_JITTER = timedelta(minutes=2)
"""A smaller step back does not mean that the repeated hour of an autumn night has begun."""

MAX_STEP_BACK = timedelta(hours=3)
"""A larger step back below a header is more probably a midnight that the client did not write down."""

QUARTER = timedelta(minutes=15)

MAX_HEADER_CHARACTERS = 200
_STAMPED = re.compile(r"\W{0,3}\d{1,2}:\d\d")
"""How a line begins that has a time; a header does not."""

MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Clock:
    """The state of reading times: the current day and the moment of the last line.

    A local time that occurs twice in an autumn night is the first of the two, unless time would then run backwards. One
    that a spring night skips is read as if the clock had not been changed yet.

    `channel` is that of the log, where a format writes which window's lines follow.
    """

    channel: str | None = None
    session: str = ""
    """The header of the session whose channel is named below it."""

    def __init__(self, zone: tzinfo, day: date | None = None) -> None:
        self.zone = zone
        self.day = day
        self.is_day_lost = False
        self.last = datetime.min.replace(tzinfo=UTC)
        self._is_unambiguous = True
        self._in_second_pass = False
        # Most lines repeat the time of the line before; the tables avoid slow zone arithmetic for them.
        self.known_times: dict[str, datetime] = {}
        """The moments of times of this day that were read before, as far as they occur only once."""
        self._offsets: dict[datetime, timedelta | None] = {}
        self._midnight: datetime | None = None
        """The moment at which the day begins, if the clock is not changed in it."""
        self._newest: datetime | None = None
        """The latest moment since the header that set the day; None where each line or the file's name has the day."""
        self._has_given_day = day is not None
        self._is_day_first: bool | None = None
        """The order of days in numbers, once a header has shown it."""
        self._sessions: dict[str, datetime] = {}
        """The headers of sessions so far, with the moment of the line before."""
        self._day_outside: tuple[date | None, datetime | None, bool] | None = None

    def set_day(self, day: date) -> None:
        """Set the day of the lines that follow."""
        self.day = day
        self.is_day_lost = self._has_given_day = False
        self.known_times.clear()
        self._midnight = self._newest = None

    def clear_day(self) -> None:
        """Note that the day has changed to one that is not known: times have no moment until the day is set again."""
        self.day = None
        self.is_day_lost = True
        self.known_times.clear()

    def begin_pasted_lines(self) -> None:
        """Note that lines of other days follow, which have no moment, until `end_pasted_lines`."""
        if not self.is_day_lost:
            self._day_outside = self.day, self._newest, self._has_given_day
            self.clear_day()

    def end_pasted_lines(self) -> None:
        """Go on with the day before `begin_pasted_lines`, unless a header has set another one."""
        if self._day_outside and self.is_day_lost:
            day, newest, has_given_day = self._day_outside
            if day is not None:
                self.set_day(day)
            self._newest, self._has_given_day = newest, has_given_day
        self._day_outside = None

    def set_day_by_name(self, weekday: str, month: str, day: str, year: str) -> bool:
        """Set the day from the words of a header in any language; return whether it exists, else clear it."""
        return self._set_or_clear(find_day(weekday, month, day, year))

    def set_day_in_text(self, text: str) -> bool:
        """Set the day that a text contains in any order and language, as `set_day_by_name` does.

        Where `03/04/2014` may be two days, an earlier header shows the order, or else the day in the file's name.
        """
        day = find_day_in_text(text)
        numeric = find_numeric_days(text)
        if day is None and self.day in numeric and self._has_given_day and self._is_day_first is None:
            self._is_day_first = self.day == numeric[0]
        elif None in numeric and day is not None and day in numeric:
            self._is_day_first = numeric[0] is not None
        if day is None and self._is_day_first is not None:
            day = numeric[0 if self._is_day_first else 1]
        return self._set_or_clear(day)

    def begin_session(self, header: str) -> bool:
        """Note the header of a session; if the log had it before, its lines are copied: clear the day, return False."""
        before = self._sessions.setdefault(header, self.last)
        if before == self.last:
            return True
        self.clear_day()
        return False

    def _set_or_clear(self, day: date | None) -> bool:
        if day is None:
            self.clear_day()
        else:
            self.set_day(day)
            self.begin_below_header()
        return day is not None

    def begin_below_header(self) -> None:
        """Expect times to run on from here until the next header."""
        self._newest = datetime.min.replace(tzinfo=UTC)

    def note_unread_header(self, text: str) -> None:
        """Clear the day of a header or of the file where a line of no known shape, as of a header, has another one."""
        has_day_above = self._newest is not None or self._has_given_day
        if not has_day_above or len(text) > MAX_HEADER_CHARACTERS or _STAMPED.match(text):
            return
        day = find_day_in_text(text)
        if day is not None and day != self.day:
            self.clear_day()

    def time(self, text: str) -> datetime:
        """The moment of `HH:MM` or `HH:MM:SS` on the current day.

        UnreadableError when no day has been known yet, ValueError after a header with a day that cannot be read, and
        from where a midnight without a header has probably passed.
        """
        at = self.known_times.get(text)
        if at is None:
            if self.is_day_lost:
                raise ValueError("the day is not known")
            if self.day is None:
                raise UnreadableError("Neither its name nor its lines contain the day.")
            if self._midnight is None and not self.known_times:
                self._midnight = self._find_midnight(self.day)
            if self._midnight is not None:
                at = self.known_times[text] = self._midnight + _time_since_midnight(text)
                self._in_second_pass = False
            else:
                at = self.moment(datetime.combine(self.day, time.fromisoformat(text)))
                # In the repeated hour of an autumn night the same text means two moments: do not cache it.
                if self._is_unambiguous:
                    self.known_times[text] = at
        if self._newest is not None and at > self._newest:
            self._newest = at
        elif self._newest is not None and self._newest - at > MAX_STEP_BACK:
            self.clear_day()
            raise ValueError("midnight has passed without a header")
        self.last = at
        return at

    def _find_midnight(self, day: date) -> datetime | None:
        """The moment at which a day begins; None if the clock is changed in it."""
        start = datetime.combine(day, time())
        if self.zone is UTC:
            return start.replace(tzinfo=UTC)
        try:
            offsets = {self._offset_at(start + timedelta(hours=hours)) for hours in range(0, 25, 4)}
            offset = offsets.pop()
            return None if offsets or offset is None else (start - offset).replace(tzinfo=UTC)
        except OverflowError:
            return None

    def _offset_at(self, local: datetime) -> timedelta | None:
        quarter = _quarter(local)
        try:
            return self._offsets[quarter]
        except KeyError:
            offset = self._offsets[quarter] = self._offset(quarter)
            return offset

    def moment(self, local: datetime) -> datetime:
        """The moment of a local time without zone."""
        if self.zone is UTC:
            self.last = local.replace(tzinfo=UTC)
            return self.last
        offset = self._offset_at(local)
        self._is_unambiguous = offset is not None
        if offset is None:
            self.last = self._ambiguous_moment(local)
        else:
            self.last, self._in_second_pass = (local - offset).replace(tzinfo=UTC), False
        return self.last

    def _offset(self, quarter: datetime) -> timedelta | None:
        """The offset from UTC; None if the clock changes within this quarter of an hour."""
        # Clocks are changed at a quarter of an hour: if both ends and both folds agree, all of it does.
        moments = (quarter, quarter + QUARTER - timedelta.resolution)
        try:
            offsets = {local.replace(tzinfo=self.zone, fold=fold).utcoffset() for local in moments for fold in (0, 1)}
        except OverflowError:
            return timedelta()
        return offsets.pop() if len(offsets) == 1 else None

    def _ambiguous_moment(self, local: datetime) -> datetime:
        first, second = (local.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        # Once in the second pass, stay there until an unambiguous time: lines never return to the first pass.
        self._in_second_pass = second > first and (self._in_second_pass or first + CLOCK_JITTER < self.last)
        return second if self._in_second_pass else first


@lru_cache(maxsize=20_000)
def _time_since_midnight(text: str) -> timedelta:
    """The time since midnight of `HH:MM` or `HH:MM:SS`; ValueError if there is no such time."""
    at = time.fromisoformat(text)
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _quarter(local: datetime) -> datetime:
    return local.replace(minute=local.minute // 15 * 15, second=0, microsecond=0)


def zone_named(name: str) -> tzinfo:
    """The time zone of this name; ValueError with a sentence for the user when there is none."""
    try:
        return UTC if name.upper() == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        similar = find_similar_zones(name)
        advice = f" Do you mean {' or '.join(similar)}?" if similar else ""
        raise ValueError(f"There is no time zone {name}.{advice}") from None


def find_similar_zones(name: str) -> list[str]:
    """Return up to three zones of the place that a wrong name of a zone seems to mean."""
    place = name.strip().replace(" ", "_").lower()
    return [zone for zone in list_zones() if place in zone.lower().split("/")][:3]


@cache
def list_zones() -> list[str]:
    """Return the names that people choose from: UTC and those of places."""
    return ["UTC", *sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))]


class YearClock(Clock):
    """Adds the year to times without one.

    A banner has the year of the session. An earlier month than before is what a bouncer played back, unless the turn of
    the year is nearer; a December in January is of the year before.
    """

    newest: date | None = None
    """The latest day of the session so far, from the banner on."""

    def note_unread_header(self, text: str) -> None:
        """Nothing: each line has its own day."""

    def start_session(self, day: date) -> None:
        self.set_day(day)
        self.newest = day

    def set_month_and_day(self, month: int, day: int) -> None:
        """Set the day of a line; ValueError if it does not exist."""
        newest = self.newest or self.day
        if newest is None:
            raise UnreadableError("Neither its name nor its lines contain the year.")
        at = _nearest_day(newest, month, day)
        self.set_day(at)
        self.newest = max(newest, at)


def _nearest_day(newest: date, month: int, day: int) -> date:
    """The day of this month that fits the session's newest day best; ValueError if there is none."""
    if month >= 11 and newest.month <= 2:
        years = [newest.year - 1]  # played back across the turn of the year
    elif month < newest.month:
        years = [newest.year, newest.year + 1]
    else:
        years = [newest.year]
    days = [date(year, month, day) for year in years if _exists(year, month, day)]
    return min(days, key=lambda at: abs((at - newest).days))


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
