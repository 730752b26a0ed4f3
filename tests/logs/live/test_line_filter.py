"""A filter of live lines lets through what the search would find, and everything that is no line."""

from __future__ import annotations

import pytest

from logs.live.line_filter import MAX_CHARACTERS, MAX_TERMS, FilterError, LineFilter, parse_filter
from logs.live.sse import Event, line_event, reload_block, removal_event
from logs.models import Line
from logs.render import line_record
from logs.search.query_parser import parse
from tests.logs.search.conftest import channels, fresh_table, lines  # noqa: F401  (fixtures)
from tests.logs.search.plain_sql import matches

QUERIES = ["foo", "FOO bar", "foo OR baz", "-foo bar", '"foo bar"', '"größe"', "grosse", "ba*", "日本", "-> foo", "C++"]
QUERIES += ["nick:ann", "from:EVE[m]", "-from:ann foo", "kind:join", "kind:nick bar", "kind:topic kind:notice", "2.10"]
QUERIES += ["has:link", "has:link -raku", "site:raku.org", "site:com", "don't", "text:foo from:bob", "red", "hex"]


def make_filter(query: str) -> LineFilter:
    line_filter = parse_filter(query)
    assert line_filter is not None
    return line_filter


def make_event(line: Line) -> Event:
    return line_event(line.id, line.at, "<div>", line_record(line, "/libera/foo/"))


@pytest.mark.django_db
def test_lines_pass_that_the_search_finds(fresh_table: None, lines: list[Line]) -> None:  # noqa: F811
    events = [make_event(line) for line in lines]
    for query in QUERIES:
        tree, line_filter = parse(query), make_filter(query)
        passed = line_filter.select(events)
        assert passed == [event for line, event in zip(lines, events, strict=True) if matches(tree, line)], query
        assert 0 < len(passed) < len(lines), query


def test_what_is_not_a_line_passes_the_filter() -> None:
    events = [removal_event(7, 3), Event(8, reload_block(8), reload_block(8))]
    assert make_filter("nothing").select(events) == events


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("in:#garden foo", "no in:"),
        ("after:2026-01-01", "no in:, after:"),
        ("on:2026", "on:"),
        ("sort:oldest foo", "sort:"),
        ("kind:whisper", "unknown"),
        ("-kind:join foo", "left out"),
        (" ".join("abcdefghijk"[: MAX_TERMS + 1]), f"{MAX_TERMS} terms"),
        ("a" * (MAX_CHARACTERS + 1), f"{MAX_CHARACTERS} characters"),
    ],
)
def test_what_is_no_filter_is_refused_with_a_sentence(query: str, words: str) -> None:
    with pytest.raises(FilterError, match=words):
        parse_filter(query)


def test_an_empty_query_is_no_filter() -> None:
    assert parse_filter(" ") is None
