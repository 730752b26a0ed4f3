"""Turn a query into conditions on lines, as the search index (logs/sql/search_functions.sql) answers them.

The index holds a line's words and its keys: integers for its channel, day, month, year, kind, nick and "has a link".
Times are wrapped (`at + interval`), so that PostgreSQL's planner cannot take another index for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from hashlib import md5
from typing import NamedTuple

from logs.models import Kind
from logs.models.closed_period import READABLE_LINE
from logs.search.answer_conditions import exchanged_with_nicks, has_answer
from logs.search.highlight import link_pattern, raw_pattern, term_pattern
from logs.search.query_parser import Query, Term
from logs.text.names import fold
from logs.text.words import ACCENTS, IGNORED, SEPARATORS, UNCHANGED, UNSEGMENTED, is_unsegmented, neighbours

WORDS = "logs_lexemes(text, kind)"
TEXT_AND_TARGET = "(CASE WHEN target IS NULL THEN text ELSE text || ' ' || target END)"
FORMATTING_CODE = r"[\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f]"
# Most lines need no call of a function: they are ASCII without formatting.
_IS_FOLDED_BY_CASE = (
    f"octet_length(text) = char_length(text) AND target IS NULL AND text COLLATE \"C\" !~ '{FORMATTING_CODE}'"
)
_LOWER = 'lower(text COLLATE "C")'
_APOSTROPHES_AS_TYPED = f"translate({_LOWER}, '’‘', '{4 * chr(39)}')"
_FOLDED = (
    f"(CASE WHEN {_IS_FOLDED_BY_CASE} THEN {_LOWER}"
    f" WHEN target IS NULL AND text COLLATE \"C\" !~ '[^{UNCHANGED}]' THEN {_APOSTROPHES_AS_TYPED}"
    f' ELSE {{}}({TEXT_AND_TARGET}) END COLLATE "C")'
)
# Regular expressions are a third faster without the rules of a language; they have no classes that depend on one.
FOLDED_TEXT, EXACT_TEXT = _FOLDED.format("logs_folded"), _FOLDED.format("logs_exact")
NICK = "logs_nick(nick)"
KEYS = "logs_keys(channel_id, at, nick, kind, text)"
KINDS_WITH_WORDS = (Kind.MESSAGE, Kind.ACTION, Kind.NOTICE, Kind.TOPIC)
LINK = (3 << 28) | 1000
_MONTH, _YEAR = 1 << 28, 4 << 28
MAX_DAY_KEYS = 20
"""A longer time is looked up by its months and years."""


class Lexemes(NamedTuple):
    """What the index has of a term: all of `whole`, and a word that begins with `prefix`, unless that is ""."""

    whole: tuple[str, ...]
    prefix: str = ""

    @classmethod
    def of(cls, term: Term) -> Lexemes:
        """A single character of a script without blanks is the beginning of its pairs, or the last of a run.

        It can only be the last one where the term goes on behind it, as in `(ツ)`.
        """
        words = term.words[:-1] if term.prefix else term.words
        whole = [word for word in words if not is_unsegmented(word[0])]
        runs = [word for word in words if is_unsegmented(word[0])]
        last = "" if term.prefix or not runs or not is_unsegmented(term.folded.rstrip()[-1]) else runs.pop()
        ends = [run[-1] for run in runs]
        pairs = [pair for run in (*runs, last) for pair in neighbours(run)]
        if term.prefix:
            return cls((*whole, *pairs, *ends), term.words[-1])
        return cls((*whole, *pairs, *ends), "" if whole or pairs or ends else last)

    @property
    def is_one(self) -> bool:
        """Whether this is a single lexeme or a beginning."""
        return len(self.whole) + bool(self.prefix) == 1


Narrow = Callable[[Lexemes], Lexemes]
"""Returns the same lexemes or fewer of them, at least one."""


class Condition(NamedTuple):
    """SQL that is true or false for a line. The index looks up lines with one of `keys`, or one of `terms`, if any."""

    sql: str
    params: Sequence[object] = ()
    keys: Sequence[int] = ()
    terms: Sequence[Lexemes] = ()


def where(conditions: Iterable[Condition]) -> tuple[str, list[object]]:
    """A WHERE clause, "" if there is no condition, and its parameters."""
    found = list(conditions)
    clause = f" WHERE {' AND '.join(condition.sql for condition in found)}" if found else ""
    return clause, [param for condition in found for param in condition.params]


def day_key(day: date) -> int:
    return (2 << 28) | (day - date(1970, 1, 1)).days


def time_keys(first: date, last: date) -> list[int]:
    """Keys that hold every line from one day to another, both included: days, or months and years if these are many."""
    if (last - first).days < MAX_DAY_KEYS:
        return [day_key(date.fromordinal(day)) for day in range(first.toordinal(), last.toordinal() + 1)]
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month
    years = range(-(-start // 12), end // 12)
    if not years:
        return [_MONTH | month for month in range(start, end)]
    months = (*range(start, years.start * 12), *range(years.stop * 12, end))
    return [*(_MONTH | month for month in months), *(_YEAR | year for year in years)]


def these_lines(places: list[tuple[int, int]]) -> Condition:
    """Lines by channel and id."""
    columns = [list(column) for column in zip(*places, strict=True)] or [[], []]
    return Condition("((channel_id, id) IN (SELECT * FROM unnest(%s::integer[], %s::integer[])))", columns)


def in_channels(channels: list[int]) -> Condition:
    """By the table itself, which is cheaper than unpacking the list that the index has of a large channel."""
    return Condition("(channel_id + 0 = ANY(%s))", [channels])


def any_key(keys: Iterable[int]) -> Condition:
    wanted = list(keys)
    return Condition(f"({KEYS} && %s)", [wanted], keys=wanted)


def nick_key(nick: str) -> int:
    """What logs_nick_key makes of it, unless the database's lower case differs."""
    digest = md5(fold(nick.lower()).encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], signed=True) | -(1 << 31)


