from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from logs.conversations.conversation import find_companions
from logs.conversations.reply_store import Reply, write_replies
from logs.ingest.channel_state import remove_lines
from logs.models import Channel, Kind, Line
from logs.search.passages import passages
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
    monkeypatch.setattr("logs.search.passages._NEIGHBOURS", "SELECT pg_sleep(1) /* %s %s %s %s %s %s %s */")
    monkeypatch.setattr("logs.search.passages.CONTEXT_TIMEOUT_SECONDS", 0.05)
    assert shown(talk[11]) == [([12], {12})]


def conversations_of(channel: Channel, *results: Line) -> list[tuple[list[int], set[int], bool]]:
    found = passages(results, conversations=[channel.pk])
    return [([line.id for line in passage.lines], passage.found, passage.is_conversation) for passage in found]


def test_a_result_stands_in_its_conversation(channel: Channel, talk: list[Line]) -> None:
    # 2 <- 9 <- 12 <- 18 and 9 <- 15; 3 <- 13
    answers = {2: 0, 9: 2, 12: 9, 18: 12, 15: 9, 3: 0, 13: 3, 10: 0}
    write_replies({channel.pk: {line: Reply(to, 90) for line, to in answers.items()}})
    assert conversations_of(channel, talk[11]) == [([2, 9, 12, 15, 18], {12}, True)]
    # A line that is alone has its neighbours.
    assert conversations_of(channel, talk[9]) == [([8, 9, 10, 11, 12], {10}, False)]
    # Results of one conversation share a passage, also if others were found between them.
    assert conversations_of(channel, talk[17], talk[12], talk[8], talk[9]) == [
        ([2, 9, 12, 15, 18], {18, 9}, True),
        ([3, 13], {13}, True),
        ([8, 9, 10, 11, 12], {10}, False),
    ]
    assert shown(talk[11]) == [([10, 11, 12, 13, 14], {12})]  # a channel that does not show conversations


def test_what_may_not_be_read_is_no_context(channel: Channel, talk: list[Line]) -> None:
    write_replies({channel.pk: {2: Reply(0, 90), 9: Reply(2, 90), 12: Reply(9, 90)}})
    remove_lines(channel, [2])
    assert conversations_of(channel, talk[11]) == [([9, 12], {12}, True)]


def test_a_conversation_is_shown_in_part_across_blocks(channel: Channel, say: Say) -> None:
    lines = [say(channel, "ann", f"line {n}", START + timedelta(seconds=n)) for n in range(1, 301)]
    write_replies({channel.pk: {n: Reply(max(0, n - 2), 90) for n in range(1, 301)}})
    [(ids, _, _)] = conversations_of(channel, lines[129])
    assert ids == [122, 124, 126, 128, 130, 132, 134, 136, 138]


def test_find_companions_returns_answers_and_what_is_answered() -> None:
    assert find_companions(5, {}, 8) == []
    assert find_companions(5, {5: 0, 7: 6}, 8) == []
    assert find_companions(5, {5: 0, 7: 5, 6: 5, 9: 7}, 2) == [6, 7]
    # What is answered is known even if its own answer is not.
    assert find_companions(70, {70: 3}, 8) == [3]
    # Owners may decide that lines answer each other in a circle.
    assert find_companions(5, {4: 6, 5: 4, 6: 5}, 8) == [4, 6]
