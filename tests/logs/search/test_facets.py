"""Counts of few results are exact, those of many are near the truth and said to be estimates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from logs.models import Channel, Line
from logs.search import facets, planner, results
from logs.search.query_parser import Query, parse
from tests.logs.search import plain_sql

pytestmark = pytest.mark.django_db


def counted(query: Query, channels: list[Channel]) -> facets.Facets:
    pks = [channel.pk for channel in channels]
    found = facets.count(results.search(query, pks, everything=True))
    assert found is not None
    return found


def test_few_results_are_counted(channels: list[Channel], lines: list[Line]) -> None:
    for text in ("foo", "größe", "foo -bar", "fo*", "nick:ann kind:part", '"foo bar"'):
        query = parse(text)
        found = counted(query, channels)
        truth = [line for line in lines if plain_sql.matches(query, line)]
        assert truth
        assert found.exact
        assert found.total == len(truth)
        assert found.channels == Counter(line.channel_id for line in truth)
        assert found.years == Counter(line.at.year for line in truth)
        assert found.nicks == Counter(line.nick for line in truth)


def test_nothing_found_is_nothing_counted(channels: list[Channel]) -> None:
    found = counted(parse("nothing"), channels)
    assert (found.total, found.exact, found.years) == (0, True, {})


@pytest.mark.parametrize("text", ["foo OR bar", "fo* OR ba*", "kind:message"])
def test_many_results_are_estimated_from_days(
    monkeypatch: pytest.MonkeyPatch, channels: list[Channel], lines: list[Line], text: str
) -> None:
    monkeypatch.setattr(planner, "CHEAP", -1)
    monkeypatch.setattr(planner, "READ_COST", 0.01)
    monkeypatch.setattr(planner, "READ_WISHED", 0)
    for name, value in {"COUNTED": -1, "FEWEST_DAYS": 45, "READ_DAYS": 45}.items():
        monkeypatch.setattr(facets, name, value)
    query = parse(text)
    found = counted(query, channels)
    truth = sum(plain_sql.matches(query, line) for line in lines)
    assert not found.exact
    assert abs(found.total - truth) < truth / 3
    assert set(found.channels) == {channel.pk for channel in channels}


def test_estimates_have_two_digits() -> None:
    day = date(2026, 3, 1)
    found = facets.Facets.of([(1, day, "ann", 2), (1, day, "bob", 3)], {day: 123.4}).rounded()
    assert (found.total, found.years[2026], found.nicks["ann"], found.exact) == (620, 620, 250, False)


def test_counting_gives_up_in_time(
    monkeypatch: pytest.MonkeyPatch, channels: list[Channel], slow_words: Callable[[], None]
) -> None:
    monkeypatch.setattr(facets, "SECONDS", 0.05)
    pks = [channel.pk for channel in channels]
    query = parse("foo -bar")
    found = results.search(query, pks, everything=True)
    slow_words()
    assert found.plan
    assert facets.count(replace(found, exact=False)) is None