def outside_periods(hidden_periods: list[int]) -> list[Condition]:
    """Lines that are in none of these closed periods."""
    sql = READABLE_LINE.format(table="logs_line", periods="%s")
    return [Condition(f"({sql})", [hidden_periods])] if hidden_periods else []


def within(first: date, last: date) -> Condition:
    """From one day to another, both included."""
    return Condition("(at + '0'::interval >= %s AND at + '0'::interval < %s)", _bounds(first, last))


def in_order(channels: list[int], first: date, last: date) -> list[Condition]:
    """From one day to another, for PostgreSQL to read by the index of channel and time: in order, if of one channel."""
    channel = Condition("(channel_id = %s)", channels) if len(channels) == 1 else _any_channel(channels)
    return [channel, Condition("(at >= %s AND at < %s)", _bounds(first, last))]


def _any_channel(channels: list[int]) -> Condition:
    return Condition("(channel_id = ANY(%s))", [channels])


def _bounds(first: date, last: date) -> list[datetime]:
    return [_midnight(first), _midnight(date.fromordinal(last.toordinal() + 1))]


def indexed(query: Query, *, prefixes: bool = True, narrow: Narrow | None = None) -> list[Condition]:
    """What the index looks up; without `prefixes` only whole words, and these are left to `checked`.

    `narrow` may leave words of a term out: what has more than one word is compared in any case.
    """
    conditions = []
    if query.nicks:
        keys = ", ".join(["logs_nick_key(%s)"] * len(query.nicks))
        conditions.append(Condition(f"({KEYS} && ARRAY[{keys}])", query.nicks, keys=list(map(nick_key, query.nicks))))
    if query.link:
        conditions.append(any_key([LINK]))
    if query.sites:
        conditions += [any_key([LINK]), _index_lookup([Lexemes.of(Term(host)) for host in query.sites])]
    if query.kinds:
        conditions.append(any_key((3 << 28) | kind for kind in _kinds(query)))
    return conditions + [_index_lookup(group) for group in _lookups(query, prefixes=prefixes, narrow=narrow)]


