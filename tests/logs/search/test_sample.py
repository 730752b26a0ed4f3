"""A sample of lines knows of each what the index knows, and tells how often and when conditions are met."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime
from struct import pack

import gevent
import pytest
from django.db import DatabaseError, connection, transaction

from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind, Line, Network
from logs.search import sample, sql
from logs.search.database import open_session
from logs.search.query_parser import parse
from logs.search.sample import KEY_PREFIX, Sample, read_sample, sample_cache
from tests.logs.search import plain_sql

DAYS = [date(2024, 3, 2), date(2024, 3, 1), date(2024, 3, 1), date(2023, 7, 7), date(2020, 1, 1)]


def sample_of(lines: float = 500, **found: Sequence[int]) -> Sample:
    """Five lines, and in which of them words are; `k7` is the key 7."""
    columns = {
        "day": [(day - date(1970, 1, 1)).days for day in DAYS],
        "channel": [1, 1, 2, 1, 2],
        "id": [15, 14, 23, 12, 21],
    }
    rows = [(f"{KEY_PREFIX}{name}", pack(">5i", *values)) for name, values in columns.items()]
    names = {name: name.replace("k", KEY_PREFIX) if name[1:].isdigit() else name for name in found}
    return Sample(lines, [*rows, *((names[name], pack(f">{len(n)}h", *n)) for name, n in found.items())])


def conditions(text: str, *keys: int) -> list[sql.Condition]:
    return sql.indexed(parse(text)) + ([sql.any_key(keys)] if keys else [])


@pytest.mark.parametrize(
    ("text", "keys", "having"),
    [
        ("foo", (), [0, 1, 4]),
        ("foo bar", (), [1]),
        ("foo OR bar", (), [0, 1, 2, 4]),
        ('"foo bar" OR baz', (), [1, 3]),
        ("ba*", (), [1, 2, 3]),
        ("foo ba*", (), [1]),
        ("nevertyped", (), []),
        ("foo", (7,), [0, 4]),
        ("foo", (7, 8), [0, 1, 4]),
        ("7", (), [2]),
        ("foo -bar", (), [0, 1, 4]),
    ],
)
def test_lines_have_what_the_index_looks_up(text: str, keys: tuple[int, ...], having: list[int]) -> None:
    lines = sample_of(foo=[0, 1, 4], bar=[1, 2], baz=[3], k7=[0, 2, 4], k8=[1], **{"7": [2]})
    assert list(lines.matching(conditions(text, *keys))) == having


def test_cached_sets_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logs.search.sample.MAX_CACHED_NUMBERS", 6)
    lines = sample_of(foo=[0, 1, 4], bar=[1, 2], baz=[3], k7=[0, 2, 4])
    for _ in range(3):
        for text, having in (("foo bar", [1]), ("ba*", [1, 2, 3]), ("foo ba*", [1]), ("baz", [3]), ("none such", [])):
            assert list(lines.matching(conditions(text))) == having
            assert sum(1 + len(postings.members) for postings in lines._postings.values()) <= 6


@pytest.mark.parametrize(
    ("first", "last", "during"),
    [
        (date(2024, 3, 1), date(2024, 3, 1), [1, 2]),
        (date(2023, 1, 1), date(2024, 3, 1), [1, 2, 3]),
        (date(1, 1, 1), date(9999, 12, 31), [0, 1, 2, 3, 4]),
        (date(2021, 1, 1), date(2022, 1, 1), []),
    ],
)
def test_lines_of_some_days(first: date, last: date, during: list[int]) -> None:
    assert list(sample_of().during(first, last)) == during


def test_estimates_are_never_zero() -> None:
    lines = sample_of(100_000, foo=[0, 1, 4])
    assert lines.lines_each == 20_000
    assert lines.estimate(lines.matching(conditions("foo"))) == 70_000
    assert lines.estimate(lines.matching(conditions("rare"))) == 10_000


def test_sampled_lines_know_their_day_and_place() -> None:
    lines = sample_of()
    assert [lines.day_at(position) for position in (0, 0.9, 3.5, 5)] == [DAYS[0], DAYS[0], DAYS[3], None]
    assert lines.places([0, 2]) == [(1, 15), (2, 23)]


def test_what_is_read_is_true_of_the_archive(fresh_table: None, lines: list[Line]) -> None:
    read = read_sample()
    assert 30 < len(read) < len(lines)
    assert read.days == sorted(read.days, reverse=True)
    by_place = {(line.channel_id, line.id): line for line in lines}
    sampled = [by_place[place] for place in read.places(range(len(read)))]
    assert [line.at.astimezone(UTC).date().toordinal() for line in sampled] == read.days
    for text in ["foo", "bar", "ba*", "nick:ann kind:message", "kind:message", "foo OR 1"]:
        query = parse(text)
        matching = [number for number, line in enumerate(sampled) if plain_sql.matches(query, line)]
        found = list(read.matching(sql.indexed(query)))
        # Words that one sampled line alone has are not kept: these are found by no prefix.
        assert set(found) <= set(matching), text
        assert len(matching) - len(found) <= (len(matching) // 10 if text.endswith("*") else 0), text
        really = len(plain_sql.results(query, lines, list(Channel.objects.all())))
        # Three standard deviations of how many of a word's lines a sample has, which for rare words is more than half.
        margin = max(0.5 * really, 3 * (really * read.lines_each) ** 0.5)
        assert read.estimate(matching) == pytest.approx(really, abs=margin), text


@pytest.mark.usefixtures("fresh_table")
def test_a_word_that_looks_like_a_key_is_none() -> None:
    channel = Channel.objects.create(network=Network.objects.create(name="libera"), name="#foo")
    said = [Entry(channel.pk, datetime(2024, 1, 1, tzinfo=UTC), Kind.MESSAGE, "ann", f"zebra {n}") for n in range(400)]
    with transaction.atomic():
        store_lines(said)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE logs_line")
    read = read_sample()
    assert len(read.matching([sql.any_key([channel.pk])])) == len(read) > 0
    assert not read.matching(sql.indexed(parse(str(channel.pk))))


@pytest.mark.django_db(transaction=True)
def test_no_search_waits_for_a_sample(monkeypatch: pytest.MonkeyPatch, channels: list[Channel]) -> None:
    with open_session(5) as session:
        assert not len(sample_cache.current(session))
        sample_cache.clear()
        monkeypatch.setattr(sample, "SMALL_ARCHIVE_LINES", 0)
        assert not len(sample_cache.current(session))
        with gevent.Timeout(60):
            while not len(sample_cache.current(session)):
                gevent.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_searches_go_on_without_a_sample(
    monkeypatch: pytest.MonkeyPatch, channels: list[Channel], caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise DatabaseError("no")

    monkeypatch.setattr(sample, "SMALL_ARCHIVE_LINES", 0)
    monkeypatch.setattr(sample, "read_sample", fail)
    with caplog.at_level(logging.ERROR), open_session(5) as session:
        for _ in range(3):
            assert not len(sample_cache.current(session))
            gevent.sleep(0.01)
    assert len(caplog.records) == 1


@pytest.mark.django_db(transaction=True)
def test_a_small_archive_is_looked_at_again_soon(monkeypatch: pytest.MonkeyPatch, channels: list[Channel]) -> None:
    now = 1000.0
    monkeypatch.setattr(sample, "monotonic", lambda: now)
    with open_session(5) as session:
        known = sample_cache.current(session)
        assert known.is_small_archive
        assert sample_cache.current(session) is known
        now += 1
        assert sample_cache.current(session) is not known
