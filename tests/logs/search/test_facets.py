"""Counts of few results are exact, those of many are near the truth and said to be estimates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from math import sqrt

import pytest

from logs.models import Channel, Line
from logs.search import facets, results, sample
from logs.search.query_parser import Query, parse
from logs.search.sample import sample_cache
from tests.logs.search import plain_sql

pytestmark = pytest.mark.django_db


def counted(query: Query, channels: list[Channel]) -> facets.Facets:
    pks = [channel.pk for channel in channels]
    found = facets.count_facets(results.search(query, pks, all_channels=True))
    assert found is not None
    return found


def test_few_results_are_counted(channels: list[Channel], lines: list[Line]) -> None:
    for text in ("foo", "größe", "foo -bar", "fo*", "nick:ann kind:part", '"foo bar"'):
        query = parse(text)
        found = counted(query, channels)
        expected = [line for line in lines if plain_sql.matches(query, line)]
        assert expected
        assert found.is_exact
        assert found.total == len(expected)
        assert found.channels == Counter(line.channel_id for line in expected)
        assert found.years == Counter(line.at.year for line in expected)
        assert found.nicks == Counter(line.nick for line in expected)


def test_nothing_found_is_nothing_counted(channels: list[Channel]) -> None:
    found = counted(parse("nothing"), channels)
    assert (found.total, found.is_exact, found.years) == (0, True, {})


@pytest.mark.parametrize("text", ["foo OR bar", "fo* OR ba*", "kind:message", "nick:ann", '"foo bar"'])
@pytest.mark.parametrize("max_sampled", [10, 1000])
def test_many_results_are_estimated_from_a_sample(
    monkeypatch: pytest.MonkeyPatch, fresh_table: None, channels: list[Channel], text: str, max_sampled: int
) -> None:
    monkeypatch.setattr(sample, "SMALL_ARCHIVE_LINES", 0)
    monkeypatch.setattr(facets, "MAX_COUNTED", -1)
    monkeypatch.setattr(facets, "MAX_SAMPLED", max_sampled)
    lines = list(Line.objects.all())
    sample_cache.store(sample.read_sample())
    query = parse(text)
    page = replace(results.search(query, [channel.pk for channel in channels], all_channels=True), is_exact=False)
    found = facets.count_facets(page)
    expected = [line for line in lines if plain_sql.matches(query, line)]
    assert found
    assert not found.is_exact
    # Twice the standard error of a share of that number of sampled lines, and the rounding to one digit.
    chosen = min(max_sampled, len(page.plan.hits if page.plan else []))
    error = 2 / sqrt(chosen) + 0.1
    assert abs(found.total - len(expected)) <= len(expected) * error
    assert set(found.channels) <= {channel.pk for channel in channels}
    # Each is rounded by itself.
    assert sum(found.years.values()) == pytest.approx(found.total, rel=0.5)
    assert set(found.nicks) <= {line.nick for line in expected}


def test_an_erased_line_is_not_estimated(
    monkeypatch: pytest.MonkeyPatch, fresh_table: None, channels: list[Channel]
) -> None:
    """The sample may be an hour old; names that are gone from the archive do not come back from it."""
    monkeypatch.setattr(sample, "SMALL_ARCHIVE_LINES", 0)
    monkeypatch.setattr(facets, "MAX_COUNTED", -1)
    sample_cache.store(sample.read_sample())
    Line.objects.filter(nick__in=["bob", "Zoë"]).delete()
    page = results.search(parse("kind:message"), [channel.pk for channel in channels], all_channels=True)
    found = facets.count_facets(replace(page, is_exact=False))
    assert found
    assert found.nicks
    assert not {"bob", "Zoë"} & set(found.nicks)


def test_estimates_are_rounded_to_one_or_two_digits() -> None:
    day = date(2026, 3, 1)
    few = facets.Facets.of([(1, day, "ann", 2), (1, day, "bob", 3)]).scaled(123.4)
    assert (few.total, few.years[2026], few.nicks["ann"], few.is_exact) == (600, 600, 200, False)
    many = facets.Facets.of([(1, day, "ann", 250), (1, day, "bob", 3)]).scaled(12.34)
    assert (many.total, many.years[2026], many.nicks["ann"], many.nicks["bob"]) == (3100, 3100, 3100, 37)


def test_counting_gives_up_in_time(
    monkeypatch: pytest.MonkeyPatch, channels: list[Channel], slow_words: Callable[[], None]
) -> None:
    monkeypatch.setattr(facets, "FACETS_TIMEOUT_SECONDS", 0.05)
    pks = [channel.pk for channel in channels]
    query = parse("foo -bar")
    found = results.search(query, pks, all_channels=True)
    slow_words()
    assert found.plan
    assert facets.count_facets(replace(found, is_exact=False)) is None
