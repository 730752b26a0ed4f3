"""A clock for logs whose lines have a month and a day, but no year."""

from __future__ import annotations

from datetime import date

from logs.formats.clock import Clock
from logs.formats.numbered_lines import UnreadableError


class YearClock(Clock):
    """Adds the year to times without one.

    A banner has the year of the session. An earlier month than before is what a bouncer played back, unless the turn of
    the year is nearer; a December in January is of the year before.
    """

    newest: date | None = None
    """The latest day of the session so far, from the banner on."""

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
