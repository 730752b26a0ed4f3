"""Gaps in the database: each change takes an id of the channel, under the lock that all writers of lines take first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import gevent
import pytest
from django.db import connection, transaction
from gevent.event import Event

from logs.ingest.channel_state import add_gaps, close_gap, open_gap, open_gaps, shrink_gaps
from logs.ingest.entry import Entry, GapClosed, GapCovered, GapOpened
from logs.ingest.store import store_lines
from logs.models import Channel, Gap, GapChange, Kind, LineCounter
from logs.models.line import Reason
from logs.models.line_counts import lock_counters
from logs.recording.apply import commit_records
from tests.conftest import Say
from tests.processes import is_waiting_for_a_lock, wait_for

AT = datetime(2026, 1, 2, 3, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return AT + timedelta(minutes=minutes)


def changes(channel: Channel) -> dict[int, list[Any]]:
    """The newest change of each gap, in order: its id, and the gap as it is now."""
    gaps = {gap.pk: [gap.from_at, gap.to_at] for gap in Gap.objects.filter(channel=channel)}
    return {row.id: gaps.get(row.gap, []) for row in GapChange.objects.filter(channel=channel).order_by("id")}


@pytest.mark.django_db
def test_each_change_takes_an_id_between_those_of_lines(channel: Channel, say: Say) -> None:
    assert say(channel, "ann", "1").id == 1
    with transaction.atomic():
        open_gap(channel.pk, at(0), Reason.LEFT)
    assert changes(channel) == {2: [at(0), None]}
    assert say(channel, "ann", "3").id == 3
    with transaction.atomic():
        open_gap(channel.pk, at(1), Reason.LEFT)  # it is open already: nothing changes
        close_gap(channel.pk, at(10))
    assert changes(channel) == {4: [at(0), at(10)]}
    with transaction.atomic():
        shrink_gaps(channel.pk, at(4), at(6))
    assert changes(channel) == {5: [at(6), at(10)], 6: [at(0), at(4)]}
    with transaction.atomic():
        shrink_gaps(channel.pk, at(5), at(11))
    assert changes(channel) == {6: [at(0), at(4)], 7: []}
    with transaction.atomic():
        shrink_gaps(channel.pk, at(3), at(5))
        shrink_gaps(channel.pk, at(-1), at(1))
    assert changes(channel) == {7: [], 9: [at(1), at(3)]}
    assert say(channel, "ann", "10").id == 10


@pytest.mark.django_db
def test_gaps_of_many_channels_change_by_one_statement_each(channel: Channel) -> None:
    channels = [channel, *(Channel.objects.create(network=channel.network, name=f"#c{n}") for n in range(3))]
    with transaction.atomic():
        open_gaps([GapOpened(row.pk, at(0), Reason.CONNECTION) for row in reversed(channels)])
    assert [changes(row) for row in channels] == [{1: [at(0), None]}] * 4
    close_gap(channels[1].pk, at(-1))  # it would end before it began: there is none
    assert changes(channels[1]) == {2: []}
    assert LineCounter.objects.get(channel=channels[1]).last_id == 2
    assert LineCounter.objects.get(channel=channels[2]).last_id == 1


@pytest.mark.django_db
def test_gaps_known_from_elsewhere_are_added_once(channel: Channel) -> None:
    def gap(start: float, end: float | None) -> Gap:
        to_at = None if end is None else at(end)
        return Gap(channel=channel, from_at=at(start), to_at=to_at, reason=Reason.RESTORED)

    with transaction.atomic():
        open_gap(channel.pk, at(0), Reason.LEFT)
        for _ in range(2):
            add_gaps([gap(-20, -10), gap(-20, -10), gap(-9, -5), gap(1, None)])
    found = list(Gap.objects.order_by("from_at").values_list("from_at", "to_at"))
    assert found == [(at(-20), at(-10)), (at(-9), at(-5)), (at(0), None)]
    assert set(changes(channel)) == {1, 2, 3}


@pytest.mark.django_db
def test_nothing_is_left_of_a_channel_that_is_deleted(channel: Channel) -> None:
    with transaction.atomic():
        open_gap(channel.pk, at(0), Reason.LEFT)
    channel.delete()
    assert not GapChange.objects.exists()
    assert not LineCounter.objects.exists()
    open_gap(channel.pk, at(0), Reason.LEFT)
    assert not Gap.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["lines", "gaps"])
def test_a_batch_locks_all_its_channels_in_one_order(channel: Channel, first: str) -> None:
    """Else two bots of a network wait for each other: one has the lines of a channel, one the gap of another."""
    other = Channel.objects.create(network=channel.network, name="#other")
    locked, go_on = Event(), Event()

    def line(row: Channel) -> Entry:
        return Entry(row.pk, AT, Kind.MESSAGE, "ann", first)

    def hold() -> None:
        with transaction.atomic():
            lock_counters({channel.pk})
            locked.set()
            go_on.wait()
            store_lines([line(other)])
        connection.close()

    def store() -> None:
        records = [line(other), GapOpened(channel.pk, at(0), Reason.LEFT)]
        if first == "gaps":
            records = [GapOpened(other.pk, at(0), Reason.LEFT), GapClosed(other.pk, at(1))]
            records += [GapCovered(channel.pk, at(0), at(1)), line(other)]
        commit_records(lambda: None, records, lambda record, why: pytest.fail(f"{record}: {why}"))
        connection.close()

    jobs = [gevent.spawn(hold)]
    locked.wait()
    jobs.append(gevent.spawn(store))
    wait_for(is_waiting_for_a_lock, 10)
    go_on.set()
    gevent.joinall(jobs, raise_error=True)
    assert set(LineCounter.objects.values_list("channel", flat=True)) == {channel.pk, other.pk}
