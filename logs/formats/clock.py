"""Local times, as a log tells them one after the other, to moments."""
# MERGED: """Time zones by their names."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from logs.formats.numbered_lines import UnreadableError

CLOCK_JITTER = timedelta(minutes=2)
"""How far a clock may be set back without the hour being taken for the second one of an autumn night."""

QUARTER = timedelta(minutes=15)

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}


class Clock:
    """Knows the day of a log and the moment of its last line.

    A local time that comes twice in an autumn night is the first of the two unless that would run backwards; one that
    a spring night skips is taken as if the clock had not been changed yet.
    """

    def __init__(self, zone: tzinfo, day: date | None = None) -> None:
        self.zone = zone
        self.day = day
        self.last = datetime.min.replace(tzinfo=UTC)
        self._certain = True
        self._later = False
        self._times: dict[str, datetime] = {}
        self._offsets: dict[datetime, timedelta | None] = {}

    def begin(self, day: date) -> None:
        """From here on the log tells of this day."""
        self.day = day
        self._times.clear()

    def begin_named(self, month_and_day: str, year: str) -> None:
        """`begin` for `Mar  7` and a year; nothing when there is no such day."""
        month, number = month_and_day.split()
        try:
            self.begin(date(int(year), MONTHS[month], int(number)))
        except (KeyError, ValueError):
            return

    def time(self, text: str) -> datetime:
        """The moment of `HH:MM` or `HH:MM:SS` on the present day; UnreadableError when that is not known."""
        at = self._times.get(text)
        if at is None:
            if self.day is None:
                raise UnreadableError("Neither its name nor its lines tell the day.")
            at = self.moment(datetime.combine(self.day, time.fromisoformat(text)))
            if self._certain:
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
        self._certain = offset is not None
        if offset is None:
            self.last = self._uncertain(local)
        else:
            self.last, self._later = (local - offset).replace(tzinfo=UTC), False
        return self.last

    def _offset(self, quarter: datetime) -> timedelta | None:
        """From UTC, if it is the same for the whole quarter of an hour."""
        moments = (quarter, quarter + QUARTER - timedelta.resolution)
        try:
            found = {local.replace(tzinfo=self.zone, fold=fold).utcoffset() for local in moments for fold in (0, 1)}
        except OverflowError:
            return timedelta()
        return found.pop() if len(found) == 1 else None

    def _uncertain(self, local: datetime) -> datetime:
        first, second = (local.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        self._later = second > first and (self._later or first + CLOCK_JITTER < self.last)
        return second if self._later else first


def _quarter(local: datetime) -> datetime:
    return local.replace(minute=local.minute // 15 * 15, second=0, microsecond=0)


def zone_named(name: str) -> tzinfo:
    """The zone; ValueError with a sentence when there is none of this name."""
    try:
        return UTC if name.upper() == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"There is no time zone {name}.") from None
