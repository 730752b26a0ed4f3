"""What a query means, by looking at every line: slow and simple, so that it can be believed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from logs.models import Channel, Kind, Line
from logs.search.query_parser import Query, Term
from logs.text.names import fold
from logs.text.words import split_words

SEARCHED = {Kind.MESSAGE, Kind.ACTION, Kind.NOTICE, Kind.TOPIC}


def results(query: Query, lines: Iterable[Line], channels: Iterable[Channel]) -> list[tuple[int, int]]:
    """(channel, id) of all results, newest first."""
    ids = {channel.pk for channel in channels}
    found = [line for line in lines if line.channel_id in ids and matches(query, line)]
    found.sort(key=lambda line: (line.at, line.channel_id, line.id), reverse=True)
    return [(line.channel_id, line.id) for line in found]


def matches(query: Query, line: Line) -> bool:
    kinds = {Kind[name.upper()] for name in query.kinds} or SEARCHED
    text = line.text if line.target is None else f"{line.text} {line.target}"
    words = split_words(text)
    nick = fold(line.nick.lower())
    return (
        line.kind in kinds
        and (not query.nicks or nick in {fold(name.lower()) for name in query.nicks})
        and nick not in {fold(name.lower()) for name in query.without_nicks}
        and (not query.link or (line.kind in SEARCHED and ("://" in line.text or "www." in line.text.lower())))
        and (query.after is None or line.at >= datetime(*query.after.timetuple()[:3], tzinfo=UTC))
        and (query.before is None or line.at < datetime(*query.before.timetuple()[:3], tzinfo=UTC))
        and (query.since is None or line.at >= query.since)
        and (query.until is None or line.at < query.until)
        and all(any(holds(words, term) for term in group) for group in query.groups)
        and not any(holds(words, term) for term in query.without)
    )


def holds(words: list[str], term: Term) -> bool:
    """Whether the words of the term stand next to each other."""
    length = len(term.words)
    return any(
        tuple(words[start : start + length - 1]) == term.words[:-1] and last(words[start + length - 1], term)
        for start in range(len(words) - length + 1)
    )


def last(word: str, term: Term) -> bool:
    return word.startswith(term.words[-1]) if term.prefix else word == term.words[-1]
