"""How dates, numbers and counts are written in the language that is active. docs/translations.md has the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache, partial

from babel import Locale
from babel.dates import format_date as babel_format_date
from babel.dates import format_skeleton
from babel.numbers import format_decimal
from django.utils.translation import gettext

from logs.active_language import ENGLISH, current_language, translate, translate_plural

_ENGLISH_DATES = {
    "weekday": "EEEE d MMMM y",
    "day": "d MMMM y",
    "month": "MMMM y",
    "short": "d MMM",
    "short with year": "d MMM y",
    "short month": "MMM y",
    "name of month": "MMM",
    "name of weekday": "EEEE",
}
"""Patterns of babel by the form of a date: 23 November 2026 wherever English is read."""

_FORMATS = {
    "weekday": "full",
    "day": "long",
    "name of month": "LLL",
    "name of weekday": "cccc",
}
_SKELETONS = {
    "month": "yMMMM",
    "short": "MMMd",
    "short with year": "yMMMd",
    "short month": "yMMM",
}
"""The same in all other languages: a format of CLDR's, or what a date consists of."""


def format_number(number: int) -> str:
    """Format a whole number with separators, for example 1,234."""
    return number_formatter()(number)


def number_formatter() -> Callable[[int], str]:
    """Return `format_number` for many numbers of one page, which looks the language up only once."""
    language = current_language()
    return "{:,}".format if language == ENGLISH else partial(_format_number, language=language)


@lru_cache(maxsize=10_000)
def _format_number(number: int, language: str) -> str:
    return format_decimal(number, locale=_locale(language))


def format_date(day: date, form: str = "day") -> str:
    """Format a date; `form` is a key of the patterns above, by default "day", for example 23 November 2026."""
    return _format_date(day, form, current_language())


@lru_cache(maxsize=10_000)
def _format_date(day: date, form: str, language: str) -> str:
    locale = _locale(language)
    if language == ENGLISH:
        return babel_format_date(day, _ENGLISH_DATES[form], locale=locale)
    if form in _FORMATS:
        return babel_format_date(day, _FORMATS[form], locale=locale)
    return format_skeleton(_SKELETONS[form], datetime(day.year, day.month, day.day), locale=locale)  # noqa: DTZ001


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


def weekday_names(width: str = "wide") -> list[str]:
    """Return the weekdays from Monday on; `width` is "wide", "abbreviated" or "short"."""
    names = _locale(current_language()).days["stand-alone"][width]
    return [names[day] for day in range(7)]


def month_names() -> list[str]:
    """Return the names of the months as they stand alone, from January on."""
    names = _locale(current_language()).months["stand-alone"]["wide"]
    return [names[month] for month in range(1, 13)]


def mark_plural(one: str, many: str) -> tuple[str, str]:
    """Mark a message and its plural for the catalogues; `plural` or `count_of` translates it."""
    return one, many


_COUNTS = {
    "channel": mark_plural("%(count)s channel", "%(count)s channels"),
    "conversation": mark_plural("%(count)s conversation", "%(count)s conversations"),
    "day": mark_plural("%(count)s day", "%(count)s days"),
    "held line": mark_plural("%(count)s held line", "%(count)s held lines"),
    "hour": mark_plural("%(count)s hour", "%(count)s hours"),
    "line": mark_plural("%(count)s line", "%(count)s lines"),
    "link": mark_plural("%(count)s link", "%(count)s links"),
    "message": mark_plural("%(count)s message", "%(count)s messages"),
    "minute": mark_plural("%(count)s minute", "%(count)s minutes"),
    "nick": mark_plural("%(count)s nick", "%(count)s nicks"),
    "second": mark_plural("%(count)s second", "%(count)s seconds"),
}


def count_of(count: int, noun: str = "line") -> str:
    """Return a count with its noun, for example "1 line" or "1,234 lines"; `noun` is a key of the nouns above."""
    return plural(*_COUNTS[noun], count)


def plural(one: str, many: str, count: int, **values: object) -> str:
    """Translate the message for this count, whose place in it is %(count)s, and fill in the other values."""
    return translate_plural(one, many, count) % {"count": format_number(count), **values}


def name_some(names: Sequence[str], most: int) -> str:
    """List the first names, for example "ann, bob and 3 more"."""
    shown = ", ".join(names[:most])
    if len(names) <= most:
        return shown
    return plural("%(names)s and %(count)s more", "%(names)s and %(count)s more", len(names) - most, names=shown)


def format_duration(length: timedelta) -> str:
    """Format a duration in days and hours, for example 3 days and 1 hour."""
    days, hours = divmod(round(length / timedelta(hours=1)), 24)
    if days and hours:
        return translate("%(days)s and %(hours)s") % {"days": count_of(days, "day"), "hours": count_of(hours, "hour")}
    if days or hours:
        return count_of(days, "day") if days else count_of(hours, "hour")
    return translate("less than an hour")


_MINUTES = mark_plural("%(count)s min ago", "%(count)s min ago")
_HOURS = mark_plural("%(count)s h ago", "%(count)s h ago")
_DAYS = mark_plural("%(count)s day ago", "%(count)s days ago")
_MONTHS = mark_plural("%(count)s month ago", "%(count)s months ago")
_YEARS = mark_plural("%(count)s year ago", "%(count)s years ago")


def relative_time(at: datetime, now: datetime) -> str:
    """Return "now", "5 min ago", "3 h ago", "2 days ago", "4 months ago" or "3 years ago"."""
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return gettext("now")
    if minutes < 60:
        return plural(*_MINUTES, minutes)
    if minutes < 24 * 60:
        return plural(*_HOURS, minutes // 60)
    days = minutes // (24 * 60)
    if days < 60:
        return plural(*_DAYS, days)
    return plural(*_MONTHS, days // 30) if days < 730 else plural(*_YEARS, days // 365)
