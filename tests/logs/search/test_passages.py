from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from logs.models import Channel, Kind, Line
from logs.search.results import passages
from tests.conftest import Say

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def talk(channel: Channel, say: Say) -> list[Line]:
    """Lines 1 to 20, two in each minute; 5, 6 and 7 only come and go."""
    return [
        say(
            channel,
            "ann",
            f"line {n}",
            START + timedelta(minutes=n // 2),
            kind=Kind.JOIN if n in {5, 6, 7} else Kind.MESSAGE,
        )
        for n in range(1, 21)
    ]


def shown(*results: Line) -> list[tuple[list[int], set[int]]]:
    return [([line.id for line in passage.lines], passage.found) for passage in passages(results)]


def test_a_result_stands_between_its_neighbours(talk: list[Line]) -> None:
    assert shown(talk[11]) == [([10, 11, 12, 13, 14], {12})]


def test_comings_and_goings_are_no_context_but_may_be_results(talk: list[Line]) -> None:
    assert shown(talk[7]) == [([3, 4, 8, 9, 10], {8})]
    assert shown(talk[5]) == [([3, 4, 6, 8, 9], {6})]
    assert shown(talk[7], talk[5]) == [([3, 4, 6, 8, 9, 10], {6, 8})]


def test_the_ends_of_a_channel_have_less_around_them(talk: list[Line]) -> None:
    assert shown(talk[19], talk[0]) == [([18, 19, 20], {20}), ([1, 2, 3], {1})]


def test_neighbours_share_a_passage(talk: list[Line]) -> None:
    assert shown(talk[17], talk[14], talk[11]) == [([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20], {12, 15, 18})]
    assert shown(talk[17], talk[11]) == [([16, 17, 18, 19, 20], {18}), ([10, 11, 12, 13, 14], {12})]


def test_a_long_run_of_results_is_broken_into_passages_that_share_no_line(channel: Channel, say: Say) -> None:
    lines = [say(channel, "ann", "hi", START + timedelta(minutes=n)) for n in range(30)]
    found = passages(lines[::-1])
    assert sorted(number for passage in found for number in passage.found) == list(range(1, 31))
    assert [line.id for passage in reversed(found) for line in passage.lines] == list(range(1, 31))
    assert len(found) == 3
    assert all(passage.found <= {line.id for line in passage.lines} for passage in found)


def test_other_channels_are_no_context(talk: list[Line], channel: Channel, say: Say) -> None:
    other = Channel.objects.create(network=channel.network, name="#other")
    line = say(other, "bob", "alone", START + timedelta(minutes=6))
    assert shown(talk[12], line, talk[11]) == [
        ([11, 12, 13, 14, 15], {13}),
        ([1], {1}),
        ([10, 11, 12, 13, 14], {12}),
    ]


def test_no_results_have_no_passages(db: None) -> None:
    assert passages([]) == []


def test_results_come_without_context_if_that_takes_too_long(monkeypatch: pytest.MonkeyPatch, talk: list[Line]) -> None:
    monkeypatch.setattr("logs.search.results._CONTEXT", "SELECT pg_sleep(1) /* %s %s %s %s %s %s %s */")
    monkeypatch.setattr("logs.search.results.CONTEXT_TIMEOUT_SECONDS", 0.05)
    assert shown(talk[11]) == [([12], {12})]
