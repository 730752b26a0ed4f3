"""Pages of results hold what looking at every line finds, whichever way the search takes."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import pytest
from django.db import OperationalError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logs.models import Channel, Line
from logs.search import database, results
from logs.search.database import Found
from logs.search.query_parser import Query, parse
from logs.search.results import ResultPosition, channels_in, search
from tests.logs.search import plain_sql
from tests.logs.search.conftest import NICKS, PIECES

pytestmark = pytest.mark.django_db

WHERE_A_SAMPLE_TELLS = {
    "planner.CHEAP": -1,
    "windows.CHEAP": -1e9,
    "windows.WISHED": 3,
    "windows.TELLING": 99,
    "hit_estimate.FEWEST": 1,
    "hit_estimate.LONG": 0.0,
    "hit_estimate.MISSED": 3.0,
}

# What estimates decide in an archive of millions is forced here, because 600 lines are always few.
WAYS = {
    "all at once": {},
    "in windows": {"planner.CHEAP": -1, "windows.CHEAP": -1e9, "windows.WISHED": 20},
    "in small windows": {"planner.CHEAP": -1, "windows.CHEAP": -1e9, "windows.WISHED": 3, "windows.SAMPLED_DAYS": 8},
    "in a window and then the rest": {"planner.CHEAP": -1, "windows.CHEAP": 1e9, "windows.TELLING": 99},
    "in windows without sampling": {
        "planner.CHEAP": -1,
        "windows.CHEAP": -1e9,
        "windows.WISHED": 9,
        "windows.TELLING": 1,
    },
    "by the rarest word of each phrase": {"planner.CHEAP": -1, "windows.CHEAP": -1e9, "planner.PAGE": 1e9},
    "where a sample tells": WHERE_A_SAMPLE_TELLS,
    "where a sample tells after a window with nothing": WHERE_A_SAMPLE_TELLS | {"hit_estimate.LONG": 1e9},
    "reading": {
        "planner.CHEAP": -1,
        "windows.WISHED": 5,
        "windows.READ_WISHED": 5,
        "planner.READ_WISHED": 5,
        "planner.READ_COST": 0.01,
        "planner.READ_IN_ORDER": 0.01,
    },
}

words = st.sampled_from([*PIECES, "foo", "bar", "fo", "OR", "a", "z"])
quoted = st.lists(words, min_size=1, max_size=3).map(lambda some: '"' + " ".join(some) + '"')
prefixes = st.sampled_from(["fo", "b", "1", "grö", "foo.b", "日", "ann@ex"]).map(lambda word: f"{word}*")
dates = st.sampled_from(["2024", "2024-12", "2024-12-31", "2025-1", "2025-02-03", "2025", "0001", "9999", "2024-13"])
moments = st.sampled_from(["2024-12-31T12:00Z", "2025-02-03T10:30:00.5+01:00", "2025-01-01T00:00", "2024-11-30T24:00"])
operators = st.one_of(
    st.tuples(st.sampled_from(["nick:", "from:", "-nick:"]), st.sampled_from([*NICKS, "ANN", "nobody"])),
    st.tuples(st.sampled_from(["before:", "after:", "on:"]), dates | moments),
    st.tuples(st.just("text:"), words | quoted),
    st.tuples(
        st.just("in:"), st.sampled_from(["foo", "#FOO", "##bar", "other/#foo[1]", "libera/", "Other/", "nowhere"])
    ),
    st.tuples(
        st.just("kind:"), st.sampled_from(["message", "ACTION", "topic", "join", "part", "nick", "kick", "shout"])
    ),
    st.just(("has:", "link")),
).map("".join)
terms = st.one_of(words, words, quoted, prefixes, operators)
pieces = st.one_of(terms, terms, terms, terms.map(lambda term: f"-{term}"), st.tuples(terms, terms).map(" OR ".join))
queries = st.lists(pieces, min_size=1, max_size=5).map(" ".join) | st.text(max_size=30)

same_archive = settings(max_examples=250)


def ids(lines: list[Found]) -> list[tuple[int, int]]:
    return [(line.channel_id, line.id) for line in lines]


def all_pages(query: Query, pks: list[int], *, everything: bool) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    before = None
    while True:
        shown = search(query, pks, everything=everything, before=before)
        assert len(shown.lines) <= results.SIZE
        assert not shown.too_slow
        found += ids(shown.lines)
        if not shown.more:
            return found
        before = ResultPosition.of(shown.lines[-1])


@pytest.mark.parametrize("way", WAYS)
@same_archive
@given(text=queries, everything=st.booleans())
@example(text="a*", everything=True)
@example(text="foo kind:part OR bar", everything=True)
@example(text="before:0001", everything=False)
@example(text="nick:a\0b \0", everything=True)
@example(text="-foo", everything=True)
def test_pages_hold_what_looking_at_every_line_finds(
    monkeypatch: pytest.MonkeyPatch,
    lines: list[Line],
    way: str,
    text: str,
    everything: bool,
) -> None:
    for name, value in WAYS[way].items():
        monkeypatch.setattr(f"logs.search.{name}", value)
    if "sample" in way and database._sample.get(None) is None:
        database.read_sample()
    query = parse(text)
    searched = list(channels_in(query, Channel.objects.all() if everything else Channel.objects.filter(name="#foo")))
    found = all_pages(query, [channel.pk for channel in searched], everything=everything and not query.channels)
    assert found == (plain_sql.results(query, lines, searched) if query else [])


@pytest.mark.parametrize("way", ["all at once", "in windows"])
def test_a_search_that_takes_too_long_ends_with_what_it_has(
    monkeypatch: pytest.MonkeyPatch, channels: list[Channel], slow_words: Callable[[], None], way: str
) -> None:
    for name, value in ({"results.SECONDS": 0.3} | WAYS[way]).items():
        monkeypatch.setattr(f"logs.search.{name}", value)
    started = monotonic()
    slow_words()
    found = search(parse("foo -nothing"), [channel.pk for channel in channels], everything=True)
    assert monotonic() - started < 1
    assert (found.too_slow, found.more, found.exact) == (True, True, False)
    assert Line.objects.count() == 600  # the connection is as good as before


def test_another_failure_is_no_timeout(monkeypatch: pytest.MonkeyPatch, channels: list[Channel]) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(results, "_fill", fail)
    with pytest.raises(OperationalError):
        search(parse("foo"), [channels[0].pk], everything=False)


def test_a_line_of_a_channel_that_came_up_meanwhile_is_left_out(channels: list[Channel]) -> None:
    known = [channel.pk for channel in channels[:2]]
    found = search(parse("foo"), known, everything=True)
    assert found.lines
    assert {line.channel_id for line in found.lines} == set(known)
