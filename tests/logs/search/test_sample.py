"""A sample of lines knows of each what the index knows, and tells how often and when conditions are met."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime
from struct import pack

import gevent
import pytest
from django.db import DatabaseError, connection, transaction

from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind, Line, Network
from logs.search import database, sql
from logs.search.query_parser import parse
from logs.search.statistics import EPOCH, KEY, Sample
from tests.logs.search import plain_sql

DAYS = [date(2024, 3, 2), date(2024, 3, 1), date(2024, 3, 1), date(2023, 7, 7), date(2020, 1, 1)]


def sample(lines: float = 500, **found: Iterable[int]) -> Sample:
    """Five lines, and in which of them words are; `k7` is the key 7."""
    days = pack(">5i", *(day.toordinal() - EPOCH for day in DAYS))
    names = {name: name.replace("k", KEY) if name[1:].isdigit() else name for name in found}
    return Sample([(None, days), *((names[name], pack(f">{len(n)}h", *n)) for name, n in found.items())], lines)


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
        ("-foo", (), [0, 1, 2, 3, 4]),
    ],
)
def test_lines_have_what_the_index_looks_up(text: str, keys: tuple[int, ...], having: list[int]) -> None:
    lines = sample(foo=[0, 1, 4], bar=[1, 2], baz=[3], k7=[0, 2, 4], k8=[1], **{"7": [2]})
    assert list(lines.having(conditions(text, *keys))) == having


def test_sets_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logs.search.statistics.MOST_HELD", 6)
    lines = sample(foo=[0, 1, 4], bar=[1, 2], baz=[3], k7=[0, 2, 4])
    for _ in range(3):
        for text, having in (("foo bar", [1]), ("ba*", [1, 2, 3]), ("foo ba*", [1]), ("baz", [3]), ("none such", [])):
            assert list(lines.having(conditions(text))) == having
            assert len(lines._sets) + sum(map(len, lines._sets.values())) <= 6


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
    assert list(sample().during(first, last)) == during


def test_a_guess_gives_way_to_what_the_sample_has() -> None:
    lines = sample(100_000, foo=[0, 1, 4])
    assert lines.corrected(60_000, conditions("foo")) == pytest.approx(60_000)
    assert 20_000 < lines.corrected(500, conditions("foo")) < 60_000
    assert lines.corrected(500, conditions("rare")) == pytest.approx(500, rel=0.05)
    assert lines.corrected(90_000, conditions("rare")) < 20_000
    assert Sample().corrected(90_000, conditions("rare")) == 90_000


@pytest.fixture
def fresh(db: None) -> None:
    """The table holds nothing of what other tests took back."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE logs_line CASCADE")


def test_what_is_read_is_true_of_the_archive(fresh: None, lines: list[Line]) -> None:
    database.read_sample()
    read = database._sample.get(None)
    assert read
    assert 30 < len(read.days) < len(lines)
    assert read.days == sorted(read.days, reverse=True)
    assert set(read.days) <= {line.at.astimezone(UTC).date().toordinal() for line in lines}
    for text in ["foo", "bar", "ba*", "nick:ann", "kind:message", "foo OR 1"]:
        query = parse(text)
        really = len(plain_sql.results(query, lines, list(Channel.objects.all())))
        assert read.each * len(read.having(sql.indexed(query))) == pytest.approx(really, rel=0.5), text


@pytest.mark.usefixtures("fresh")
def test_a_word_that_looks_like_a_key_is_none() -> None:
    channel = Channel.objects.create(network=Network.objects.create(name="libera"), name="#foo")
    said = [Entry(channel.pk, datetime(2024, 1, 1, tzinfo=UTC), Kind.MESSAGE, "ann", f"zebra {n}") for n in range(400)]
    with transaction.atomic():
        store_lines(said)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE logs_line")
    database.read_sample()
    read = database._sample.get(None)
    assert read
    assert len(read.having([sql.any_key([channel.pk])])) == len(read.days) > 0
    assert not read.having(sql.indexed(parse(str(channel.pk))))


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_sample(monkeypatch: pytest.MonkeyPatch, channels: list[Channel]) -> None:
    with database.asking(5) as ask:
        assert not ask.sample().days
        assert database._sample.last(None) is None
        monkeypatch.setattr(database, "LARGE", 0)
        assert not ask.sample().days
        with gevent.Timeout(10):
            while not ask.sample().days:
                gevent.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_searches_go_on_without_a_sample(
    monkeypatch: pytest.MonkeyPatch, channels: list[Channel], caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise DatabaseError("no")

    monkeypatch.setattr(database, "LARGE", 0)
    monkeypatch.setattr(database, "read_sample", fail)
    with caplog.at_level(logging.ERROR), database.asking(5) as ask:
        for _ in range(3):
            assert not ask.sample().days
            gevent.sleep(0.01)
    assert len(caplog.records) == 1