def _lookups(query: Query, *, prefixes: bool, narrow: Narrow | None = None) -> list[list[Lexemes]]:
    """What the index looks up for each group of terms; a group with a term of which it has nothing is left out."""
    if not _has_indexed_words(query):
        return []
    groups = [[Lexemes.of(term) for term in group] for group in query.groups]
    if not prefixes:
        groups = [[lexemes._replace(prefix="") for lexemes in group] for group in groups]
    if narrow:
        groups = [[narrow(lexemes) for lexemes in group] for group in groups]
    return [group for group in groups if all(any(lexemes) for lexemes in group)]


def index_lists(query: Query, narrow: Narrow | None = None) -> list[Condition]:
    """The words and keys that every result has, each with a list in the index; at most six, the longest words first."""
    groups = _lookups(query, prefixes=False, narrow=narrow)
    required = {word for group in groups if len(group) == 1 for word in group[0].whole}
    conditions = [_index_lookup([Lexemes((word,))]) for word in sorted(required, key=len, reverse=True)]
    conditions += [_index_lookup(group) for group in groups if len(group) > 1]
    return [*conditions, *indexed(replace(query, groups=[]))][:6]


def checked(query: Query, *, prefixes: bool = True) -> list[Condition]:
    """What is compared with a line that the index found; with `prefixes` the index has looked these up already."""
    conditions = [*_nick_conditions(query), *_time_conditions(query), *outside_periods(query.hidden_periods)]
    conditions += [_compare([term], missing=True) for term in query.without]
    if query.sites:
        conditions.append(Condition(f"({FOLDED_TEXT} ~ %s)", [link_pattern(query.sites)]))
    conditions += _answer_conditions(query)
    if query.kinds or not _lookups(query, prefixes=prefixes):
        conditions.append(Condition("(kind = ANY(%s))", [[int(kind) for kind in _kinds(query)]]))
    for group in query.groups:
        read = any(_needs_check(term, prefixes=prefixes) for term in group)
        if read or not _has_indexed_words(query):
            conditions += _prefilter(group)
            conditions.append(_compare(group))
    return conditions


def _answer_conditions(query: Query) -> list[Condition]:
    """What is asked of a line's answers; those that may not be read do not count."""
    hidden = [query.hidden_periods] if query.hidden_periods else []
    readable = READABLE_LINE.format(table="other", periods="%s") if hidden else ""
    conditions = [Condition(has_answer(readable), hidden)] if query.answered else []
    if query.conversation_with:
        sql = exchanged_with_nicks("logs_nick({})", readable)
        conditions.append(Condition(sql, [query.conversation_with, *hidden]))
    return conditions


def _needs_check(term: Term, *, prefixes: bool) -> bool:
    lexemes = Lexemes.of(term)
    return not (term.is_word and lexemes.is_one) or (bool(lexemes.prefix) and not prefixes)


def prefixes(query: Query) -> list[Condition]:
    """What the index looks up for each prefix alone."""
    found = {lexemes.prefix for group in _lookups(query, prefixes=True) for lexemes in group if lexemes.prefix}
    return [_index_lookup([Lexemes((), prefix)]) for prefix in found]


def _kinds(query: Query) -> list[Kind]:
    return [Kind[name.upper()] for name in query.kinds] or list(KINDS_WITH_WORDS)


def _has_indexed_words(query: Query) -> bool:
    """Whether the index has the words of all kinds searched; it has none of joins, quits and the like."""
    return set(_kinds(query)) <= set(KINDS_WITH_WORDS)


def _nick_conditions(query: Query) -> list[Condition]:
    """Most lines of a nick have it in the case that was typed; comparing that first is cheaper than folding."""
    folded = "ARRAY(SELECT logs_nick(name) FROM unnest(%s::text[]) AS name)"  # once, and not for each line
    present, missing = f"(nick = ANY(%s) OR {NICK} = ANY({folded}))", f"({NICK} <> ALL({folded}))"
    conditions = [Condition(present, [query.nicks, query.nicks])] if query.nicks else []
    return conditions + ([Condition(missing, [query.without_nicks])] if query.without_nicks else [])


