"""What is expected of conditions is what PostgreSQL's planner expects of them."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection, transaction

from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind, Line
from logs.search import database, sql
from logs.search.query_parser import parse
from logs.search.statistics import STATEMENT, UNKNOWN, Frequencies
from logs.search.text_normalisation import split
from tests.logs.search.conftest import START

TEXTS = [
    *["foo", "Foo::Bar", "bar baz", "foo OR größe", '"foo bar" OR baz', "nevertyped", "foo nevertyped"],
    *["nick:ann", "nick:Zoë", "nick:nobody", "nick:ann foo bar"],
    *["kind:join", "kind:action foo", "has:link", "has:link foo"],
]


def frequencies() -> Frequencies:
    with database.asking(5) as ask:
        return ask.frequencies()


def planned(conditions: list[sql.Condition]) -> float:
    clause, params = sql.where(conditions)
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT FROM logs_line{clause}", params)
        return float(cursor.fetchone()[0][0]["Plan"]["Plan Rows"])


@pytest.mark.parametrize("text", TEXTS)
def test_the_planner_expects_the_same(channels: list[Channel], text: str) -> None:
    known, conditions = frequencies(), sql.indexed(parse(text))
    assert conditions
    assert known.expected(conditions) == pytest.approx(planned(conditions), abs=1.5, rel=0.02)


@pytest.mark.parametrize("text", ["ba*", "foo ba*", "foo OR ba*", "1*", "1* nick:ann", "neverty*"])
def test_the_planner_expects_as_many_beginnings_once_it_knows_words(channels: list[Channel], text: str) -> None:
    said = [
        Entry(channels[0].pk, START, Kind.MESSAGE, "ann", " ".join(map(str, range(n % 7, 150)))) for n in range(100)
    ]
    with transaction.atomic():
        store_lines(said)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE logs_line")
    known, conditions = frequencies(), sql.indexed(parse(text))
    assert len(known.words.common) > 100
    assert known.expected(conditions) == pytest.approx(planned(conditions), abs=1.5, rel=0.02)


def test_beginnings_are_expected_of_few_words_too(channels: list[Channel]) -> None:
    spoken = [
        line for line in Line.objects.filter(kind__in=sql.WORDY) if {"bar", "bard", "baz"} & set(split(line.text))
    ]
    assert frequencies().expected(sql.indexed(parse("ba*"))) == pytest.approx(len(spoken), rel=0.2)


def test_channels_and_months_are_added_up(channels: list[Channel]) -> None:
    known, ids = frequencies(), [channel.pk for channel in channels]
    assert known.lines == known.expected([sql.any_key(ids)]) == 600
    assert known.months.until(date.max.toordinal()) == pytest.approx(600, rel=0.05)


@pytest.mark.django_db
def test_nothing_is_known_before_the_first_analyze() -> None:
    known = Frequencies.of([(-1.0, None, None, None)])
    assert known.expected([]) == known.expected(sql.indexed(parse("foo ba* nick:ann"))) == 1
    assert known.months.until(date.max.toordinal()) == 0
    assert known.words.of("foo") == known.words.of_beginning("fo") == UNKNOWN
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT)
        assert cursor.fetchall()


@pytest.mark.django_db
@pytest.mark.parametrize("nick", ["ann", "Eve[m]", "a\\b", "~tilde", "Zoë", "日本"])
def test_keys_of_nicks_are_those_of_the_index(nick: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT logs_nick_key(%s)", [nick])
        assert cursor.fetchone() == (sql.nick_key(nick),)
