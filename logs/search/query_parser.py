"""Query text → tree. Knows no SQL. No text is an error: what is not understood is searched as words, with a note.

    words              all of them, in any order          "some words"   next to each other, in this order
                       also text:words                                   also text:"some words"
    -word              not this                           one OR two     either
    pre*               words that begin so                nick:ann       said by ann (also from:)
    in:#channel        there; in:network/ in all of it    kind:action    message, action, notice, topic, join, ...
    after: before: on: 2026-11-23, 2026-11 or 2026        has:link       with a link in it
    after: before:     2026-11-23T10:00:00.123Z

`before:` is exclusive, `after:` and `on:` are inclusive; a year or month stands for its whole time. The operators of
IRCv3's draft/search (`from:`, `in:`, `after:`, `before:`, `text:`) are among these and mean the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from logs.text.words import SEPARATORS, split_words

LONGEST = 1000
MOST_TERMS = 32

_TOKEN = re.compile(
    r"""
    (?P<minus>-(?!-))?
    (?:(?P<name>[A-Za-z]+):(?=[^\s:/]))?
    (?:"(?P<quoted>[^"]*)(?:"|$)|(?P<plain>\S+))
    """,
    re.VERBOSE,
)
_BEGINNING = re.compile(rf"[^{SEPARATORS}]\*$")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII | re.IGNORECASE)
_POSITIVE = frozenset({"in", "kind", "has", "after", "before", "on"})
_KINDS = frozenset({"message", "action", "notice", "join", "part", "quit", "nick", "kick", "mode", "topic"})


@dataclass(frozen=True, slots=True)
class Term:
    """One word or more that stand next to each other; `prefix`: the last one is only a beginning.

    `quoted`: as typed, in no other form.
    """

    words: tuple[str, ...]
    prefix: bool = False
    quoted: bool = field(default=False, compare=False)

    @property
    def whole(self) -> tuple[str, ...]:
        """The words without a beginning."""
        return self.words[:-1] if self.prefix else self.words


@dataclass(slots=True)
class Query:
    """A tree of two levels: every group must hold, a group holds when one of its terms does.

    `since` and `until` are exact times within the days that `after` and `before` bound.
    """

    groups: list[list[Term]] = field(default_factory=list)
    without: list[Term] = field(default_factory=list)
    nicks: list[str] = field(default_factory=list)
    without_nicks: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    after: date | None = None
    before: date | None = None
    since: datetime | None = None
    until: datetime | None = None
    link: bool = False
    notes: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there is anything to look for; exclusions alone would find almost everything."""
        return bool(self.groups or self.nicks or self.channels or self.kinds or self.link or self.after or self.before)

    @property
    def last_day(self) -> date:
        """The last day that can have hits; the latest day there is if the query does not say."""
        # The day before the first of all cannot be expressed.
        return max(self.before, date(2, 1, 1)) - timedelta(days=1) if self.before else date.max

    @property
    def marked(self) -> list[Term]:
        """The terms to mark in a result."""
        return [term for group in self.groups for term in group]


def parse(text: str) -> Query:
    """The tree of a query; its notes say what was left out and why, in sentences for the person who typed it."""
    query = Query()
    text = text.replace("\0", " ")  # PostgreSQL has no place for it
    if len(text) > LONGEST:
        query.notes.append(f"Only the first {LONGEST} characters were searched.")
    joined = False
    for count, match in enumerate(_TOKEN.finditer(text[:LONGEST])):
        if count >= MOST_TERMS:
            query.notes.append(f"Only the first {MOST_TERMS} terms were searched.")
            break
        if match["plain"] == "OR" and not match["minus"] and not match["name"]:
            joined = bool(query.groups)
            continue
        name = (match["name"] or "").lower()
        if not (name and _operator(query, name, _value(match), bool(match["minus"]))):
            _term(query, match, joined=joined)
        joined = False
    return query


def _value(match: re.Match[str]) -> str:
    return str(match["plain"] if match["quoted"] is None else match["quoted"])


def _term(query: Query, match: re.Match[str], *, joined: bool) -> None:
    value = _value(match)
    if match["name"] and match["name"].lower() != "text":
        value = f"{match['name']}:{value}"
    words = tuple(split_words(value))
    if not words:
        query.notes.append(f"“{value}” has no letter or digit to search for.")
        return
    quoted = match["quoted"] is not None
    term = Term(words, prefix=not quoted and _BEGINNING.search(value) is not None, quoted=quoted)
    if match["minus"]:
        query.without.append(term)
    elif joined:
        query.groups[-1].append(term)
    else:
        query.groups.append([term])


def _operator(query: Query, name: str, value: str, minus: bool) -> bool:
    """Takes `name:value` into the query; false if it is no operator, so that `std:vector` is searched as words."""
    if name in {"nick", "from"}:
        (query.without_nicks if minus else query.nicks).append(value)
    elif minus:
        if name in _POSITIVE:
            query.notes.append(f"-{name}: was searched as words; only words and nicks can be left out.")
        return False
    elif name == "in":
        query.channels.append(value)
    elif name == "kind":
        return _kind(query, value)
    elif name == "has" and value == "link":
        query.link = True
    elif name in {"after", "before", "on"}:
        return _dates(query, name, value)
    else:
        return False
    return True


def _kind(query: Query, value: str) -> bool:
    if value.lower() not in _KINDS:
        query.notes.append(f"kind:{value} is unknown; there are {', '.join(sorted(_KINDS))}.")
        return False
    query.kinds.append(value.lower())
    return True


def _dates(query: Query, name: str, value: str) -> bool:
    if name != "on" and (moment := _moment(value)):
        _bound(query, name, moment)
        return True
    span = _span(value)
    if span is None:
        query.notes.append(f"{name}: wants a date such as 2026-11-23, 2026-11 or 2026; “{value}” is none.")
        return False
    first, following = span
    if name in {"after", "on"}:
        query.after = max(query.after or first, first)
    if name == "before":
        query.before = min(query.before or first, first)
    if name == "on":
        query.before = min(query.before or following, following)
    return True


def _bound(query: Query, name: str, moment: datetime) -> None:
    """An exact time, and the day that it lies in."""
    if name == "after":
        query.since = max(query.since or moment, moment)
        query.after = max(query.after or moment.date(), moment.date())
    else:
        query.until = min(query.until or moment, moment)
        following = moment.date() + timedelta(days=moment.time() > time())
        query.before = min(query.before or following, following)


def _moment(value: str) -> datetime | None:
    """The time that was written, in UTC if it does not say otherwise."""
    try:
        found = datetime.fromisoformat(value.upper()) if _MOMENT.fullmatch(value) else None
        if found is None:
            return None
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.date() < date.max else None


def _span(value: str) -> tuple[date, date] | None:
    """The first day of what was written, and the first day after it."""
    match = _DATE.fullmatch(value)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
        if day:
            return first, date.fromordinal(first.toordinal() + 1)
        if month:
            return first, date(first.year + month // 12, month % 12 + 1, 1)
        return first, date(first.year + 1, 1, 1)
    except (ValueError, OverflowError):
        return None