def _time_conditions(query: Query) -> list[Condition]:
    starts = [query.since, _midnight(query.after) if query.after else None]
    ends = [query.until, _midnight(query.before) if query.before else None]
    conditions = [Condition("(at + '0'::interval >= %s)", [start]) for start in starts if start]
    return conditions + [Condition("(at + '0'::interval < %s)", [end]) for end in ends if end]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _index_lookup(group: Sequence[Lexemes]) -> Condition:
    """Lines that hold all words of one of the terms, next to each other or not."""
    # No word has an apostrophe or a backslash.
    terms = [[*(f"'{word}'" for word in whole), *[f"'{prefix}':*"] * bool(prefix)] for whole, prefix in group]
    lookup = " | ".join(f"({' & '.join(parts)})" for parts in terms)
    return Condition(f"({WORDS} @@ %s::tsquery)", [lookup], terms=group)


def _compare(group: Sequence[Term], *, missing: bool = False) -> Condition:
    """Lines that hold one of the terms, or none if `missing`."""
    of_text = [
        (text, "|".join(pattern(term) for term in group if term.quoted == quoted))
        for text, quoted in ((FOLDED_TEXT, False), (EXACT_TEXT, True))
    ]
    found = [(f"{text} ~ %s", expression) for text, expression in of_text if expression]
    sql = " OR ".join(comparison for comparison, _ in found)
    params = [expression for _, expression in found]
    if len(group) == 1 and all(map(is_unsegmented, group[0].folded)):
        # Folding leaves these characters as they are in most texts, and they are found within words.
        sql = f"CASE WHEN {_KEEPS_UNSEGMENTED} THEN text LIKE %s ELSE {sql} END"
        params.insert(0, f"%{group[0].folded}%")
    return Condition(f"({'NOT ' * missing}({sql}))", params)


def _prefilter(group: Sequence[Term]) -> list[Condition]:
    """Excludes most lines that lack each term, at a sixth of the cost of `_compare`, which folds them.

    What is excluded is sure: the raw text of other lines has the term in some case, or a character that folding turns
    into one of ASCII or drops.
    """
    patterns = list(map(raw_pattern, group))
    if not all(patterns):
        return _prefilter_literal(group)
    has_signs = any(_SIGN.search(term.folded) for term in group)
    other = f"{_FORMS_OF_LETTERS}{_FORMS_OF_SIGNS if has_signs else ''}{_FORMS_OF_DOTS if '.' in str(patterns) else ''}"
    either = "|".join([*patterns, _VANISHING.replace("]", f"{other}]")])
    compared = f'{TEXT_AND_TARGET} COLLATE "C" ~ %s'
    signs = [char for char in group[0].folded if _PUNCTUATION.match(char)] if len(group) == 1 else []
    if not signs:
        return [Condition(f"({compared})", [either])]
    # Most lines are ASCII without the sign, which takes a fifth of that to see. CASE keeps the order.
    sign = min(signs, key=_COMMON_SIGNS.find)
    has_form, forms = "octet_length(text) <> char_length(text)", []
    if sign in _FORMS_OF_SIGN:
        has_form, forms = f"({has_form} AND text LIKE ANY(%s))", [[f"%{form}%" for form in _FORMS_OF_SIGN[sign]]]
    has_sign = f"strpos(text, %s) > 0 OR target IS NOT NULL OR {has_form}"
    return [Condition(f"(CASE WHEN {has_sign} THEN {compared} ELSE false END)", [sign, *forms, either])]


