"""Read days whose months are named in any of the larger languages, as clients write them in their user's locale.

The names are CLDR's, which the babel package contains. A name can be that of different months in two languages
(`lip` is July in Polish and June in Croatian): the weekday beside it decides, or else the day is not known.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError

_LANGUAGES = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "nn", "fi", "et", "lv", "lt", "pl", "cs", "sk", "sl"),
    *("hr", "sr", "bs", "mk", "bg", "ru", "uk", "be", "ro", "hu", "el", "tr", "az", "he", "ar", "fa", "hi", "bn", "ta"),
    *("th", "vi", "id", "ms", "ja", "zh", "ko", "ka", "hy", "kk", "eo", "ca", "gl", "eu", "cy", "ga", "is", "sq", "af"),
    *("sw", "mt", "lb", "br", "fo"),
)
_ENGLISH_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH = {name: number for number, name in enumerate(_ENGLISH_MONTHS, 1)}
# What operating systems write and CLDR does not have: the C libraries' older abbreviations.
_OTHER_MONTHS = {"mrz": 3, "maa": 3, "mrt": 3, "set": 9, "ago": 8, "dic": 12, "gen": 1, "sept": 9, "cen": 6, "cec": 7}
MIN_PREFIX_LETTERS = 3
"""As many letters of a month's name are enough, as in `сен` for сентябрь."""

_WORD = re.compile(r"[^\W\d_]+(?:['’.][^\W\d_]+){0,2}")
_NUMBER = re.compile(r"\d{1,4}")
_TIME = re.compile(r"\d{1,2}:\d\d(?::\d\d)?")
_EAST_ASIAN = re.compile(r"((?:19|20)\d\d) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]")
_ISO = re.compile(r"((?:19|20)\d\d)[-./](\d{1,2})[-./](\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})([-./])(\d{1,2})\2((?:19|20)\d\d)(?!\d)")


def find_day(weekday: str, month: str, day: str, year: str) -> date | None:
    """The day of four words as C's `%a %b %d %Y` writes them in any locale; None if it is not certain."""
    months = _months_named(month)
    days = [found for number in sorted(months) if (found := _make_date(year, number, day))]
    if len(days) > 1:
        # Two languages disagree: that of the weekday is the right one, or the one in which the weekday is true.
        languages = _weekday_languages(weekday)
        days = [found for found in days if months[found.month] & languages] or days
        days = [found for found in days if found.weekday() in _weekdays_named(weekday)] or days
    return days[0] if len(days) == 1 else None


def find_day_in_text(text: str) -> date | None:
    """The day that a text contains, as `Saturday, 24 May 2025`, `24. Mai 2025` or `2025年5月24日`; None if unclear."""
    text = _TIME.sub(" ", text)
    for pattern in (_EAST_ASIAN, _ISO):
        if match := pattern.search(text):
            return _make_date(match[1], int(match[2]), match[3])
    if match := _DAY_FIRST.search(text):
        return _day_of_numbers(match[1], match[3], match[4], is_dotted=match[2] == ".")
    words, numbers = _WORD.findall(text), _NUMBER.findall(text)
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2 and 1 <= int(number) <= 31]
    if len(years) != 1 or len(days) != 1:
        return None
    named = [word for word in words if _months_named(word)]
    found = {
        at for word in named for other in ([each for each in words if each != word] or [""])
        if (at := find_day(other, word, days[0], years[0]))
    }  # fmt: skip
    if len(found) > 1:
        # `mar` may be a weekday or a month: the true weekday decides.
        found = {at for at in found if any(at.weekday() in _weekdays_named(word) for word in words)} or found
    return found.pop() if len(found) == 1 else None


def find_numeric_days(text: str) -> tuple[date | None, date | None]:
    """What a day in numbers as `03/04/2014` is if it is written day first, and if month first; None for no such day."""
    match = _DAY_FIRST.search(_TIME.sub(" ", text))
    if match is None or match[2] == ".":
        return None, None
    return _make_date(match[4], int(match[3]), match[1]), _make_date(match[4], int(match[1]), match[3])


def month_number(name: str) -> int | None:
    """The month of this name, if all languages that have the name agree."""
    months = _months_named(name)
    return next(iter(months)) if len(months) == 1 else None


def _day_of_numbers(first: str, second: str, year: str, *, is_dotted: bool) -> date | None:
    """`24.05.2025` is a day first; of `05/24/2025` only numbers over 12 show the order."""
    day_first = _make_date(year, int(second), first)
    month_first = None if is_dotted else _make_date(year, int(first), second)
    if day_first and month_first and day_first != month_first:
        return None
    return day_first or month_first


def _make_date(year: str, month: int, day: str) -> date | None:
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None


def _normalise(name: str) -> str:
    """Letters without case, accents and points, so that old locales' spellings agree with CLDR's."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char) and char not in ".,'’ \u200f\u200e")


@lru_cache(maxsize=1000)
def _months_named(name: str) -> Mapping[int, frozenset[str]]:
    """The months that a name can mean, with the languages in which it does."""
    key = _normalise(name)
    if key in _ENGLISH:
        return {_ENGLISH[key]: frozenset({"en"})}
    if match := re.fullmatch(r"(\d{1,2})[月월]?", key):
        return {int(match[1]): frozenset({"ja", "zh", "ko"})} if 1 <= int(match[1]) <= 12 else {}
    months = _names("months").get(key)
    if months is None and key in _OTHER_MONTHS:
        months = {_OTHER_MONTHS[key]: frozenset()}
    if months is None and len(key) >= MIN_PREFIX_LETTERS:
        months = _merge(found for whole, found in _names("months").items() if whole.startswith(key))
    return months or {}


def _weekdays_named(name: str) -> frozenset[int]:
    """The weekdays that a name can mean, counted from Monday as 0."""
    return frozenset(_weekdays(name))


def _weekday_languages(name: str) -> frozenset[str]:
    return frozenset().union(*_weekdays(name).values())


@lru_cache(maxsize=1000)
def _weekdays(name: str) -> Mapping[int, frozenset[str]]:
    key = _normalise(name)
    exact = _names("days").get(key)
    if exact is None and len(key) >= 2:
        exact = _merge(found for whole, found in _names("days").items() if whole.startswith(key))
    return exact or {}


def _merge(found: Iterable[Mapping[int, frozenset[str]]]) -> dict[int, frozenset[str]]:
    merged: dict[int, frozenset[str]] = {}
    for each in found:
        for number, languages in each.items():
            merged[number] = merged.get(number, frozenset()) | languages
    return merged


@lru_cache(maxsize=2)
def _names(table: str) -> dict[str, Mapping[int, frozenset[str]]]:
    """The names of months or days in all languages. Reading them takes half a second, hence only when one is needed."""
    found: dict[str, dict[int, frozenset[str]]] = {}
    for language in _LANGUAGES:
        try:
            contexts = getattr(Locale.parse(language), table)
        except UnknownLocaleError:
            continue
        for context in ("format", "stand-alone"):
            for width in ("abbreviated", "wide"):
                for number, name in contexts[context][width].items():
                    months = found.setdefault(_normalise(name), {})
                    months[number] = months.get(number, frozenset()) | {language}
    return dict(found)
