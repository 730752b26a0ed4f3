"""Gaps open, close, and shrink by what is recorded after all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from logs.ingest.channel_state import MAX_SEEN_BOTS, shrink_gaps
from logs.ingest.entry import BotSeen, GapClosed, GapCovered, GapOpened, Record, decode, encode
from logs.ingest.journal import Position
from logs.models import Channel, Gap, JournalPosition, Network
from logs.recording.apply import JournalStep, apply_record, commit_batch, stored_position
from tests import examples

START = datetime(2026, 1, 1, tzinfo=UTC)


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


def gaps(channel: Channel) -> list[tuple[int, int | None]]:
    def number(at: datetime | None) -> int | None:
        return None if at is None else int((at - START).total_seconds() // 60)

    rows = Gap.objects.filter(channel=channel).order_by("from_at").values_list("from_at", "to_at")
    return [(number(start) or 0, number(end)) for start, end in rows]


def test_a_gap_is_open_once_and_closed_once(channel: Channel) -> None:
    apply_record(GapOpened(channel.pk, minute(1), "connection"))
    apply_record(GapOpened(channel.pk, minute(2), "stopped"))
    assert gaps(channel) == [(1, None)]
    apply_record(GapClosed(channel.pk, minute(3)))
    apply_record(GapClosed(channel.pk, minute(4)))
    assert gaps(channel) == [(1, 3)]


def test_a_gap_that_ends_before_it_begins_is_none(channel: Channel) -> None:
    apply_record(GapOpened(channel.pk, minute(5), "connection"))
    apply_record(GapClosed(channel.pk, minute(4)))
    assert gaps(channel) == []


@pytest.mark.parametrize(
    ("covered", "remaining"),
    [
        ((0, 2), [(2, 6)]),
        ((0, 9), []),
        ((1, 6), []),
        ((3, 4), [(1, 3), (4, 6)]),
        ((3, 9), [(1, 3)]),
        ((6, 9), [(1, 6)]),
        ((0, 1), [(1, 6)]),
    ],
)
def test_covered_gaps_are_deleted(channel: Channel, covered: tuple[int, int], remaining: list[tuple[int, int]]) -> None:
    Gap.objects.create(channel=channel, from_at=minute(1), to_at=minute(6), reason="connection")
    apply_record(GapCovered(channel.pk, minute(covered[0]), minute(covered[1])))
    assert gaps(channel) == remaining


@settings(max_examples=examples.count(20, nightly=50))
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8)), max_size=4),
    st.tuples(st.integers(0, 20), st.integers(1, 8)),
    st.booleans(),
)
def test_covering_takes_just_that_interval(
    channel: Channel, spans: list[tuple[int, int]], covered: tuple[int, int], still_open: bool
) -> None:
    Gap.objects.filter(channel=channel).delete()
    for start, length in spans:
        Gap.objects.create(channel=channel, from_at=minute(start), to_at=minute(start + length), reason="connection")
    if still_open:
        Gap.objects.create(channel=channel, from_at=minute(10), to_at=None, reason="connection")

    def missing() -> set[int]:
        return {number for start, end in gaps(channel) for number in range(start, 40 if end is None else end)}

    before = missing()
    shrink_gaps(channel.pk, minute(covered[0]), minute(sum(covered)))
    assert missing() == before - set(range(covered[0], sum(covered)))


@pytest.mark.parametrize("record", [GapOpened(1, START, "left"), GapClosed(1, START), GapCovered(1, START, minute(1))])
def test_records_survive_the_journal(record: Record) -> None:
    assert decode(encode(record)) == record


def test_a_channel_that_is_gone_has_no_gaps(db: None) -> None:
    apply_record(GapOpened(999_999, START, "connection"))
    apply_record(GapCovered(999_999, START, minute(1)))
    assert not Gap.objects.exists()


@pytest.mark.django_db
def test_a_batch_that_says_until_when_all_is_stored_moves_that_time_and_others_leave_it() -> None:
    """What two bots store of each other depends on it."""
    positions = [Position(1, offset) for offset in (0, 10, 20, 30)]
    stored_position("j", positions[0])
    seen = []
    for start, end, heard_until in zip(positions, positions[1:], (minute(1), None, minute(2)), strict=False):
        commit_batch(JournalStep("j", start, end, heard_until), [], pytest.fail)
        row = JournalPosition.objects.get(journal="j")
        seen.append((row.offset, row.heard_until))
    assert seen == [(10, minute(1)), (20, minute(1)), (30, minute(2))]


def test_bots_that_the_server_marks_are_remembered_once_and_not_without_end(channel: Channel) -> None:
    for nick in ("Bot[", "bot{", "other"):
        apply_record(BotSeen(channel.pk, nick))
    channel.refresh_from_db()
    assert channel.bot_nicks == {"bot{", "other"}
    for number in range(MAX_SEEN_BOTS):
        apply_record(decode(encode(BotSeen(channel.pk, f"bot{number}"))))  # type: ignore[arg-type]
    channel.refresh_from_db()
    assert channel.bot_nicks == {f"bot{number}" for number in range(MAX_SEEN_BOTS)}


def test_the_gaps_of_many_channels_take_few_statements_and_those_of_one_keep_their_order(
    network: Network, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    channels = [Channel.objects.create(network=network, name=f"#c{number}") for number in range(40)]
    records: list[Record] = [GapOpened(channel.pk, minute(1), "connection") for channel in channels]
    records.append(GapOpened(999_999, minute(1), "connection"))
    records += [GapClosed(channel.pk, minute(2)) for channel in channels]
    records += [GapOpened(channels[0].pk, minute(3), "stopped"), GapCovered(channels[0].pk, minute(3), minute(4))]
    start, end = Position(1, 0), Position(1, 10)
    stored_position("j", start)
    with django_assert_max_num_queries(20):
        commit_batch(JournalStep("j", start, end), records, pytest.fail)
    assert gaps(channels[0]) == [(1, 2), (4, None)]
    assert all(gaps(channel) == [(1, 2)] for channel in channels[1:])