def _prefilter_literal(group: Sequence[Term]) -> list[Condition]:
    """Excludes lines that lack the punctuation of a term that is not ASCII: nothing for several terms.

    What is excluded is sure: a text that has a normal form has the punctuation of the folded text in the same order,
    with characters between at most that vanish.
    """
    parts = [part for part in group[0].folded.split() if _PUNCTUATION.search(part)]
    if len(group) > 1 or not parts:
        return []
    signs = _PUNCTUATION.findall(max(parts, key=len))
    scattered = "".join(f"%{_escaped_for_like(sign)}" for sign in "".join(signs))
    together = f"%{_escaped_for_like(max(signs, key=len))}"
    # These have forms that only the compatibility decomposition takes apart, such as ≠.
    form = "NFKD" if set("<=>") & set("".join(signs)) else "NFKC"
    sql = (
        f"(target IS NOT NULL OR text LIKE %s OR text IS NOT {form} NORMALIZED"
        f" OR (text LIKE %s AND text ~ '{_VANISHING}'))"
    )
    return [Condition(sql, [f"{together}%", f"{scattered}%"])]


_PUNCTUATION = re.compile(r"[!#-&(-/:-@\[-`{-~]+")
"""Without quotes, which stand for other characters as well."""

_SIGN = re.compile(r"[^0-9a-z\s]")

# Characters that folding turns into letters or digits of ASCII, and into signs, as `raw_pattern` does not spell them.
_FORMS_OF_LETTERS = (
    r"\xaa\xb2\xb3\xb9\xba\xbc-\xbe\xc0-\u02b8\u02e1-\u02e3\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef"
    r"\u0e50-\u0e59\u1d2c-\u1dbb\u1e00-\u1eff\u2070-\u209c\u20a8\u2100-\u2189\u2460-\u24ea\u2c7c\u2c7d\u3250-\u33ff"
    r"\ua7f2-\ua7f9\ufb00-\ufb06\uff10-\uff5a\U00010783-\U000107a5\U0001ccd6-\U0001ccf9\U0001d400-\U0001d7ff"
    r"\U0001f100-\U0001f190\U0001fbf0-\U0001fbf9"
)
_FORMS_OF_SIGNS = (
    r"\u037e\u1fef\u203c\u2047-\u2049\u207a-\u207e\u208a-\u208e\u2474-\u24b5\u2a74-\u2a76\u3200-\u3243\ufb29"
    r"\ufe10-\ufe6b\uff01-\uff5e"
)
_FORMS_OF_DOTS = r"\u2024-\u2026"

# The characters that folding turns into a sign, where they are few.
_FORMS_OF_SIGN = {
    "^": "＾",
    "|": "｜",
    "~": "～",
    "`": "\u1fef｀",
    "[": "﹇［",
    "]": "﹈］",
    "#": "﹟＃",
    "&": "﹠＆",
    "*": "﹡＊",
    "-": "﹣－",
    "<": "﹤＜",
    ">": "﹥＞",
    "\\": "﹨＼",
    "$": "﹩＄",
    "%": "﹪％",
    "@": "﹫＠",
    "{": "︷﹛｛",
    "}": "︸﹜｝",
    ";": "\u037e︔﹔；",
    ":": "⩴︓﹕：",
    "+": "⁺₊﬩﹢＋",
    "/": "℀℁℅℆／",
    "!": "‼⁈⁉︕﹗！",
    "?": "⁇⁈⁉︖﹖？",
    "_": "︳︴﹍﹎﹏＿",
    "=": "⁼₌⩴⩵⩶﹦＝",
}
_COMMON_SIGNS = "~^`|&%#@*{}[];=+<>$\\_?!()/:-,."
"""Those that most lines have come last."""

_WILDCARD = re.compile(r"[%_\\]")

_VANISHING = FORMATTING_CODE.replace("]", f"{IGNORED}{ACCENTS}]")
_KEEPS_UNSEGMENTED = f"target IS NULL AND text IS NFKC NORMALIZED AND text !~ '{_VANISHING[:-1]}''’‘ʼʻ´׳]'"


def _escaped_for_like(text: str) -> str:
    return _WILDCARD.sub(r"\\\g<0>", text)


def pattern(term: Term) -> str:
    """A regular expression of PostgreSQL that finds the term in a text that is folded like it."""
    border, separated = f"[{SEPARATORS}{UNSEGMENTED}]", f"(?:^|[{SEPARATORS}])"
    return term_pattern(term, before=f"(?:^|{border})", after=f"(?:{border}|$)", separated=separated)
