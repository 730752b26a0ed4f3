"""What every backplane promises: announcements, states and events, also while its server is killed and comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import gevent
import pytest
from django.db import connection, transaction
from django.test import override_settings

from logs.ingest.channel_state import close_gap, open_gap, remove_lines, shrink_gaps
from logs.live.backplane import DELETED, RECENT_EVENTS, Backplane, BackplaneError, FollowedChannel
from logs.live.backplane.postgres import PostgresBackplane
from logs.live.backplane.redis import MIN_EVENTS, RedisBackplane
from logs.live.relay import Relay
from logs.live.sse import Event
from logs.models import Channel, Gap
from logs.models.line import Reason
from tests.logs.live.outages import database_away
from tests.logs.live.reader import last_id, write
from tests.processes import wait_for
from tests.redis import Redis

pytestmark = pytest.mark.django_db(transaction=True)


class Tried(NamedTuple):
    """A backplane, how to open another one to the same server, and how to take the server away for a while."""

    backplane: Backplane
    another: Callable[[], Backplane]
    unreachable: Callable[[], AbstractContextManager[None]]


@pytest.fixture(params=["postgres", "redis"])
def tried(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tried]:
    if request.param == "postgres":
        backplane = PostgresBackplane()
        backplane.connect()
        yield Tried(backplane, PostgresBackplane, database_away)
        backplane.close()
        return
    with Redis(tmp_path) as server, override_settings(REDIS_URL=server.url):

        @contextmanager
        def unreachable() -> Iterator[None]:
            server.kill()
            yield
            server.start()

        relay = Relay()
        relaying = gevent.spawn(relay.run)
        by_redis = RedisBackplane()
        by_redis.connect()
        yield Tried(by_redis, RedisBackplane, unreachable)
        by_redis.close()
        relaying.kill()
        relay.backplane.close()
        connection.close()


@pytest.fixture
def followed(channel: Channel) -> FollowedChannel:
    return FollowedChannel(channel.pk, channel.get_absolute_url(), channel.visibility)


def announced(backplane: Backplane, channel: Channel, last: int) -> None:
    """Waits until the line is announced."""
    wait_for(lambda: backplane.wait(0.5).last_ids.get(channel.pk, 0) >= last, 5)


def all_newer(backplane: Backplane, followed: FollowedChannel, after: int, page: int = 70) -> list[Event]:
    events: list[Event] = []
    while found := backplane.fetch_newer(followed, after, page):
        events += found
        after = found[-1].id
    return events


def wait_for_event(backplane: Backplane) -> bool:
    try:
        backplane.wait(0.1)
    except BackplaneError:
        return False
    return True


def up_to_date(backplane: Backplane, channel: Channel) -> bool:
    """Whether the server answers and knows the newest line."""
    try:
        backplane.connect()
        state = backplane.fetch_states([channel.pk]).get(channel.pk)
    except BackplaneError:
        return False
    return state is not None and state.last_id == last_id(channel)


def test_a_line_is_announced_and_there(tried: Tried, channel: Channel, followed: FollowedChannel) -> None:
    for count in (1, 3, 300):
        newest = write(channel, count)
        announced(tried.backplane, channel, newest)
    assert not tried.backplane.wait(0.2)
    assert tried.backplane.fetch_states([channel.pk]) == {channel.pk: ("public", newest)}
    assert [event.id for event in all_newer(tried.backplane, followed, 0)] == list(range(1, newest + 1))
    assert [event.id for event in all_newer(tried.backplane, followed, newest - 3)] == [newest - 2, newest - 1, newest]
    assert all_newer(tried.backplane, followed, newest) == []
    recent = [event.id for event in tried.backplane.fetch_newest(followed)]
    assert recent == list(range(newest - RECENT_EVENTS + 1, newest + 1))
    one = tried.backplane.fetch_newer(followed, newest - 1, 10)
    reading = PostgresBackplane()
    assert one == reading.fetch_newer(followed, newest - 1, 10)
    reading.close()
    assert b"line 299" in one[0].block


def test_channels_are_distinguished(tried: Tried, channel: Channel, followed: FollowedChannel) -> None:
    other = Channel.objects.create(network=channel.network, name="#other")
    write(channel, 2, "here")
    write(other, 5, "there")
    announced(tried.backplane, other, 5)
    assert len(all_newer(tried.backplane, followed, 0)) == 2
    assert all(b"here" in event.block for event in all_newer(tried.backplane, followed, 0))


def test_lines_written_while_the_server_is_away_are_there_after_it(
    tried: Tried, channel: Channel, followed: FollowedChannel
) -> None:
    announced(tried.backplane, channel, write(channel, 10))
    for _ in range(3):
        before = last_id(channel)
        with tried.unreachable():
            wait_for(lambda: not wait_for_event(tried.backplane), 5)
            newest = write(channel, 30)
        wait_for(lambda: up_to_date(tried.backplane, channel), 20)
        events = all_newer(tried.backplane, followed, before)
        assert [event.id for event in events] == list(range(before + 1, newest + 1))
    announced(tried.backplane, channel, write(channel, 1))


def test_a_backplane_opened_later_finds_what_was_said(
    tried: Tried, channel: Channel, followed: FollowedChannel
) -> None:
    announced(tried.backplane, channel, write(channel, 50))
    later = tried.another()
    later.connect()
    assert len(all_newer(later, followed, 0)) == 50
    newest = write(channel, 1)
    announced(later, channel, newest)
    later.close()


def test_the_first_lines_of_a_new_channel_are_announced_however_late_they_are_read(
    tried: Tried, channel: Channel
) -> None:
    """A new channel has the id 0, which in an announcement means something else."""
    wait_for(lambda: tried.backplane.fetch_states([channel.pk]).get(channel.pk) == ("public", 0), 5)
    newest = write(channel, 50)
    wait_for(lambda: tried.backplane.fetch_states([channel.pk])[channel.pk].last_id == newest, 5)
    announcements = tried.backplane.wait(5)
    assert announcements.last_ids == {channel.pk: newest}
    assert announcements.visibility_changes == set()


def test_a_change_of_visibility_and_a_line_in_one_batch_are_both_announced(tried: Tried, channel: Channel) -> None:
    announced(tried.backplane, channel, write(channel, 5))
    with transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(visibility="members")
        newest = write(channel, 1)
    wait_for(lambda: tried.backplane.fetch_states([channel.pk])[channel.pk] == ("members:0", newest), 5)
    announcements = tried.backplane.wait(5)
    assert announcements.last_ids == {channel.pk: newest}
    assert announcements.visibility_changes == {channel.pk}


def test_the_oldest_events_kept_are_complete_from_exactly_their_predecessor(
    tried: Tried, channel: Channel, followed: FollowedChannel
) -> None:
    """A reader whose last event is the one before them misses nothing; for one before that something is gone."""
    for _ in range(3):
        newest = write(channel, MIN_EVENTS)
        announced(tried.backplane, channel, newest)
    oldest = next(after + 1 for after in range(newest) if tried.backplane.fetch_newer(followed, after, 1) is not None)
    assert oldest <= newest - MIN_EVENTS + 1
    assert [event.id for event in all_newer(tried.backplane, followed, oldest - 1)] == list(range(oldest, newest + 1))
    if oldest > 1:
        assert tried.backplane.fetch_newer(followed, oldest - 2, 1) is None


def test_a_removed_line_is_nowhere_and_its_removal_in_its_place(
    tried: Tried, channel: Channel, followed: FollowedChannel
) -> None:
    write(channel, 5, "secret")
    announced(tried.backplane, channel, 5)
    assert remove_lines(channel, [2, 4, 77]) == 2
    announced(tried.backplane, channel, 7)
    write(channel, 1)
    announced(tried.backplane, channel, 8)
    for events in (all_newer(tried.backplane, followed, 0), tried.backplane.fetch_newest(followed)):
        assert [(event.id, event.removes) for event in events] == [
            (1, None),
            (3, None),
            (5, None),
            (6, 2),
            (7, 4),
            (8, None),
        ]
        assert not any(b"secret 1" in event.block or b"secret 3" in event.block for event in events)


def test_gaps_come_in_their_newest_state(tried: Tried, channel: Channel, followed: FollowedChannel) -> None:
    at = datetime(2026, 1, 2, 3, tzinfo=UTC)
    write(channel, 1)
    with transaction.atomic():
        open_gap(channel.pk, at, Reason.CONNECTION)
    announced(tried.backplane, channel, 2)
    [opened] = all_newer(tried.backplane, followed, 1)
    gap = Gap.objects.get().pk
    start = '"start":"2026-01-02T03:00:00.000000Z"'
    words = '"reason":"connection","words":"connection lost"'
    assert opened.record.decode() == f'id: 2\nevent: gap\ndata: {{"id":2,"gap":{gap},{start},"end":null,{words}}}\n\n'
    assert f'<p class=\\"gap\\" role=\\"note\\" data-gap=\\"{gap}\\"><span>Not recorded since ' in opened.block.decode()
    with transaction.atomic():
        close_gap(channel.pk, at + timedelta(minutes=5))
    announced(tried.backplane, channel, 3)
    [closed] = all_newer(tried.backplane, followed, 2)
    assert f'{{"id":3,"gap":{gap},{start},"end":"2026-01-02T03:05:00.000000Z",{words}}}' in closed.record.decode()
    write(channel, 1)
    with transaction.atomic():
        shrink_gaps(channel.pk, at, at + timedelta(hours=1))
    announced(tried.backplane, channel, 5)
    [_, filled] = all_newer(tried.backplane, followed, 3)
    assert filled == Event(5, *[b'id: 5\nevent: gap-removal\ndata: {"id":5,"gap":%d}\n\n' % gap] * 2)
    assert [event.id for event in tried.backplane.fetch_newest(followed)][-2:] == [4, 5]


def test_nothing_more_comes_once_others_may_read(tried: Tried, channel: Channel, followed: FollowedChannel) -> None:
    announced(tried.backplane, channel, write(channel, 5))
    Channel.objects.filter(pk=channel.pk).update(visibility="members")
    write(channel, 1, "among us")
    wait_for(lambda: tried.backplane.fetch_states([channel.pk])[channel.pk] == ("members:0", 6), 5)
    assert all_newer(tried.backplane, followed, 0) == []
    assert tried.backplane.fetch_newest(followed) == []
    Channel.objects.filter(pk=channel.pk).update(visibility="public")
    wait_for(lambda: len(all_newer(tried.backplane, followed, 0)) == 6, 5)


def test_change_of_visibility_is_announced(tried: Tried, channel: Channel) -> None:
    announced(tried.backplane, channel, write(channel, 5))
    tried.backplane.wait(0.2)

    def is_announced() -> bool:
        return channel.pk in tried.backplane.wait(0.5).visibility_changes

    Channel.objects.filter(pk=channel.pk).update(visibility="members")
    wait_for(is_announced, 10)
    Channel.objects.filter(pk=channel.pk).update(visibility="public")
    wait_for(is_announced, 10)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM logs_line; DELETE FROM logs_linecounter")
    Channel.objects.filter(pk=channel.pk).delete()
    wait_for(is_announced, 10)


def test_of_a_long_time_the_newest_lines_are_kept_and_a_gap_is_reported(
    tried: Tried, channel: Channel, followed: FollowedChannel
) -> None:
    write(channel, MIN_EVENTS)
    newest = write(channel, MIN_EVENTS // 2)
    announced(tried.backplane, channel, newest)
    write(channel, 400)
    announced(tried.backplane, channel, newest + 400)
    newest += 400
    assert len(all_newer(tried.backplane, followed, newest - MIN_EVENTS)) == MIN_EVENTS
    found = tried.backplane.fetch_newer(followed, 10, 5)
    assert found is None or [event.id for event in found] == [11, 12, 13, 14, 15]


def test_a_database_that_went_back_is_followed(tried: Tried, channel: Channel, followed: FollowedChannel) -> None:
    announced(tried.backplane, channel, write(channel, 20, "before"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM logs_line WHERE id > 10")
        cursor.execute("UPDATE logs_linecounter SET last_id = 10")
    wait_for(lambda: tried.backplane.fetch_states([channel.pk])[channel.pk].last_id == 10, 5)
    write(channel, 1, "after")
    wait_for(lambda: tried.backplane.fetch_states([channel.pk])[channel.pk].last_id == 11, 5)
    found = all_newer(tried.backplane, followed, 9)
    assert [event.id for event in found] == [10, 11]
    assert b"after" in found[1].block


def test_a_channel_that_is_no_more_is_known_to_be_so(tried: Tried, channel: Channel, followed: FollowedChannel) -> None:
    announced(tried.backplane, channel, write(channel, 2))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM logs_line; DELETE FROM logs_linecounter")
    channel.delete()
    wait_for(lambda: tried.backplane.fetch_states([followed.id]) == {followed.id: DELETED}, 5)
    assert all_newer(tried.backplane, followed, 0) == []
