"""What a query means, by looking at every line: slow and simple, so that it can be believed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from logs.models import Channel, Kind, Line
from logs.search.query_parser import Query, Term
from logs.text.markup import find_links
from logs.text.names import fold as fold_nick
from logs.text.words import fold, fold_exactly, is_segmented, is_unsegmented, is_word_character, strip_codes

FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
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
    nick = fold_nick(line.nick.lower())
    return (
        line.kind in kinds
        and (not query.nicks or nick in {fold_nick(name.lower()) for name in query.nicks})
        and nick not in {fold_nick(name.lower()) for name in query.without_nicks}
        and (not query.link or (line.kind in SEARCHED and ("://" in line.text or "www." in line.text.lower())))
        and (not query.sites or (line.kind in SEARCHED and links_to(line.text, query.sites)))
        and (query.after is None or line.at >= datetime(*query.after.timetuple()[:3], tzinfo=UTC))
        and (query.before is None or line.at < datetime(*query.before.timetuple()[:3], tzinfo=UTC))
        and (query.since is None or line.at >= query.since)
        and (query.until is None or line.at < query.until)
        and all(any(contains(text, term) for term in group) for group in query.groups)
        and not any(contains(text, term) for term in query.without)
    )


def links_to(text: str, hosts: list[str]) -> bool:
    """Whether one of the links that the page shows leads to one of the hosts, or to one below it."""
    links = [urlsplit(link.href).hostname or "" for link in find_links(strip_codes(text))]
    return any(f".{fold(found)}".endswith(f".{host}") for found in links for host in hosts)


def contains(text: str, term: Term) -> bool:
    """Whether the text of a line holds that of the term between borders of words."""
    text = fold_exactly(text) if term.quoted else fold(text)
    return any(begins_with(text, start, term) and ends(text, start, term) for start in range(len(text)))


def begins_with(text: str, start: int, term: Term) -> bool:
    """Whether a word may begin here; `v` or `0x` may stand before a number, and flags are two letters each."""
    if text[start] in FLAG_LETTERS and text[start] == term.folded[0]:
        return (start - len(text[:start].rstrip(FLAG_LETTERS))) % 2 == 0
    heads = ["", "v", "0x", "v0x"] if text[start] in "0123456789" else ["", "0x", "v0x"]
    heads = heads if text[start] in "0123456789abcdef" else [""]
    return any(
        text[:start].endswith(head)
        and is_border(text, start - len(head))
        and not (head and is_unsegmented(text[: start - len(head)][-1:] or " "))
        for head in heads
    ) or not is_segmented(term.folded[0])


def ends(text: str, start: int, term: Term) -> bool:
    """Whether the term begins at `start` and ends at the border of a word."""
    position = start
    folded = term.folded.strip() if term.quoted else re.sub(r"(?<=\w)'(?=\w)", "", term.folded.strip())
    for number, char in enumerate(folded):
        if number and not term.quoted and text[position : position + 1] == "'" and are_words(folded[number - 1] + char):
            position += 1
        if char == " ":
            between_words = are_words(folded[number - 1] + folded[number + 1])
            first = position
            while position < len(text) and (
                not is_word_character(text[position]) if between_words else text[position].isspace()
            ):
                position += 1
            if position == first:
                return False
        elif position < len(text) and text[position] == char:
            position += 1
        else:
            return False
    return term.prefix or is_border(text, position) or not is_segmented(folded[-1])


def are_words(chars: str) -> bool:
    return all(map(is_word_character, chars))


def is_border(text: str, position: int) -> bool:
    """Whether no word goes on from the character before this position to the one behind it."""
    return not (0 < position < len(text) and is_segmented(text[position - 1]) and is_segmented(text[position]))
