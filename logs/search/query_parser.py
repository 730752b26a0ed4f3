"""Query text → tree. Knows no SQL. No text is an error: what is not understood is searched as it stands, with a note.

    words              all of them, in any order          "some words"   next to each other, in this order
                       also text:words                                   also text:"some words"
    C++ foo.bar() ->   exactly these characters
    -word              not this                           one OR two     either
    pre*               words that begin so                nick:ann       said by ann (also from:)
    in:#channel        there; in:network/ in all of it    kind:action    message, action, notice, topic, join, ...
    after: before: on: 2026-11-23, 2026-11 or 2026        has:link       with a link in it
    after: before:     2026-11-23T10:00:00.123Z           sort:oldest    the oldest first (also sort:newest)
    site:github.com    with a link to that host           has:reply      that another line answers
    in-conversation-with:ann    that answers a line of ann, or that ann answers

`before:` is exclusive, `after:` and `on:` are inclusive; a year or month stands for its whole time. The operators of
IRCv3's draft/search (`from:`, `in:`, `after:`, `before:`, `text:`) are among these and mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.utils.translation import gettext

from logs.text.words import SEPARATORS, fold, fold_exactly, is_segmented, split_words, strip_codes

MAX_QUERY_CHARACTERS = 1000
MAX_QUERY_TERMS = 32

_OPERATORS = "nick|from|in-conversation-with|in|kind|has|after|before|on|text|sort|site"
"""After these a blank may follow the colon."""

_TOKEN = re.compile(
    rf"""
    # `->`, `--flag` and `-=` are text; before a word, a quote or one of these signs the minus excludes.
    (?P<minus>-(?=[^\s!-/:-@\[-`{{-~]|["“\#$@/~]))?
    # Text::CSV is the name of a module, but text:/usr and text::: say what to look for.
    (?:(?P<name>text(?=:\s*(?:/|::))|site(?=://)
        |(?:{_OPERATORS})(?=:\s*[^\s:/])|(?:[A-Za-z]+|in-conversation-with)(?=:[^\s:/])):\s*)?
    # What ends a part of the sentence after a quote is no term.
    (?:["“”„](?P<quoted>[^"“”„]*)(?:["“”„](?:[,.;](?=\s|$))?|$)|(?P<plain>\S+))
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BEGINNING = re.compile(rf"[^{SEPARATORS}]\*$")
_SENTENCE_END = re.compile(rf"(?<=[^{SEPARATORS}]|[)\]}}\"”“»'’])[,.;…、。，；،؛۔।॥։।]$")
_BRACKETS = dict(zip("([{«「『（《〈【‹", ")]}»」』）》〉】›", strict=True))
# 17" is a length.
_CLOSING_QUOTE = re.compile(rf"(?<=[^{SEPARATORS}0-9])\"$|(?<=[^{SEPARATORS}])[”“]$")
_APOSTROPHES = "'’‘ʼʻ׳´"
_AROUND_APOSTROPHES = re.compile(rf"^[{_APOSTROPHES}]+(?=[^{SEPARATORS}])|(?<=[^{SEPARATORS}])[{_APOSTROPHES}]+$")
_BEFORE_SLASH = re.compile(rf"(?:{_OPERATORS}):/", re.IGNORECASE)
_NICK_SIGNS, _AROUND_NICK = "@+%&", "<>"
"""What stands before the nicks of operators, and around those of all, in logs that people copy from."""
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_HOST = re.compile(rf"(?:(?:[a-z]+:)?//)?\.?(?P<host>[^{SEPARATORS}][^\s/?#@:]*?)\.?(?::\d+)?(?:[/?#].*)?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII | re.IGNORECASE)
_POSITIVE = frozenset({"in", "kind", "has", "after", "before", "on", "sort", "site", "in-conversation-with"})
_KINDS = frozenset({"message", "action", "notice", "join", "part", "quit", "nick", "kick", "mode", "topic"})


@dataclass(frozen=True, slots=True)
class Term:
    """Text that a line has to hold, whatever the case and accents; it begins and ends at the borders of words.

    A blank, which only a text in quotes has, stands for whatever separates two words, or for blanks beside punctuation.
    `prefix`: the last word is only a beginning. `quoted`: accents count, and no other form of the words is searched.
    `folded`: the text as it is compared. `words`: those of the folded text, in order; none if it is punctuation alone.
    """

    text: str
    prefix: bool = False
    quoted: bool = False
    folded: str = field(init=False, compare=False, repr=False)
    words: tuple[str, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folded", fold_exactly(self.text) if self.quoted else fold(self.text))
        object.__setattr__(self, "words", tuple(split_words(self.text)))

    @property
    def is_word(self) -> bool:
        """Whether the text is one word and nothing else, and in no quotes."""
        return not self.quoted and len(self.words) == 1 and self.words[0] == self.folded.replace("'", "")


@dataclass(slots=True)
class Query:
    """A tree of two levels: every group must hold, a group holds when one of its terms does.

    `since` and `until` are exact times within the days that `after` and `before` bound. `hidden_periods` are not part
    of a text: the closed periods that the visitor may not read (logs/models/closed_period.py). `filters` are the
    operators as they can be typed again, `words` is all other text; both together are the same query.
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
    answered: bool = False
    conversation_with: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    oldest: bool = False
    hidden_periods: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    filters: list[str] = field(default_factory=list, compare=False)
    words: str = field(default="", compare=False)

    def __bool__(self) -> bool:
        """Whether there is anything to look for; exclusions alone would find almost everything."""
        filters = (
            self.nicks,
            self.channels,
            self.kinds,
            self.link,
            self.answered,
            self.conversation_with,
            self.sites,
            self.after,
            self.before,
        )
        return bool(self.groups) or any(filters)

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
    # PostgreSQL has no place for NUL, nor for half of a surrogate pair.
    text = text.replace("\0", " ").encode("utf-8", "replace").decode()
    if len(text) > MAX_QUERY_CHARACTERS:
        note = gettext("Only the first %(number)s characters were searched.")
        query.notes.append(note % {"number": MAX_QUERY_CHARACTERS})
    joined, is_cut = False, len(text) > MAX_QUERY_CHARACTERS
    words: list[str] = []
    for count, match in enumerate(_TOKEN.finditer(text[:MAX_QUERY_CHARACTERS])):
        if count >= MAX_QUERY_TERMS:
            note = gettext("Only the first %(number)s terms were searched.")
            query.notes.append(note % {"number": MAX_QUERY_TERMS})
            is_cut = True
            break
        if match["plain"] == "OR" and not match["minus"] and not match["name"]:
            joined = bool(query.groups)
            words.append("OR")
            continue
        name = (match["name"] or "").lower()
        if name and _operator(query, name, _operator_value(match), bool(match["minus"])):
            query.filters.append(_typed(match))
            while words[-1:] == ["OR"]:  # before an operator it joins nothing
                words.pop()
        else:
            _term(query, match, joined=joined)
            words.append(_typed(match))
        joined = False
    while words[-1:] == ["OR"]:  # at the end it joins nothing either
        words.pop()
    query.groups = [group for number, group in enumerate(query.groups) if group not in query.groups[:number]]
    query.words = " ".join(words)
    _search_lone_words(query, text)
    if is_cut:
        query.words, query.filters = text, []
    return query


def _search_lone_words(query: Query, text: str) -> None:
    """What would find nothing, `OR` alone and words that are only left out (`-Wall`), is searched as it stands."""
    if query.groups:
        return
    if set(text.split()) == {"OR"}:
        query.groups, query.words = [[Term("OR")]], "OR"
    elif query.without and not query and not query.without_nicks and not any(term.quoted for term in query.without):
        terms = [Term(f"-{term.text}", prefix=term.prefix) for term in query.without]
        query.groups, query.without = [[term] for term in terms], []
        if not query.notes:  # or it is said already
            note = gettext("%(words)s was searched as text, because a search that only leaves words out finds nothing.")
            query.notes.append(note % {"words": " ".join(term.text + "*" * term.prefix for term in terms)})


def compose_query_text(query: Query, filters: Sequence[str], words: str | None = None) -> str:
    """The text of the query with these operators, and these words if any, in place of its own."""
    words = query.words if words is None else words
    # After a colon the operators would be its value.
    parts = [*filters, words] if words.endswith(":") else [words, *filters]
    return " ".join(part for part in parts if part)


def _typed(match: re.Match[str]) -> str:
    """A term or operator as it was typed, quotes closed."""
    name = f"{match['name']}:" if match["name"] else ""
    value = f'"{match["quoted"]}"' if match["quoted"] is not None else match["plain"]
    return f"{match['minus'] or ''}{name}{value}"


def _value(match: re.Match[str]) -> str:
    return str(match["plain"] if match["quoted"] is None else match["quoted"])


def _operator_value(match: re.Match[str]) -> str:
    """Without the comma that follows it in a sentence: none of them can end so."""
    value = _value(match)
    return value if match["plain"] is None else value.rstrip(",;") or value


def _term(query: Query, match: re.Match[str], *, joined: bool) -> None:
    value = _value(match)
    if match["plain"] and not match["name"] and (before := _BEFORE_SLASH.match(value)):
        note = gettext("%(operator)s: before a slash was searched as text.")
        query.notes.append(note % {"operator": before[0].partition(":")[0]})
    if match["name"] and match["name"].lower() != "text":
        value = f"{match['name']}:{value}"
    quoted = match["quoted"] is not None
    text = " ".join(strip_codes(value).split())
    prefix = not quoted and _BEGINNING.search(text) is not None
    if not quoted:
        text = _AROUND_APOSTROPHES.sub("", text[:-1] if prefix else _without_sentence_marks(text))
    folded = fold(text).strip()
    if not folded:  # nothing but characters that vanish, such as those without a width
        return
    # Where words are not separated, every text is found anywhere.
    prefix = prefix and is_segmented(folded[-1])
    term = Term(text, prefix=prefix, quoted=quoted)
    if match["minus"]:
        query.without.append(term)
    elif joined:
        query.groups[-1].append(term)
    else:
        query.groups.append([term])


def _without_sentence_marks(text: str) -> str:
    """The text of a term without what belongs to the sentence around it: `garden,` `(garden` `garden).` `garden”`"""
    text = _SENTENCE_END.sub("", text)
    if sum(map(text.count, '"”“„')) == 1:
        text = _CLOSING_QUOTE.sub("", text)
    for opening, closing in _BRACKETS.items():
        if split_words(text[1:2]) and text[0] == opening and closing not in text:
            text = text[1:]
        if split_words(text[-2:-1]) and text[-1] == closing and opening not in text:
            text = text[:-1]
    return text


def _operator(query: Query, name: str, value: str, minus: bool) -> bool:
    """Takes `name:value` into the query; false if it is no operator, so that `std:vector` is searched as it stands."""
    if name in {"nick", "from"}:
        value = value.strip(_AROUND_NICK).lstrip(_NICK_SIGNS) or value
        (query.without_nicks if minus else query.nicks).append(value)
    elif minus:
        if name in _POSITIVE:
            note = gettext("-%(operator)s: was searched as text; only text and nicks can be left out.")
            query.notes.append(note % {"operator": name})
        return False
    elif name == "in-conversation-with":
        query.conversation_with.append(value)
    elif name == "in":
        query.channels.append(value)
    elif take := {"has": _has, "kind": _kind, "sort": _order, "site": _site}.get(name):
        return take(query, value)
    elif name in {"after", "before", "on"}:
        return _dates(query, name, value)
    else:
        return False
    return True


def _has(query: Query, value: str) -> bool:
    if value.lower() == "link":
        query.link = True
    elif value.lower() == "reply":
        query.answered = True
    else:
        note = gettext("has:%(value)s is unknown; there are has:link and has:reply.")
        query.notes.append(note % {"value": value})
        return False
    return True


def _kind(query: Query, value: str) -> bool:
    if value.lower() not in _KINDS:
        note = gettext("kind:%(value)s is unknown; there are %(kinds)s.")
        query.notes.append(note % {"value": value, "kinds": ", ".join(sorted(_KINDS))})
        return False
    query.kinds.append(value.lower())
    return True


def _site(query: Query, value: str) -> bool:
    match = _HOST.fullmatch(fold(value))
    if match is None or not split_words(match["host"]):
        note = gettext("site: wants the name of a host such as github.com; “%(value)s” is none.")
        query.notes.append(note % {"value": value})
        return False
    query.sites.append(match["host"])
    return True


def _order(query: Query, value: str) -> bool:
    if value.lower() not in {"oldest", "newest"}:
        note = gettext("sort:%(value)s is unknown; there are sort:oldest and sort:newest.")
        query.notes.append(note % {"value": value})
        return False
    query.oldest = value.lower() == "oldest"
    return True


def _dates(query: Query, name: str, value: str) -> bool:
    if name != "on" and (moment := _moment(value)):
        _bound(query, name, moment)
        return True
    span = _span(value)
    if span is None:
        note = gettext("%(operator)s: wants a date such as 2026-11-23, 2026-11 or 2026; “%(value)s” is none.")
        query.notes.append(note % {"operator": name, "value": value})
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
