"""Convert the local times of a log, read in order, to moments in UTC; find time zones by name."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from logs.formats.numbered_lines import UnreadableError

CLOCK_JITTER = timedelta(minutes=2)
"""A smaller step back does not mean that the repeated hour of an autumn night has begun."""

QUARTER = timedelta(minutes=15)

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}


class Clock:
    """The state of reading times: the current day and the moment of the last line.

    A local time that occurs twice in an autumn night is the first of the two, unless time would then run backwards. One
    that a spring night skips is read as if the clock had not been changed yet.
    """

    def __init__(self, zone: tzinfo, day: date | None = None) -> None:
        self.zone = zone
        self.day = day
        self.last = datetime.min.replace(tzinfo=UTC)
        self._is_unambiguous = True
        self._in_second_pass = False
        # Most lines repeat the time of the line before; both tables avoid slow zone arithmetic for them.
        self._times: dict[str, datetime] = {}
        self._offsets: dict[datetime, timedelta | None] = {}

    def set_day(self, day: date) -> None:
        """Set the day of the lines that follow."""
        self.day = day
        self._times.clear()

    def set_day_by_name(self, month_and_day: str, year: str) -> None:
        """Set the day from `Mar  7` and a year; a day that does not exist is ignored."""
        month, number = month_and_day.split()
        try:
            self.set_day(date(int(year), MONTHS[month], int(number)))
        except (KeyError, ValueError):
            return

    def time(self, text: str) -> datetime:
        """The moment of `HH:MM` or `HH:MM:SS` on the current day; UnreadableError when the day is not known."""
        at = self._times.get(text)
        if at is None:
            if self.day is None:
                raise UnreadableError("Neither its name nor its lines contain the day.")
            at = self.moment(datetime.combine(self.day, time.fromisoformat(text)))
            # In the repeated hour of an autumn night the same text means two moments: do not cache it.
            if self._is_unambiguous:
                self._times[text] = at
        self.last = at
        return at

    def moment(self, local: datetime) -> datetime:
        """The moment of a local time without zone."""
        if self.zone is UTC:
            self.last = local.replace(tzinfo=UTC)
            return self.last
        quarter = _quarter(local)
        try:
            offset = self._offsets[quarter]
        except KeyError:
            offset = self._offsets[quarter] = self._offset(quarter)
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


def _quarter(local: datetime) -> datetime:
    return local.replace(minute=local.minute // 15 * 15, second=0, microsecond=0)


def zone_named(name: str) -> tzinfo:
    """The time zone of this name; ValueError with a sentence for the user when there is none."""
    try:
        return UTC if name.upper() == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"There is no time zone {name}.") from None
